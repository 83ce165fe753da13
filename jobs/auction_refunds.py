"""Refunds after a sale: recorded, and counted among the proceeds; people settle them by hand (R15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.refund import REFUND as REFUNDS
from drawbar.jobs.auction_proceeds import ProceedsDesk
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.steps import Json
from drawbar.mappings import auction_refund
from drawbar.middleware.auctions.book import InvoiceBook
from drawbar.middleware.auctions.invoices import CURRENCY, NOTHING
from drawbar.middleware.auctions.proceeds import Refund, check_refund
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.inbox_handling import Effect, Handling

REFUND: Final = REFUNDS.api_name
_MADE_BY: Final = "CreatedBy.Username"


@dataclass(frozen=True, slots=True)
class RefundDesk:
    """Keeps refunds, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    def enter(self, refund: Refund, actor: str) -> None:
        """Record a refund, and have it stand in Salesforce as people would enter it."""
        self.keep(refund, actor)
        concluding = Concluding(self.connection, self.run_id, self.now)
        concluding.send(TARGET, auction_refund.in_peoples_stead(refund), f"refund of {refund.vehicle}")
        self.show_origin(refund, "Drawbar")

    def show_origin(self, refund: Refund, system: str) -> None:
        """Say in Salesforce where a refund comes from."""
        record = auction_refund.to_salesforce(refund, system, now=self.now)
        Concluding(self.connection, self.run_id, self.now).show(record, "origin", f"made by {refund.entered_by}")

    def keep(self, refund: Refund, actor: str) -> bool:
        """Keep a refund as it is now; says whether that is news. Raises RecordRejected for one that cannot count."""
        book = InvoiceBook(self.connection)
        before = book.refund(refund.number)
        check_refund(refund, self.hub.auction_invoices.refund_types)
        if before is not None and _same(before, refund):
            return False
        book.keep_refund(refund)
        detail = {"vehicle": refund.vehicle, "type": refund.kind, "amount": str(refund.amount)}
        Audit(self.connection).note(
            actor=actor, action="record refund", subject=refund.record, detail=detail, now=self.now
        )
        for vehicle in {refund.vehicle, before.vehicle if before else refund.vehicle}:
            self._proceeds.show(vehicle)
        return True

    def forget(self, number: str, actor: str) -> bool:
        """Forget a refund that people deleted; says whether that is news."""
        book = InvoiceBook(self.connection)
        before = book.refund(number)
        if before is None:
            return False
        book.forget_refund(number)
        detail = {"vehicle": before.vehicle, "amount": str(before.amount)}
        Audit(self.connection).note(
            actor=actor, action="delete refund", subject=before.record, detail=detail, now=self.now
        )
        self._proceeds.show(before.vehicle)
        return True

    @property
    def _proceeds(self) -> ProceedsDesk:
        return ProceedsDesk(self.connection, self.run_id, self.now)


def _same(before: Refund, refund: Refund) -> bool:
    told = (refund.vehicle, refund.kind, refund.amount, refund.note)
    return told == (before.vehicle, before.kind, before.amount, before.note)


@dataclass(frozen=True, slots=True)
class RefundEdits:
    """Implements `EditRule` for refunds that people enter, change or delete in Salesforce."""

    hub: Hub
    object: str = REFUND
    fields: tuple[str, ...] = (
        "Name", "Vehicle__r.LeaseWorks_Id__c", "Type__c", "Currency__c", "Amount__c", "Manual__c", "Note__c",
        "IsDeleted", _MADE_BY,
    )  # fmt: skip

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect:
        """Keep the refund as it stands, or forget one that is gone; one that a person made is named first."""
        key = edited.key or str(edited.fields["Name"])
        actor = f"{edited.modified_by} (Salesforce)"
        if edited.fields["IsDeleted"]:
            return lambda connection: {"refund": key, "changed": self._desk(connection, handling).forget(key, actor)}
        refund = _refund(key, edited)

        def act(connection: Connection) -> Json:
            desk = self._desk(connection, handling)
            changed = desk.keep(refund, actor)
            if not edited.key:
                desk.show_origin(refund, "Salesforce")
                Concluding(connection, handling.run_id, handling.now).name(REFUND, edited.id, key)
            return {"refund": key, "changed": changed}

        return act

    def _desk(self, connection: Connection, handling: Handling) -> RefundDesk:
        return RefundDesk(self.hub, connection, handling.run_id, handling.now)


def _refund(key: str, edited: EditedRecord) -> Refund:
    fields = EditedFields(f"refund {key}", edited.fields)
    if not fields.fields.get("Manual__c"):
        raise RecordRejected(
            "is not marked as manual, and Drawbar settles none", record=f"refund {key}", field="Manual__c",
            remedy="Tick Manual, and settle it by hand.", code="NOT_MANUAL",
        )  # fmt: skip
    if fields.text("Currency__c") not in ("", CURRENCY):
        raise RecordRejected(
            f"{fields.text('Currency__c')} is not taken", record=f"refund {key}", field="Currency__c",
            remedy=f"Enter the amount in {CURRENCY}.", code="CURRENCY",
        )  # fmt: skip
    return Refund(
        number=key, vehicle=fields.text("Vehicle__r.LeaseWorks_Id__c"), kind=fields.text("Type__c"),
        amount=fields.money("Amount__c") or NOTHING, entered_by=fields.text(_MADE_BY) or edited.modified_by,
        at=edited.modified_at, note=fields.text("Note__c"),
    )  # fmt: skip
