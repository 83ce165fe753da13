"""Posts the transactions of auctions' invoices, each once, and keeps what became of each (R20 to R22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.sale import SALE
from drawbar.jobs.account_holds import SaleHolds
from drawbar.jobs.auction_facts import VehicleFacts
from drawbar.jobs.auction_invoices import AuctionInvoiceDesk
from drawbar.jobs.auction_orders import ResaleOrders
from drawbar.jobs.auction_outcomes import Outcomes, document_of
from drawbar.jobs.auction_proceeds import ProceedsDesk
from drawbar.jobs.books import Books
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import SYSTEM as LEASEWORKS
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.sales import SaleDesk
from drawbar.jobs.sales import event_of as sale_event
from drawbar.jobs.work_orders import WorkOrderDesk
from drawbar.jobs.work_orders import event_of as order_event
from drawbar.mappings import resale_sale
from drawbar.mappings.auction_invoice_line import LineOfInvoice, to_leaseworks
from drawbar.mappings.resale_work_order import SourcedWorkOrder
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent, Entry
from drawbar.middleware.accounting.rules import AccountingRules, load_rules
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import NOTHING, short_hash
from drawbar.middleware.auctions.kept import (
    KeptInvoice,
    KeptLine,
    PostedDocument,
    Posting,
    PostingState,
    check_postable,
)
from drawbar.middleware.auctions.settings import InvoiceStatus
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.resale.sales import Sale
from drawbar.middleware.resale.sales_book import SalesBook
from drawbar.middleware.resale.work_orders import Decision, WorkOrder, check_right

RECEIVED_EVENT: Final = "sale_payment"
WITHHELD_EVENT: Final = "auction_withheld"
"""The accounting rules by which what an auction paid, and what it kept, settle the sale's invoice."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """Something to post of an invoice: the sale of an asset, or one collectible detail (R20)."""

    key: str
    line: KeptLine

    @property
    def is_sale(self) -> bool:
        return self.line.part == "proceeds"


def transactions_of(kept: KeptInvoice) -> Iterator[Transaction]:
    """Give the transactions of an invoice, always in the same order and under the same keys."""
    for line in kept.proceeds:
        yield Transaction(f"AS-{short_hash(kept.number, line.work_order)}", line)
    for line in kept.fees:
        if line.collectible:
            yield Transaction(f"AF-{short_hash(kept.number, line.work_order, line.service)}", line)


