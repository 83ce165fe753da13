"""Marks repair orders as paid in FleetRock: queued with an entry in the audit, then sent, exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from drawbar.connectors.fleetrock.settings import SYSTEM
from drawbar.connectors.fleetrock.target import FIELDS, ORDER, PAID_ON, PO_NUMBER, FleetRockTarget, held
from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import send
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import NotThere
from drawbar.middleware.locks import LockTaken
from drawbar.middleware.records import Scalar, TargetRecord
from drawbar.middleware.repairs.book import RepairBook
from drawbar.middleware.sync.deliver import DeliveryResult
from drawbar.middleware.sync.outbox import Change, Outbox

LONGEST_PO_NUMBER = 80


@dataclass(frozen=True, slots=True)
class RepairPayment:
    """That an order was paid on a day (US Eastern), against a purchase order; None leaves a field as it is."""

    order: str
    paid_on: date | None
    po_number: str | None

    @property
    def record(self) -> TargetRecord:
        fields: dict[str, Scalar] = {PAID_ON: self.paid_on, PO_NUMBER: self.po_number}
        return TargetRecord(ORDER, self.order, {name: value for name, value in fields.items() if value is not None})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an order as it is in FleetRock, and as it shall be."""

    field: str
    before: date | str | None
    after: Scalar


def changes(hub: Hub, payment: RepairPayment) -> list[FieldChange]:
    """Say what a payment would change in FleetRock, asking it; raises NotThere for an order that it does not have."""
    order = hub.fleetrock().order(payment.order)
    if order is None:
        raise NotThere(f"FleetRock has no repair order {payment.order}", remedy="Give an order by its id in FleetRock.")
    fields = payment.record.fields
    asked = [FieldChange(name, held(order, name), fields[name]) for name in FIELDS if name in fields]
    return [each for each in asked if each.before != each.after]


def queue(hub: Hub, payment: RepairPayment, *, actor: str, run_id: str, now: datetime) -> None:
    """Note a payment for sending, with a line in the audit; both or neither are kept."""
    detail = {name: str(value) for name, value in payment.record.fields.items()}
    with hub.engine.begin() as connection:
        change = Change(payment.record, creates=False, why=f"paid, says {actor}")
        Outbox(connection, SYSTEM).put([change], run_id=run_id, now=now)
        RepairBook(connection, SYSTEM).watch(payment.order, now)
        Audit(connection).note(
            actor=actor, action="pay repair order", subject=f"repair order {payment.order}", detail=detail, now=now
        )


def send_payments(hub: Hub, run_id: str) -> DeliveryResult:
    """Send what waits for FleetRock; what cannot be sent now, also because the job is at it, waits for the job."""
    try:
        return send(hub, FleetRockTarget(hub.fleetrock()), (ORDER,), run_id)
    except LockTaken as taken:
        return DeliveryResult(paused=str(taken))
