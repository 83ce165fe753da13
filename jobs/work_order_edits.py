"""What people do with work orders in Salesforce: make them, fill them in, approve or reject them (P18, P21)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from sqlalchemy import Connection

from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json
from drawbar.jobs.work_orders import WORK_ORDER, WorkOrderDesk
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.resale.work_orders import KINDS, Decision, WorkOrder, WorkStatus
from drawbar.middleware.sync.inbox_handling import Effect, Handling

_ACCOUNT: Final = "Vehicle__r.Lease_Account__r"
_MADE_BY: Final = "CreatedBy.Username"
_EDITED_BY: Final = "LastModifiedBy.Username"


@dataclass(frozen=True, slots=True)
class WorkOrderEdits:
    """Implements `EditRule` for work orders."""

    hub: Hub
    object: str = WORK_ORDER
    fields: tuple[str, ...] = (
        "Name", "Kind__c", "Vehicle__r.LeaseWorks_Id__c", "Vehicle__r.VIN__c", f"{_ACCOUNT}.LeaseWorks_Id__c",
        f"{_ACCOUNT}.Company__c", f"{_ACCOUNT}.Portfolio__c", "Vendor__c", "Description__c", "Reference__c",
        "Estimate__c", "Amount__c", "Expenses__c", "Done_Date__c", "Decision__c", _MADE_BY, _EDITED_BY,
    )  # fmt: skip

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect:
        """Keep the order as it stands, and carry a decision out; an order that a person made is named first."""
        key = edited.key or str(edited.fields["Name"])
        order, decision = _order(key, edited), _decision(key, edited)

        def act(connection: Connection) -> Json:
            desk = WorkOrderDesk(self.hub, connection, handling.run_id, handling.now)
            if not edited.key:
                desk.name(edited.id, order, edited.modified_at)
            kept = desk.take(order)
            if decision is None:
                return {"work_order": key, "status": kept.status}
            return desk.decide(key, decision, actor=f"{decision.by} (Salesforce)")

        return act


def _order(key: str, edited: EditedRecord) -> WorkOrder:
    fields = EditedFields(f"work order {key}", edited.fields)
    kind = fields.text("Kind__c")
    if kind not in KINDS:
        raise RecordRejected(
            f"{kind or 'nothing'} is no kind of work order", record=f"work order {key}", field="Kind__c",
            remedy=f"It is one of {', '.join(KINDS)}.", code="KIND",
        )  # fmt: skip
    return WorkOrder(
        number=key, kind=kind, vehicle=fields.text("Vehicle__r.LeaseWorks_Id__c"),
        account=fields.text(f"{_ACCOUNT}.LeaseWorks_Id__c"), vin=fields.text("Vehicle__r.VIN__c"),
        company=fields.text(f"{_ACCOUNT}.Company__c"), portfolio=fields.text(f"{_ACCOUNT}.Portfolio__c"),
        vendor=fields.text("Vendor__c"), description=fields.text("Description__c"),
        reference=fields.text("Reference__c"), estimate=fields.money("Estimate__c"), amount=fields.money("Amount__c"),
        expenses=fields.money("Expenses__c") or Decimal("0.00"), done_on=fields.day("Done_Date__c"),
        made_by=fields.text(_MADE_BY),
    )  # fmt: skip


def _decision(key: str, edited: EditedRecord) -> Decision | None:
    fields = EditedFields(f"work order {key}", edited.fields)
    decision = fields.text("Decision__c")
    if not decision:
        return None
    if decision not in ("Approved", "Rejected"):
        raise RecordRejected(
            f"{decision!r} is no decision", record=f"work order {key}", field="Decision__c",
            remedy="Choose Approved or Rejected.", code="DECISION",
        )  # fmt: skip
    return Decision(cast("WorkStatus", decision), fields.text(_EDITED_BY) or edited.modified_by, edited.modified_at)
