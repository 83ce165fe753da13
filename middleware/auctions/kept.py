"""An auction's invoice as the hub keeps it: its lines, what the rules said, what people decided, what was posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from drawbar.middleware.auctions.invoices import NOTHING, InvoiceType
from drawbar.middleware.auctions.rules import Ruling
from drawbar.middleware.auctions.settings import AuctionInvoiceSettings, InvoiceStatus, Verdict
from drawbar.middleware.errors import RecordRejected

LinePart = Literal["proceeds", "fee"]
PostingKind = Literal["sale", "expense"]
PostingState = Literal["QUEUED", "POSTED", "FAILED"]
POSTABLE: Final[tuple[InvoiceStatus, ...]] = ("APPROVED", "IN PROCESS")
"""Statuses in which an invoice's transactions may be posted (R20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line of an invoice; of proceeds gross and net are set, of a fee amount and service."""

    place: int
    part: LinePart
    work_order: str
    request: str
    vehicle: str
    account: str
    service: str = ""
    buyer: str = ""
    gross: Decimal | None = None
    net: Decimal | None = None
    amount: Decimal | None = None
    estimate: Decimal | None = None
    collectible: bool = False
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class InvoiceDecision:
    """What a person decided of an invoice: by user name, when, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """Something that was queued for a system: it stands there under this key once it was taken."""

    system: str
    object: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One transaction of an invoice; `key` is its identity in the books, `line` the place of its line."""

    key: str
    kind: PostingKind
    line: int
    state: PostingState
    error: str
    documents: tuple[PostedDocument, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInvoice:
    """An invoice with all that is known of it."""

    number: str
    vendor: str
    reference: str
    hash: str
    kind: InvoiceType
    auction: str
    auctioned_on: date
    funds_received_on: date | None
    total_gross: Decimal
    total_net: Decimal
    total_expense: Decimal
    status: InvoiceStatus
    received_at: datetime
    received_from: str
    changed_at: datetime
    decision: InvoiceDecision | None
    posted_by: str
    posted_at: datetime | None
    lines: tuple[KeptLine, ...]
    rulings: tuple[Ruling, ...]
    postings: tuple[Posting, ...]

    @property
    def record(self) -> str:
        """How people look for it."""
        return f"auction invoice {self.number}"

    @property
    def actual_net(self) -> Decimal:
        """What the gross leaves after the expense."""
        return self.total_gross - self.total_expense

    @property
    def proceeds(self) -> tuple[KeptLine, ...]:
        return tuple(each for each in self.lines if each.part == "proceeds")

    @property
    def fees(self) -> tuple[KeptLine, ...]:
        return tuple(each for each in self.lines if each.part == "fee")

    @property
    def by_hand(self) -> tuple[KeptLine, ...]:
        """The details that are not collectible: people account for them by hand (R20)."""
        return tuple(each for each in self.fees if not each.collectible)

    @property
    def by_hand_total(self) -> Decimal:
        """What they come to."""
        return sum((each.amount or NOTHING for each in self.by_hand), NOTHING)

    @property
    def requests(self) -> tuple[str, ...]:
        """The remarketing requests that it is about, each once."""
        return tuple(dict.fromkeys(each.request for each in self.lines))

    @property
    def failed(self) -> tuple[Posting, ...]:
        return tuple(each for each in self.postings if each.state == "FAILED")


def check_status_step(kept: KeptInvoice, wanted: InvoiceStatus, settings: AuctionInvoiceSettings, field: str) -> None:
    """Raise RecordRejected when the cycle table lets an invoice not go to a status (R19)."""
    allowed = settings.may_follow(kept.status)
    if wanted not in allowed:
        raise RecordRejected(
            f"is {kept.status}, and cannot become {wanted}", record=kept.record, field=field, code="ILLEGAL_STEP",
            remedy=f"What may follow: {', '.join(allowed) or 'nothing'}; auction_invoices.cycle says so.",
        )  # fmt: skip


def check_postable(kept: KeptInvoice) -> None:
    """Raise RecordRejected when an invoice is in no status in which its transactions may be posted."""
    if kept.status not in POSTABLE:
        raise RecordRejected(
            f"is {kept.status}: only an invoice that is {' or '.join(POSTABLE)} is posted", record=kept.record,
            field="Post_Asked__c", remedy="Have it accepted first.", code="NOT_APPROVED",
        )  # fmt: skip
