"""FleetRock repair order → Repair_Order__c (P17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from drawbar.connectors.fleetrock.audit import Audit
from drawbar.connectors.fleetrock.days import eastern_day
from drawbar.connectors.fleetrock.records import OrderStage
from drawbar.connectors.fleetrock.records import RepairOrder as Order
from drawbar.connectors.salesforce.records.repair_order import RepairOrder
from drawbar.mappings.words import optional_line, optional_lines, our_word, shortened
from drawbar.middleware.units import to_cents

STATUS = {stage: stage.value for stage in OrderStage}
LONGEST_DIFFERENCE = 2_000
"""Characters: half of what the field holds, because each line end counts twice."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class JudgedOrder:
    """An order with the vehicle that it is for (None while none is known), its audit, and where people find it."""

    order: Order
    vehicle: str | None
    audit: Audit
    page: str = ""


def to_salesforce(judged: JudgedOrder, *, now: datetime) -> RepairOrder:
    """Map an order; amounts are rounded to cents after the audit has seen what FleetRock gave."""
    order = judged.order
    paid = order.date_invoice_paid
    return RepairOrder(
        fleetrock_id=order.id,
        name=order.id,
        vehicle=judged.vehicle,
        vin=optional_line(order.vin),
        unit_number=optional_line(order.unit_number),
        status=our_word(STATUS, order.stage, record=f"repair order {order.id}", field="status"),
        vendor=optional_line(order.vendor_name),
        vendor_place=optional_line(", ".join(filter(None, (order.vendor_city, order.vendor_state)))),
        odometer=_whole(order.odometer_miles),
        engine_hours=_whole(order.engine_hours),
        priority=optional_line(order.priority_code),
        tag=optional_line(order.tag),
        created_at=order.date_created,
        started_at=order.date_started,
        expected_at=order.date_expected_finish,
        finished_at=order.date_finished,
        invoiced_at=order.date_invoiced,
        paid_on=None if paid is None else eastern_day(paid),
        po_number=optional_line(order.po_number),
        labor_total=to_cents(order.labor_total),
        part_total=to_cents(order.part_total),
        additional_charges=to_cents(order.additional_charges),
        tax_total=to_cents(order.tax_total),
        credit=to_cents(order.credit_amount),
        grand_total=to_cents(order.grand_total),
        paid_amount=None if order.paid_amount is None else to_cents(order.paid_amount),
        audit=judged.audit.verdict.value,
        audit_difference=differences(judged.audit, order.id),
        page=judged.page or None,
        source_system="FleetRock",
        source_updated=order.updated_at or _NEVER,
        last_synced=now,
    )


def differences(audit: Audit, order_id: str) -> str | None:
    """Give the differences that an audit found, a line each; None for none."""
    text = optional_lines("\n".join(audit.differences))
    return None if text is None else shortened(text, LONGEST_DIFFERENCE, f"order {order_id} in FleetRock")


def _whole(number: Decimal | None) -> int | None:
    return None if number is None else int(number.to_integral_value(ROUND_HALF_EVEN))
