"""What people and auctions do with invoices: one way to each act, from whichever side (R16 to R22)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from drawbar.jobs.auction_facts import vehicle_facts
from drawbar.jobs.auction_invoices import AuctionInvoiceDesk, Received
from drawbar.jobs.auction_postings import AuctionPostings
from drawbar.jobs.auction_refunds import RefundDesk
from drawbar.jobs.hub import Hub
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import AuctionInvoice
from drawbar.middleware.auctions.kept import InvoiceDecision, KeptInvoice, check_postable
from drawbar.middleware.auctions.proceeds import Refund
from drawbar.middleware.auctions.settings import InvoiceStatus
from drawbar.middleware.database.engine import reading
from drawbar.middleware.resale.work_orders import check_right

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class AuctionActs:
    """The acts of one caller at one time; `actor` is how the audit names him. A rehearsal changes nothing."""

    hub: Hub
    run_id: str
    now: datetime
    actor: str
    rehearsal: bool = False

    def receive(self, invoices: Sequence[AuctionInvoice]) -> list[Received]:
        """Take invoices in, all or none of them."""
        return self._done(lambda connection: [self._desk(connection).receive(each, by=self.actor) for each in invoices])

    def decide(self, number: str, wanted: InvoiceStatus, by: str, reason: str) -> Received:
        """Accept or reject an invoice."""
        decision = InvoiceDecision(by, self.now, reason)
        return self._done(lambda connection: self._desk(connection).decide(number, wanted, decision, actor=self.actor))

    def post(self, number: str, by: str) -> KeptInvoice:
        """Post an invoice's transactions."""
        with reading(self.hub.engine) as connection:
            kept = InvoiceBook(connection).get(number)
        check_right(by, self.hub.resale, kept.record)
        check_postable(kept)
        facts = vehicle_facts(self.hub, {each.vehicle for each in kept.lines})

        def posted(connection: Connection) -> KeptInvoice:
            desk = AuctionPostings(self.hub, connection, self.run_id, self.now)
            return desk.post(number, facts, by=by, actor=self.actor)

        return self._done(posted)

    def refund(self, refund: Refund) -> None:
        """Record a refund that nobody entered in Salesforce."""
        self._done(lambda connection: RefundDesk(self.hub, connection, self.run_id, self.now).enter(refund, self.actor))

    def _desk(self, connection: Connection) -> AuctionInvoiceDesk:
        return AuctionInvoiceDesk(self.hub, connection, self.run_id, self.now)

    def _done(self, act: Callable[[Connection], Answer]) -> Answer:
        with self.hub.engine.connect() as connection:
            answer = act(connection)
            connection.rollback() if self.rehearsal else connection.commit()
        return answer
