"""Work orders: what a repossessed vehicle needs done, for how much, and who may approve it (P18, P21); pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, get_args

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.resale.settings import ResaleSettings
from drawbar.middleware.units import whole_cents

WorkKind = Literal["Repair", "Transport", "Storage", "Agent", "Auction"]
WorkStatus = Literal["Open", "Approved", "Rejected"]
KINDS: Final[tuple[WorkKind, ...]] = get_args(WorkKind)
STATUSES: Final[tuple[WorkStatus, ...]] = get_args(WorkStatus)
_NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """Work on one vehicle, as it was asked for; amounts are US dollars, None while they are not known.

    `amount` is what the vendor is owed in all, `expenses` the part of it that is an agent's expenses. `made_by` is the
    user name of who made the order, "" when the hub did; `reference` the number that the vendor has for it.
    """

    number: str
    kind: WorkKind
    vehicle: str
    account: str = ""
    vin: str = ""
    company: str = ""
    portfolio: str = ""
    vendor: str = ""
    description: str = ""
    reference: str = ""
    estimate: Decimal | None = None
    amount: Decimal | None = None
    expenses: Decimal = _NOTHING
    done_on: date | None = None
    made_by: str = ""

    @property
    def record(self) -> str:
        """How people look for it."""
        return f"work order {self.number}"

    @property
    def over_estimate(self) -> Decimal:
        """By how much the amount is above the estimate; nothing where one of the two is not known."""
        if self.amount is None or self.estimate is None:
            return _NOTHING
        return max(self.amount - self.estimate, _NOTHING)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of a work order: by user name, and when."""

    status: WorkStatus
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptWorkOrder:
    """A work order as the hub keeps it: the order, and the decision when there is one."""

    order: WorkOrder
    made_at: datetime
    decision: Decision | None = field(default=None)

    @property
    def status(self) -> WorkStatus:
        return "Open" if self.decision is None else self.decision.status


def check_complete(order: WorkOrder) -> None:
    """Raise RecordRejected, by field, for an order that lacks what Accounting needs to pay it."""
    if not order.vehicle:
        raise _refused(order, "is for no vehicle", "Vehicle__c", "Name the vehicle.", "NO_VEHICLE")
    if not order.vendor:
        raise _refused(order, "names no vendor", "Vendor__c", "Name the vendor as QuickBooks does.", "NO_VENDOR")
    if order.amount is None or order.amount <= 0:
        raise _refused(order, "has no amount", "Amount__c", "Enter what the vendor is owed.", "NO_AMOUNT")
    for name, value in (("Amount__c", order.amount), ("Expenses__c", order.expenses)):
        try:
            whole_cents(value)
        except ValueError as error:
            raise _refused(order, str(error), name, "Enter US dollars and cents.", "AMOUNT") from None
    if not 0 <= order.expenses <= order.amount:
        raise _refused(
            order, "has expenses that are not part of its amount", "Expenses__c",
            "Enter at most the amount, and nothing below zero.", "EXPENSES",
        )  # fmt: skip


def check_approver(order: WorkOrder, by: str, rules: ResaleSettings) -> None:
    """Raise RecordRejected when a person may not approve this order: without the right, or a large one of his own."""
    check_right(by, rules, order.record)
    if by == order.made_by and (order.amount or _NOTHING) > rules.own_limit:
        raise _refused(
            order, f"was made by {by}, who approves his own orders only up to {rules.own_limit}", "Decision__c",
            "Have somebody else approve it.", "OWN_ORDER",
        )  # fmt: skip


def check_right(by: str, rules: ResaleSettings, record: str) -> None:
    """Raise RecordRejected when the settings name approvers, and a person is none of them."""
    if rules.approvers and by not in rules.approvers:
        raise RecordRejected(
            f"{by} is not among those who may approve", record=record, field="Decision__c", code="NO_RIGHT",
            remedy="Have an approver decide, or add the user name to resale.approvers.",
        )  # fmt: skip


def decided_already(kept: KeptWorkOrder, wanted: WorkStatus) -> bool:
    """Say whether a decision is the one that stands; raises RecordRejected when another one does."""
    if kept.decision is None:
        return False
    if kept.decision.status != wanted:
        raise _refused(
            kept.order, f"is {kept.decision.status.lower()} since {kept.decision.at:%Y-%m-%d %H:%M} UTC", "Decision__c",
            "Make a new order; in QuickBooks a bill can be credited.", "DECIDED",
        )  # fmt: skip
    return True


def _refused(order: WorkOrder, message: str, name: str, remedy: str, code: str) -> RecordRejected:
    return RecordRejected(message, record=order.record, field=name, remedy=remedy, code=code)
