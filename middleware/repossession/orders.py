"""Orders to repossession agents, and what agents tell of them (P14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from drawbar.middleware.records import Scalar, TargetRecord

ORDER_OBJECT: Final = "Repossession Order"
WITHDRAWAL_OBJECT: Final = "Repossession Withdrawal"
AGENT_EVENT: Final = "agent-event"
"""The kind of a message that holds an `AgentEvent`."""

ORDER_TYPES: Final[Mapping[str, str]] = {
    "DRK": "Door Knock",
    "IIR": "Impound Involuntary Repossession",
    "VRP": "Voluntary Repossession",
    "IVR": "Impound Voluntary Repossession",
    "SKP": "Skip Trace",
    "IRP": "Involuntary Repossession",
}
"""The types of orders (R23); names as in OFSLL's Generic Recovery Interface, table C-1."""

VOLUNTARY: Final = frozenset({"VRP", "IVR"})


@dataclass(frozen=True, slots=True)
class RepoOrder:
    """Everything that an agent is told (P14). `number` is our order number: unique, and the idempotency key.

    Amounts in US dollars; `last_seen_at` is when the vehicle's GPS device last told where it is.
    """

    number: str
    account: str
    lessee_name: str
    lessee_phone: str
    lessee_address: str
    vin: str
    year: str
    make: str
    model: str
    color: str
    plate: str
    unit_number: str
    order_type: str
    voluntary: bool
    ordered_on: date
    payments_made: int
    days_past_due: int
    past_due: Decimal
    payoff: Decimal | None
    gps_status: str
    last_location: str
    last_seen_at: datetime | None
    instructions: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """What a network, or an agent's reply, tells of an order.

    `kind` is one of accepted, declined, located, repossessed, completed, closed, on hold, comment, invoice, condition
    report, failed attempt. `details` may hold storage_place, keys, mileage, condition, personal_property, amount, text.
    """

    source: str
    event_id: str
    order_number: str
    kind: str
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)


def order_record(order: RepoOrder) -> TargetRecord:
    """Give an order as the outbox of an agent's channel holds it; its fields are those of `RepoOrder`, by name."""
    values: dict[str, Scalar] = {each.name: getattr(order, each.name) for each in fields(order)}
    return TargetRecord(ORDER_OBJECT, order.number, values)


def order_of(record: TargetRecord) -> RepoOrder:
    """Give the order that a record of an outbox holds."""
    values: dict[str, object] = {each.name: record.fields[each.name] for each in fields(RepoOrder)}
    return RepoOrder(**values)  # type: ignore[arg-type]  # the names and values that `order_record` gave


def withdrawal_record(number: str, reason: str) -> TargetRecord:
    """Give the news that an order is withdrawn, as the outbox of its channel holds it."""
    return TargetRecord(WITHDRAWAL_OBJECT, number, {"number": number, "reason": reason})
