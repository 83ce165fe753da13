"""Totals are audited to the cent, and each difference is named (P17)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.connectors.fleetrock.audit import TOLERANCE, Verdict, audit_order, audit_purchase, lacks_lines
from drawbar.connectors.fleetrock.records import STAGES, RepairOrder, read_order, read_purchase

PART = {"task_part_id": "1", "part_number": "BR-1", "part_quantity": "2", "part_price": "45", "part_subtotal": "90"}
TASK = {
    "task_id": "1", "labor_hours": "2.5", "labor_hourly_rate": "120", "labor_subtotal": "300", "parts": [PART],
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": "7", "status": "finished", "labor_total": 300, "part_total": 90, "additional_charges": 10, "tax_total": 5,
    "credit_amount": 15, "grand_total": 390, "tasks": [TASK],
}  # fmt: skip


def order(**changes: object) -> RepairOrder:
    return read_order({**ORDER, **changes}, STAGES)


@pytest.mark.spec("P17")
def test_an_order_that_adds_up_agrees() -> None:
    assert audit_order(order()).verdict is Verdict.AGREES


@pytest.mark.spec("P17")
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"grand_total": "390.02"}, "total: FleetRock says 390.02, its lines come to 390.00, +0.02 apart"),
        ({"labor_total": "299.98", "grand_total": "389.98"}, "labor: FleetRock says 299.98"),
        ({"part_total": "89.98", "grand_total": "389.98"}, "parts: FleetRock says 89.98"),
        ({"tasks": [{**TASK, "labor_hours": "2.4"}]}, "labor of task 1: FleetRock says 300.00, its lines come to 288"),
        ({"tasks": [{**TASK, "parts": [{**PART, "part_quantity": 3}]}]}, "part BR-1 of task 1: FleetRock says 90.00"),
    ],
)
def test_a_difference_is_named_with_its_amount(changes: dict[str, Any], named: str) -> None:
    audit = audit_order(order(**changes))

    assert audit.verdict is Verdict.DIFFERS
    assert any(each.startswith(named) for each in audit.differences), audit.differences


def test_one_cent_is_rounding() -> None:
    assert audit_order(order(grand_total="390.01")).verdict is Verdict.AGREES


def test_lines_that_may_still_come_are_no_difference_yet() -> None:
    early = order(tasks=[])

    assert audit_order(early, settled=False).verdict is Verdict.LINES_PENDING
    assert audit_order(early, settled=True).verdict is Verdict.DIFFERS


@settings(max_examples=40, deadline=None)
@given(
    hours=st.lists(st.integers(1, 99), min_size=1, max_size=4), rate=st.integers(1, 40_000),
    quantity=st.integers(1, 9), price=st.integers(1, 90_000), missing=st.integers(0, 3),
)  # fmt: skip
def test_an_order_made_of_its_lines_always_agrees_and_lacks_lines_when_one_is_taken_away(
    hours: list[int], rate: int, quantity: int, price: int, missing: int
) -> None:
    part = {**PART, "part_quantity": quantity, "part_price": cents(price), "part_subtotal": cents(quantity * price)}
    tasks = [
        {**TASK, "task_id": number, "labor_hours": each, "labor_hourly_rate": cents(rate),
         "labor_subtotal": cents(each * rate), "parts": [part]}
        for number, each in enumerate(hours)
    ]  # fmt: skip
    labor, parts = cents(sum(hours) * rate), cents(len(hours) * quantity * price)
    whole = {"labor_total": labor, "part_total": parts, "grand_total": labor + parts}
    made = order(tasks=tasks, additional_charges=0, tax_total=0, credit_amount=0, **whole)
    short = order(tasks=[each for each in tasks if each["task_id"] != missing], **whole)

    assert audit_order(made).verdict is Verdict.AGREES
    assert not lacks_lines(made)
    taken_away = [amount for each in hours[missing : missing + 1] for amount in (each * rate, quantity * price)]
    assert lacks_lines(short) == any(cents(amount) > TOLERANCE for amount in taken_away)


def cents(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2)


def test_a_purchase_order_is_audited_as_well() -> None:
    line = {"part_id": "1", "part_quantity": 2, "unit_price": "10.00", "line_total": "20.00"}
    right = {"id": "P1", "subtotal": 20, "tax_total": 2, "shipping_total": 3, "other_total": 0, "grand_total": 25}

    assert audit_purchase(read_purchase({**right, "line_items": [line]})).verdict is Verdict.AGREES
    assert audit_purchase(read_purchase({**right, "grand_total": 26, "line_items": [line]})).differences == (
        "total: FleetRock says 26.00, its lines come to 25.00, +1.00 apart",
    )
