"""Invoices of auctions: taken in once, judged, decided by people, and shown in Salesforce (R16 to R19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.auction_orders import ResaleOrder, ResaleOrders
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import Hub
from drawbar.mappings import auction_invoice as invoice_mapping
from drawbar.mappings import auction_invoice_line as line_mapping
from drawbar.mappings.auction_invoice_line import LineOfInvoice
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import AuctionInvoice, check_invoice
from drawbar.middleware.auctions.kept import InvoiceDecision, KeptInvoice, check_status_step
from drawbar.middleware.auctions.rules import Judgement, Ruling, judge
from drawbar.middleware.auctions.sent import body_hash
from drawbar.middleware.auctions.settings import InvoiceStatus
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.resale.work_orders import check_right
from drawbar.middleware.sync.inbox import Conflict

AUCTION_INVOICE: Final = "Auction_Invoice__c"
DECISIONS: Final[Mapping[str, InvoiceStatus]] = {"Accept": "APPROVED", "Reject": "REJECTED"}
_AFTER: Final[Mapping[InvoiceStatus, tuple[InvoiceStatus, ...]]] = {
    "APPROVED": ("APPROVED", "IN PROCESS"), "REJECTED": ("REJECTED",),
}  # fmt: skip
"""What a decision leads to → the statuses in which it still stands."""


@dataclass(frozen=True, slots=True)
class Received:
    """An invoice that is kept; `again` says that it was kept before, and nothing has happened now."""

    invoice: KeptInvoice
    again: bool


@dataclass(frozen=True, slots=True)
class AuctionInvoiceDesk:
    """Takes invoices in and decides them, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    @property
    def _book(self) -> InvoiceBook:
        return InvoiceBook(self.connection)

    @property
    def _orders(self) -> ResaleOrders:
        return ResaleOrders(self.hub, self.connection, self.run_id, self.now)

    def receive(self, invoice: AuctionInvoice, *, by: str) -> Received:
        """Judge and keep an invoice; the same again is the first one.

        Raises RecordRejected for what does not add up, Conflict for another invoice under a reference that was used,
        NotThere for a work order that is not this vendor's.
        """
        known = self._book.find(invoice.number)
        if known is not None:
            return _again(known, invoice)
        check_invoice(invoice, self._today)
        orders = self._orders.of_vendor(invoice.vendor, invoice.work_orders)
        taken = self._book.taken(invoice.work_orders)
        judgement = self._with_requests(judge(invoice, orders, taken, self.hub.auction_invoices), orders)
        if not self._book.keep(invoice, judgement, orders, by=by, now=self.now):
            return _again(self._book.get(invoice.number), invoice)
        kept = self._book.get(invoice.number)
        held = {order for order, _ in taken.services} | taken.sales.keys()
        free = [each for each in orders.values() if each.number not in held]
        self._orders.invoiced(free, rejected=kept.status == "REJECTED", by=by, why=kept.record)
        self._note(by, "receive auction invoice", kept)
        self.show(kept)
        return Received(kept, again=False)

    def _with_requests(self, judgement: Judgement, orders: Mapping[str, ResaleOrder]) -> Judgement:
        """Reject an invoice about a request that its cycle table lets not be invoiced now."""
        if judgement.status == "REJECTED":
            return judgement
        wrong = [(each.number, why) for each in orders.values() if (why := self._orders.why_not_invoiced(each))]
        if not wrong:
            return judgement
        rulings = tuple(Ruling("R07 request", number, "REJECTED", why) for number, why in wrong)
        return replace(judgement, status="REJECTED", rulings=(*judgement.rulings, *rulings))

    def decide(self, number: str, wanted: InvoiceStatus, decision: InvoiceDecision, *, actor: str) -> Received:
        """Accept or reject an invoice; the same decision again changes nothing.

        Raises RecordRejected when the person has no right, the cycle table allows it not, a rejection has no reason,
        or something was posted already.
        """
        kept = self._book.get(number)
        check_right(decision.by, self.hub.resale, kept.record)
        if kept.decision is not None and kept.status in _AFTER[wanted]:
            return Received(kept, again=True)
        _check_undecided(kept)
        check_status_step(kept, wanted, self.hub.auction_invoices, "Decision__c")
        if wanted == "REJECTED":
            _check_rejection(kept, decision)
        self._book.decide(number, wanted, decision)
        decided = self._book.get(number)
        if wanted == "REJECTED":
            self._orders.rejected(decided.requests, by=decision.by, why=decided.record)
        self._note(actor, "decide auction invoice", decided, decision.reason)
        self.show(decided)
        return Received(decided, again=False)

    def show(self, kept: KeptInvoice) -> None:
        """Have an invoice and its lines stand in Salesforce as they are now."""
        concluding = Concluding(self.connection, self.run_id, self.now)
        concluding.show(invoice_mapping.to_salesforce(kept, now=self.now), "invoice", kept.record, own=True)
        for line in kept.lines:
            record = line_mapping.to_salesforce(LineOfInvoice(kept, line), now=self.now)
            concluding.show(record, "invoice", kept.record, own=True)

    def _note(self, actor: str, action: str, kept: KeptInvoice, reason: str = "") -> None:
        detail = {"status": kept.status, "vendor": kept.vendor, "reference": kept.reference, "reason": reason}
        Audit(self.connection).note(actor=actor, action=action, subject=kept.record, detail=detail, now=self.now)

    @property
    def _today(self) -> date:
        return self.now.astimezone(self.hub.zone).date()


def _again(known: KeptInvoice, invoice: AuctionInvoice) -> Received:
    """Answer for an invoice that is kept; raises Conflict for another one under its reference (R17)."""
    if known.hash != body_hash(invoice):
        raise Conflict(
            f"the reference stands for another invoice, received {known.received_at:%Y-%m-%d %H:%M} UTC",
            record=invoice.record, field="external_reference", code="DUPLICATE_REFERENCE",
            remedy="Give each invoice a reference of its own, and repeat an invoice unchanged.",
        )  # fmt: skip
    return Received(known, again=True)


def _check_undecided(kept: KeptInvoice) -> None:
    if kept.status == "IN PROCESS":
        raise RecordRejected(
            "is IN PROCESS: its transactions decide what it becomes", record=kept.record, field="Decision__c",
            remedy="Mend what failed, and post it again.", code="ILLEGAL_STEP",
        )  # fmt: skip


def _check_rejection(kept: KeptInvoice, decision: InvoiceDecision) -> None:
    if not decision.reason:
        raise RecordRejected(
            "is rejected without a reason", record=kept.record, field="Decision_Reason__c",
            remedy="Say why: the auction is asked to send it anew.", code="NO_REASON",
        )  # fmt: skip
    standing = [each.key for each in kept.postings if each.state != "FAILED"]
    if standing:
        raise RecordRejected(
            f"{standing[0]} was posted already", record=kept.record, field="Decision__c", code="POSTED",
            remedy="Correct it in the books: reversing a transaction changes no status here.",
        )  # fmt: skip
