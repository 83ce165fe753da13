"""FleetRock purchase order → Purchase_Order__c."""

from __future__ import annotations

from datetime import UTC, datetime

from drawbar.connectors.fleetrock import records as fleetrock
from drawbar.connectors.fleetrock.audit import audit_purchase
from drawbar.connectors.salesforce.records.purchase_order import PurchaseOrder
from drawbar.mappings.fleetrock_order import differences
from drawbar.mappings.words import optional_line
from drawbar.middleware.units import to_cents

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def to_salesforce(order: fleetrock.PurchaseOrder, *, now: datetime) -> PurchaseOrder:
    """Map a purchase order with what the audit of its totals came to."""
    audit = audit_purchase(order)
    return PurchaseOrder(
        fleetrock_id=order.id,
        name=order.id,
        supplier=optional_line(order.supplier_name),
        recipient=optional_line(order.recipient_name),
        status=optional_line(order.status),
        tag=optional_line(order.tag),
        invoice_number=optional_line(order.invoice_number),
        created_at=order.date_created,
        received_at=order.date_received,
        closed_at=order.date_closed,
        subtotal=to_cents(order.subtotal),
        tax_total=to_cents(order.tax_total),
        shipping_total=to_cents(order.shipping_total),
        other_total=to_cents(order.other_total),
        grand_total=to_cents(order.grand_total),
        audit=audit.verdict.value,
        audit_difference=differences(audit, order.id),
        source_system="FleetRock",
        source_updated=order.updated_at or _NEVER,
        last_synced=now,
    )
