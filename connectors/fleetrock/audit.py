"""Whether the totals of an order are what its lines come to, to the cent (P17); pure.

The rules are those that auditors of FleetRock's figures use in public connectors: hours by rate, quantity by price,
labor and parts summed, and the whole; a difference of one cent is rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from drawbar.connectors.fleetrock.records import PurchaseOrder, RepairOrder, Task
from drawbar.middleware.units import to_cents

TOLERANCE: Final = Decimal("0.01")


class Verdict(StrEnum):
    """What the audit of an order came to."""

    AGREES = "Agrees"
    LINES_PENDING = "Lines Pending"
    DIFFERS = "Differs"


@dataclass(frozen=True, slots=True)
class Audit:
    """The verdict, and each difference in words."""

    verdict: Verdict
    differences: tuple[str, ...] = ()


def audit_order(order: RepairOrder, *, settled: bool = True) -> Audit:
    """Compare the totals of a repair order with its lines; lines that are short of `settled` may still come."""
    missing = lacks_lines(order)
    if missing and not settled:
        return Audit(Verdict.LINES_PENDING)
    found = tuple(filter(None, _order_differences(order)))
    return Audit(Verdict.DIFFERS if found else Verdict.AGREES, found)


def audit_purchase(order: PurchaseOrder) -> Audit:
    """Compare the totals of a purchase order with its lines."""
    lines = sum((each.line_total for each in order.line_items), Decimal(0))
    whole = order.subtotal + order.tax_total + order.shipping_total + order.other_total
    parts = (
        _differs(f"part {each.part_number or each.part_id}", each.part_quantity * each.unit_price, each.line_total)
        for each in order.line_items
    )
    found = tuple(
        filter(None, (*parts, _differs("subtotal", lines, order.subtotal), _differs("total", whole, order.grand_total)))
    )
    return Audit(Verdict.DIFFERS if found else Verdict.AGREES, found)


def lacks_lines(order: RepairOrder) -> bool:
    """Say whether the lines come to less than the totals: FleetRock shows totals at once and lines seconds later."""
    labor, parts = _sums(order)
    return labor + TOLERANCE < order.labor_total or parts + TOLERANCE < order.part_total


def _sums(order: RepairOrder) -> tuple[Decimal, Decimal]:
    labor = sum((task.labor_subtotal for task in order.tasks), Decimal(0))
    parts = sum((part.part_subtotal for task in order.tasks for part in task.parts), Decimal(0))
    return labor, parts


def _order_differences(order: RepairOrder) -> Iterator[str]:
    for task in order.tasks:
        yield from _task_differences(task)
    labor, parts = _sums(order)
    yield _differs("labor", labor, order.labor_total)
    yield _differs("parts", parts, order.part_total)
    whole = order.labor_total + order.part_total + order.additional_charges + order.tax_total - order.credit_amount
    yield _differs("total", whole, order.grand_total)


def _task_differences(task: Task) -> Iterator[str]:
    yield _differs(f"labor of task {task.task_id}", task.labor_hours * task.labor_hourly_rate, task.labor_subtotal)
    for part in task.parts:
        named = part.part_number or part.task_part_id
        yield _differs(f"part {named} of task {task.task_id}", part.part_quantity * part.part_price, part.part_subtotal)


def _differs(what: str, worked_out: Decimal, told: Decimal) -> str:
    """Name a difference of more than a cent, "" for none."""
    if abs(worked_out - told) <= TOLERANCE:
        return ""
    off = to_cents(told - worked_out)
    return f"{what}: FleetRock says {to_cents(told)}, its lines come to {to_cents(worked_out)}, {off:+} apart"
