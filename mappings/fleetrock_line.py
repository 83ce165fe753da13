"""Tasks and parts of a FleetRock repair order → Repair_Order_Line__c (P17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from drawbar.connectors.fleetrock.records import Part, RepairOrder, Task
from drawbar.connectors.salesforce.records.repair_order_line import RepairOrderLine, RepairOrderLineRemoval
from drawbar.mappings.words import optional_line, shortened
from drawbar.middleware.units import to_cents

LONGEST_TEXT = 255
_TEN_THOUSANDTH = Decimal("0.0001")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A task, or a part that it used (`part`), with the order that it stands on."""

    order: RepairOrder
    task: Task
    part: Part | None = None

    @property
    def key(self) -> str:
        """Order and task, or order, task and part: ids of parts are only known to be unique within their task."""
        ids = (self.order.id, self.task.task_id, *((self.part.task_part_id,) if self.part else ()))
        return ":".join(ids)


def lines_of(order: RepairOrder) -> Iterator[OrderLine]:
    """Give the tasks of an order, each followed by its parts."""
    for task in order.tasks:
        yield OrderLine(order, task)
        yield from (OrderLine(order, task, part) for part in task.parts)


def to_salesforce(line: OrderLine, *, now: datetime) -> RepairOrderLine:
    """Map a line; what does not fit into one line of text ends with a word on where the rest is."""
    task, part = line.task, line.part
    item = task.labor_system_code if part is None else part.part_number
    text = optional_line(task.labor_complaint if part is None else part.part_description)
    return RepairOrderLine(
        fleetrock_id=line.key,
        repair_order=line.order.id,
        kind="Labor" if part is None else "Part",
        task=task.task_id,
        item=optional_line(item),
        description=None if text is None else shortened(text, LONGEST_TEXT, "in FleetRock"),
        quantity=_fine(task.labor_hours if part is None else part.part_quantity),
        price=_fine(task.labor_hourly_rate if part is None else part.part_price),
        subtotal=to_cents(task.labor_subtotal if part is None else part.part_subtotal),
        tax_rate=_fine(task.labor_tax_rate if part is None else part.part_tax_rate),
        removed_date=None,
        source_system="FleetRock",
        source_updated=line.order.updated_at or _NEVER,
        last_synced=now,
    )


def removed(key: str, *, on: date, now: datetime) -> RepairOrderLineRemoval:
    """Give what is written of a line that its order no longer has."""
    return RepairOrderLineRemoval(fleetrock_id=key, removed_date=on, last_synced=now)


def _fine(number: Decimal) -> Decimal:
    return number.quantize(_TEN_THOUSANDTH, rounding=ROUND_HALF_EVEN)