@dataclass(frozen=True, slots=True)
class AuctionPostings:
    """Posts invoices inside the caller's transaction; what fails of an invoice keeps the rest of it not."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    @property
    def _book(self) -> InvoiceBook:
        return InvoiceBook(self.connection)

    @property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self.hub, self.connection, self.run_id, self.now)

    def post(self, number: str, facts: Mapping[str, VehicleFacts], *, by: str, actor: str) -> KeptInvoice:
        """Post what does not stand yet, and give the invoice with what became of it.

        Raises RecordRejected for an invoice that is neither APPROVED nor IN PROCESS, and a person without right.
        """
        kept = self._book.get(number)
        check_right(by, self.hub.resale, kept.record)
        check_postable(kept)
        known = {each.key: each for each in kept.postings}
        if not known:
            self._book.begin_posting(number, by, self.now)
        for each in transactions_of(kept):
            before = known.get(each.key)
            if before is None or before.state == "FAILED":
                self._book.note_posting(number, self._tried(kept, each, before, facts, by))
        posted = self._judged(number)
        detail = {each.key: f"{each.state} {each.error}".strip() for each in posted.postings}
        Audit(self.connection).note(
            actor=actor, action="post auction invoice", subject=kept.record, detail=detail, now=self.now
        )
        return posted

    def look(self) -> int:
        """Note what has become of everything that is under way; says how many invoices have changed."""
        changed = 0
        for kept in self._book.under_way():
            changed += self._judged(kept.number).postings != kept.postings
        return changed

    def _tried(
        self, kept: KeptInvoice, transaction: Transaction, before: Posting | None, facts: Mapping[str, VehicleFacts],
        by: str,
    ) -> Posting:  # fmt: skip
        documents: Sequence[PostedDocument]
        try:
            with self.connection.begin_nested():
                documents = self._documents(kept, transaction, facts, by)
                self._outcomes.send_again(documents, by)
        except (RecordRejected, NotThere) as error:
            documents = before.documents if before is not None else ()
            return self._posting(transaction, "FAILED", documents, str(error))
        return self._posting(transaction, "QUEUED", documents, "")

    def _posting(
        self, transaction: Transaction, state: PostingState, documents: Sequence[PostedDocument], error: str
    ) -> Posting:
        return Posting(
            key=transaction.key, kind="sale" if transaction.is_sale else "expense", line=transaction.line.place,
            state=state, error=error, documents=tuple(documents), changed_at=self.now,
        )  # fmt: skip

    def _documents(
        self, kept: KeptInvoice, transaction: Transaction, facts: Mapping[str, VehicleFacts], by: str
    ) -> list[PostedDocument]:
        known = facts.get(transaction.line.vehicle)
        if known is None:
            raise RecordRejected(
                f"Salesforce has no vehicle {transaction.line.vehicle}", record=kept.record, field="vehicle",
                remedy="Run drawbar reconcile, then post again.", code="NO_VEHICLE",
            )  # fmt: skip
        act = self._sale if transaction.is_sale else self._expense
        return act(kept, transaction, known, by)

    def _sale(self, kept: KeptInvoice, transaction: Transaction, facts: VehicleFacts, by: str) -> list[PostedDocument]:
        """Have a vehicle sold: sale, invoice, and what settles it; the sale of an auction that a rep entered is it."""
        line = transaction.line
        sale = self._entered(line)
        if sale is None:
            sale = self._accepted(kept, transaction, facts, by)
        events = [sale_event(sale), *_settling(kept, line, sale)]
        documents = self._queued([entry_of(self._rules, each) for each in events])
        documents.append(PostedDocument(TARGET, SALE.api_name, sale.number))
        if self.hub.imports is not None:
            documents.append(PostedDocument(LEASEWORKS, SALE.api_name, sale.number))
        return documents

    def _accepted(self, kept: KeptInvoice, transaction: Transaction, facts: VehicleFacts, by: str) -> Sale:
        """Make the sale count as one that a rep has entered; raises RecordRejected where that one would not."""
        line = transaction.line
        sale = Sale(
            number=transaction.key, vehicle=line.vehicle, account=facts.account, vin=facts.vin,
            buyer=self.hub.auction_invoices.customer(self._vendor(kept)), channel="Auction", price=line.gross,
            fee=NOTHING, sold_on=kept.funds_received_on, company=facts.company, portfolio=facts.portfolio,
        )  # fmt: skip
        concluding = Concluding(self.connection, self.run_id, self.now)
        concluding.send(TARGET, resale_sale.in_peoples_stead(sale), f"sold by {kept.record}")
        holds = SaleHolds(self.hub, self.connection, self.now)
        desk = SaleDesk(self.hub, self.connection, self.run_id, self.now, holds)
        desk.accept(sale, facts.disposition, facts.payoff, by=by, auctioned_on=kept.auctioned_on)
        return sale

    def _vendor(self, kept: KeptInvoice) -> str:
        """Name the auction as QuickBooks does."""
        return self.hub.remarketing.vendor_names.get(kept.vendor, kept.vendor)

    def _entered(self, line: KeptLine) -> Sale | None:
        """Give the sale of the same vehicle at an auction, for the same price, that counts already."""
        kept = SalesBook(self.connection).sale_of(line.vehicle)
        if kept is None or (kept.sale.channel, kept.sale.price) != ("Auction", line.gross):
            return None
        return kept.sale

    def _expense(
        self, kept: KeptInvoice, transaction: Transaction, facts: VehicleFacts, by: str
    ) -> list[PostedDocument]:
        """Have a detail stand as an approved work order: it is billed, and counts among the costs of the account."""
        line = transaction.line
        order = WorkOrder(
            number=transaction.key, kind="Auction", vehicle=line.vehicle, account=facts.account, vin=facts.vin,
            company=facts.company, portfolio=facts.portfolio, vendor=self._vendor(kept), reference=kept.reference,
            description=f"{line.service}. Withheld from the proceeds of {kept.record}: pay it from Auction Clearing.",
            estimate=line.estimate, amount=line.amount, done_on=kept.funds_received_on,
        )  # fmt: skip
        desk = WorkOrderDesk(self.hub, self.connection, self.run_id, self.now)
        desk.open(SourcedWorkOrder(order, "Drawbar", kept.received_at))
        desk.decide(order.number, Decision("Approved", by, self.now), actor=by)
        event = order_event(order, kept.funds_received_on or kept.auctioned_on)
        return [*self._queued([entry_of(self._rules, event)]), *self._charged(kept, transaction, facts)]

    def _charged(self, kept: KeptInvoice, transaction: Transaction, facts: VehicleFacts) -> list[PostedDocument]:
        """Have LeaseWorks, where it takes imports, charge a collectible detail to the account, once."""
        if self.hub.imports is None:
            return []
        charge = to_leaseworks(LineOfInvoice(kept, transaction.line), facts.account)
        if all(each.key != transaction.key or not each.documents for each in kept.postings):
            Concluding(self.connection, self.run_id, self.now).send(LEASEWORKS, charge, kept.record)
        return [PostedDocument(LEASEWORKS, charge.object, charge.key)]

    def _queued(self, entries: Sequence[Entry]) -> list[PostedDocument]:
        """Have entries stand in the books; those that were queued before and are the same are not queued again."""
        Books(self.hub, self.connection, self.run_id, self.now).queue(entries)
        return [document_of(self.hub, each) for each in entries]

    def _judged(self, number: str) -> KeptInvoice:
        """Note what has become of the transactions, what the invoice is by that, and show it."""
        kept = self._book.get(number)
        for each in kept.postings:
            found = self._found(each)
            if found != each:
                self._book.note_posting(number, found)
        now_is = self._book.get(number)
        self._follow(now_is, "IN PROCESS" if now_is.failed else "APPROVED")
        done = len(now_is.postings) == len(list(transactions_of(now_is)))
        if done and all(each.state == "POSTED" for each in now_is.postings) and now_is.posted_at is None:
            self._book.all_posted(number, self.now)
            orders = ResaleOrders(self.hub, self.connection, self.run_id, self.now)
            orders.completed(now_is.requests, by=now_is.posted_by, why=now_is.record)
        shown = self._book.get(number)
        AuctionInvoiceDesk(self.hub, self.connection, self.run_id, self.now).show(shown)
        for vehicle in dict.fromkeys(each.vehicle for each in shown.lines):
            ProceedsDesk(self.connection, self.run_id, self.now).show(vehicle)
        return shown

    def _found(self, posting: Posting) -> Posting:
        if posting.state == "POSTED" or not posting.documents:
            return posting
        refusals = self._outcomes.refusals(posting.documents)
        state: PostingState = posting.state
        error = posting.error
        if refusals:
            state, error = "FAILED", "; ".join(refusals)
        elif self._outcomes.all_taken(posting.documents):
            state, error = "POSTED", ""
        if (state, error) == (posting.state, posting.error):
            return posting
        return Posting(
            key=posting.key, kind=posting.kind, line=posting.line, state=state, error=error,
            documents=posting.documents, changed_at=self.now,
        )  # fmt: skip

    def _follow(self, kept: KeptInvoice, status: InvoiceStatus) -> None:
        """Go to a status that follows from the transactions, where the cycle table lets it."""
        if status in self.hub.auction_invoices.may_follow(kept.status):
            self._book.set_status(kept.number, status, self.now)

    @property
    def _rules(self) -> AccountingRules:
        return load_rules(self.hub.accounting.rules_file)


def _settling(kept: KeptInvoice, line: KeptLine, sale: Sale) -> Iterator[AccountingEvent]:
    """Give the events that settle a sale's invoice: what the auction paid, and what it kept for its work."""
    gross, net = line.gross or NOTHING, line.net or NOTHING
    on = kept.funds_received_on or kept.auctioned_on
    memo = f"Auction invoice {kept.reference} of {kept.vendor}, {line.vehicle}"
    for name, letter, amount in ((RECEIVED_EVENT, "P", net), (WITHHELD_EVENT, "W", gross - net)):
        if amount > 0:
            yield AccountingEvent(
                name, f"{sale.number}-{letter}", on, {"total": amount}, company=sale.company,
                portfolio=sale.portfolio, party=sale.buyer, memo=memo,
            )  # fmt: skip
