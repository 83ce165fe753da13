"""Where auctions hand their invoices in and ask for them, by REST and SOAP alike: each its own ones (R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from drawbar.jobs.auction_acts import AuctionActs
from drawbar.jobs.auction_invoices import Received
from drawbar.jobs.hub import Hub
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import number_of
from drawbar.middleware.auctions.kept import KeptInvoice, KeptLine
from drawbar.middleware.auctions.sent import SentInvoice
from drawbar.middleware.auctions.settings import InvoiceStatus, Verdict
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.server.problems import Forbidden
from drawbar.middleware.sync.runs import new_run_id


class HandedInvoice(SentInvoice):
    """An invoice as a caller hands it in."""

    vendor: str = Field("", max_length=80, description="the auction, for a caller that acts for several")


class InvoiceAsked(BaseModel):
    """Names an invoice of the caller: by the hub's number, or by its own reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field("", max_length=80)
    external_reference: str = Field("", max_length=80)


class LineAnswer(BaseModel):
    """How a line stands; why is told of a rejected one alone."""

    model_config = ConfigDict(frozen=True)

    work_order: str
    service: str = Field(description="the service of a fee; empty for proceeds")
    amount: Decimal = Field(description="of a fee what was asked, of proceeds the gross; US dollars")
    status: Verdict
    reason: str


class InvoiceAnswer(BaseModel):
    """How an invoice stands, as its auction is told: nothing of estimates, people and books."""

    model_config = ConfigDict(frozen=True)

    number: str
    external_reference: str
    vendor: str
    status: InvoiceStatus
    reason: str = Field(description="why it was rejected")
    total_gross: Decimal
    total_net: Decimal
    total_expense: Decimal
    actual_net: Decimal
    received_at: datetime
    lines: list[LineAnswer]


@dataclass(frozen=True, slots=True)
class InvoiceCounter:
    """Serves callers; each acts for the vendors whose client it is."""

    hub: Hub

    def hand_in(self, handed: HandedInvoice, caller: str) -> Received:
        """Take an invoice in; the same again is the first one."""
        vendor = self._vendor(handed.vendor, caller)
        now = self.hub.clock()
        acts = AuctionActs(self.hub, new_run_id("auction", now), now, caller)
        (received,) = acts.receive([handed.invoice(vendor)])
        return received

    def invoice(self, asked: InvoiceAsked, caller: str) -> KeptInvoice:
        """Give an invoice of the caller; NotThere, in the same words, for an unknown one and another's."""
        vendors = self._vendors(caller)
        reference = asked.external_reference
        numbers = [asked.number] if asked.number else [number_of(each, reference) for each in vendors]
        with reading(self.hub.engine) as connection:
            found = [InvoiceBook(connection).find(number) for number in numbers]
        mine = [each for each in found if each is not None and each.vendor in vendors]
        if len(mine) != 1 or reference not in ("", mine[0].reference):
            raise NotThere(
                f"there is no invoice {asked.number or reference}",
                remedy="Give the number, or the external_reference under which it was handed in.",
            )
        return mine[0]

    def _vendor(self, named: str, caller: str) -> str:
        vendors = self._vendors(caller)
        if named in vendors:
            return named
        if named or len(vendors) > 1:
            raise Forbidden(
                f"{caller} does not act for {named or 'one auction alone'}", field="vendor",
                remedy=f"Name one of {', '.join(vendors)}.",
            )  # fmt: skip
        return vendors[0]

    def _vendors(self, caller: str) -> Sequence[str]:
        vendors = sorted(self.hub.remarketing.vendors_of(caller))
        if not vendors:
            raise Forbidden(f"{caller} acts for no auction", remedy="Ask the hub's operator: [remarketing.vendors].")
        return vendors


def answer(kept: KeptInvoice) -> InvoiceAnswer:
    """Give an invoice as its auction is told of it."""
    rejected = [" ".join(filter(None, (each.subject, each.reason))) for each in kept.rulings if _rejects(each.verdict)]
    if kept.decision is not None:
        rejected.append(kept.decision.reason)
    return InvoiceAnswer(
        number=kept.number, external_reference=kept.reference, vendor=kept.vendor, status=kept.status,
        reason="; ".join(rejected) if _rejects(kept.status) else "", total_gross=kept.total_gross,
        total_net=kept.total_net, total_expense=kept.total_expense, actual_net=kept.actual_net,
        received_at=kept.received_at, lines=[_line(each) for each in kept.lines],
    )  # fmt: skip


def _line(line: KeptLine) -> LineAnswer:
    amount = line.gross if line.part == "proceeds" else line.amount
    assert amount is not None  # noqa: S101  (each part has its own)
    reason = line.reason if _rejects(line.verdict) else ""
    return LineAnswer(
        work_order=line.work_order, service=line.service, amount=amount, status=line.verdict, reason=reason
    )


def _rejects(verdict: str) -> bool:
    return verdict == "REJECTED"
