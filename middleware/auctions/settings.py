"""`[auction_invoices]` of the settings: the tables by which invoices of auctions are judged (R18, R19)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal, Self, get_args

from pydantic import Field, model_validator

from drawbar.middleware.settings import Section
from drawbar.middleware.units import Usd

Verdict = Literal["APPROVED", "FOR APPROVAL", "REJECTED"]
InvoiceStatus = Literal["FOR APPROVAL", "APPROVED", "REJECTED", "IN PROCESS"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
STATUSES: Final[tuple[InvoiceStatus, ...]] = get_args(InvoiceStatus)
RECEIVED: Final = "RECEIVED"
"""What an invoice is before it was judged."""

DEFAULT_CYCLE: Final[Mapping[str, tuple[InvoiceStatus, ...]]] = {
    RECEIVED: ("FOR APPROVAL", "APPROVED", "REJECTED"),
    "FOR APPROVAL": ("APPROVED", "REJECTED"),
    "APPROVED": ("IN PROCESS", "REJECTED"),
    "IN PROCESS": ("APPROVED",),
    "REJECTED": (),
}
"""Which status may follow which; an invoice of which something was posted is never rejected any more."""


class CollectibleRule(Section):
    """A service that the lessee owes: in some states, all where none is named, at some status of the work order."""

    service: str = Field(min_length=1, description="the service, as invoices name it")
    work_order_status: str = Field("OPEN", description="status of the work order")
    states: tuple[str, ...] = Field((), description="where the vehicle stands, such as TX; empty: everywhere")

    def fits(self, service: str, work_order_status: str, state: str) -> bool:
        """Say whether a detail is collectible by this rule."""
        there = not self.states or state in self.states
        return there and (service, work_order_status) == (self.service, self.work_order_status)


class FeeRule(Section):
    """What a service is estimated to cost at a vendor, all where none is named."""

    service: str = Field(min_length=1, description="the service, as invoices name it")
    vendor: str = Field("", description="the vendor; empty: every one for whom no other amount is set")
    amount: Usd = Field(ge=0, description="US dollars")


class TogetherRule(Section):
    """What an invoice is whose details and proceeds were judged so; `ANY` stands for every verdict."""

    details: Verdict | Literal["ANY"] = Field(description="the verdict on the details")
    proceeds: Verdict | Literal["ANY"] = Field(description="the verdict on the proceeds")
    invoice: Verdict = Field(description="the status of the invoice")

    def fits(self, details: Verdict, proceeds: Verdict) -> bool:
        """Say whether the rule is about two verdicts."""
        return self.details in ("ANY", details) and self.proceeds in ("ANY", proceeds)


DEFAULT_TOGETHER: Final = (
    TogetherRule(details="REJECTED", proceeds="ANY", invoice="REJECTED"),
    TogetherRule(details="ANY", proceeds="REJECTED", invoice="REJECTED"),
    TogetherRule(details="APPROVED", proceeds="APPROVED", invoice="APPROVED"),
    TogetherRule(details="ANY", proceeds="ANY", invoice="FOR APPROVAL"),
)


class AuctionInvoiceSettings(Section):
    """How invoices of auctions are judged, and by which names QuickBooks knows who pays."""

    collectible: tuple[CollectibleRule, ...] = Field(
        (), description="services that are posted as expenses of the account; others are listed for manual accounting"
    )
    estimates: tuple[FeeRule, ...] = Field(
        (), description="what services are estimated to cost; one without estimate needs a person's approval"
    )
    together: tuple[TogetherRule, ...] = Field(
        DEFAULT_TOGETHER, description="verdicts on details and proceeds = status of the invoice; the first that fits"
    )
    cycle: dict[str, tuple[InvoiceStatus, ...]] = Field(
        default_factory=lambda: dict(DEFAULT_CYCLE), description="status = statuses that may follow it"
    )
    customers: dict[str, str] = Field(
        default_factory=dict,
        description="auction = customer in QuickBooks that pays for it; else its name with (proceeds) behind it",
    )
    refund_types: tuple[str, ...] = Field(
        ("EXTENDED WARRANTY", "INSURANCE", "OTHER"), min_length=1, description="what may be refunded after a sale"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [
            f"{details} and {proceeds}"
            for details in VERDICTS
            for proceeds in VERDICTS
            if not any(each.fits(details, proceeds) for each in self.together)
        ]
        if missing:
            message = f"together says not what follows from {missing[0]}"
            raise ValueError(message)
        unknown = sorted(self.cycle.keys() - {RECEIVED, *STATUSES})
        if unknown:
            message = f"cycle knows no status {unknown[0]}; there are {', '.join((RECEIVED, *STATUSES))}"
            raise ValueError(message)
        return self

    def estimate(self, vendor: str, service: str) -> Decimal | None:
        """Give what a service is estimated to cost, None where nobody says so; a vendor's own amount counts first."""
        fitting = [each for each in self.estimates if each.service == service and each.vendor in (vendor, "")]
        return max(fitting, key=lambda each: bool(each.vendor)).amount if fitting else None

    def customer(self, vendor: str) -> str:
        """Name the customer; QuickBooks lets no customer have a vendor's name."""
        return self.customers.get(vendor) or f"{vendor} (proceeds)"

    def status_of(self, details: Verdict, proceeds: Verdict) -> Verdict:
        """Give what an invoice is, by the verdicts on its two parts."""
        return next(each.invoice for each in self.together if each.fits(details, proceeds))

    def may_follow(self, before: str) -> tuple[InvoiceStatus, ...]:
        """Give the statuses that may follow one."""
        return self.cycle.get(before, ())
