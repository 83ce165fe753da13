"""What people do with auctions' invoices in Salesforce: accept or reject them, and have them posted (R19, R20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.auction_facts import VehicleFacts, vehicle_facts
from drawbar.jobs.auction_invoices import AUCTION_INVOICE, DECISIONS, AuctionInvoiceDesk
from drawbar.jobs.auction_postings import AuctionPostings
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.kept import InvoiceDecision
from drawbar.middleware.auctions.settings import InvoiceStatus
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.inbox_handling import Effect, Handling

_EDITED_BY: Final = "LastModifiedBy.Username"


@dataclass(frozen=True, slots=True)
class AuctionInvoiceEdits:
    """Implements `EditRule` for auctions' invoices."""

    hub: Hub
    object: str = AUCTION_INVOICE
    fields: tuple[str, ...] = (
        "Decision__c", "Decision_Reason__c", "Decision_Confirmed__c", "Post_Asked__c", _EDITED_BY
    )  # fmt: skip

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Carry a confirmed decision out, and post where that was asked for."""
        if not edited.key:
            return None
        number, fields = edited.key, EditedFields(f"auction invoice {edited.key}", edited.fields)
        by = fields.text(_EDITED_BY) or edited.modified_by
        wanted, post = _wanted(fields), bool(fields.text("Post_Asked__c"))
        decision = InvoiceDecision(by, edited.modified_at, fields.text("Decision_Reason__c"))
        facts = self._facts(number) if post else {}

        def act(connection: Connection) -> Json:
            actor, told = f"{by} (Salesforce)", {"invoice": number}
            if wanted is not None:
                desk = AuctionInvoiceDesk(self.hub, connection, handling.run_id, handling.now)
                told["status"] = desk.decide(number, wanted, decision, actor=actor).invoice.status
            if post:
                postings = AuctionPostings(self.hub, connection, handling.run_id, handling.now)
                told["status"] = postings.post(number, facts, by=by, actor=actor).status
            return told

        return act

    def _facts(self, number: str) -> dict[str, VehicleFacts]:
        with reading(self.hub.engine) as connection:
            kept = InvoiceBook(connection).get(number)
        return vehicle_facts(self.hub, {each.vehicle for each in kept.lines})


def _wanted(fields: EditedFields) -> InvoiceStatus | None:
    """Give the status that a person's confirmed decision leads to, None while there is none."""
    decision = fields.text("Decision__c")
    if not decision or not fields.fields.get("Decision_Confirmed__c"):
        return None
    if decision not in DECISIONS:
        raise RecordRejected(
            f"{decision!r} is no decision", record=fields.record, field="Decision__c",
            remedy=f"Choose {' or '.join(DECISIONS)}.", code="DECISION",
        )  # fmt: skip
    return DECISIONS[decision]
