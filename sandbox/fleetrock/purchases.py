"""The purchase orders of the simulated FleetRock: the parts of each repair order come from a supplier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from drawbar.sandbox.fleetrock.shapes import Order, dollars, us_text

_SHIPPING_CENTS = 1_850


def purchases_of(
    orders: Iterable[Order], event: str, start: datetime, end: datetime, now: datetime
) -> Iterator[dict[str, Any]]:
    """Give the purchase orders that were received, or closed, from `start` to `end`."""
    for order in orders:
        if order.started is None:
            continue
        received = order.started - timedelta(hours=2)
        closed = order.started + timedelta(days=1)
        moment = received if event == "received" else closed
        if start <= moment <= min(end, now):
            yield _answer(order, received, closed if closed <= now else None)


def _answer(order: Order, received: datetime, closed: datetime | None) -> dict[str, Any]:
    parts = [part for each in order.labor for part in each.parts]
    subtotal = sum(part.cents for part in parts)
    return {
        "id": f"PO{order.id}", "supplier_name": "Midway Truck Parts", "supplier_custom_id": "MTP",
        "recipient_name": order.vendor_name, "tag": "", "status": "Closed" if closed else "Received",
        "date_created": us_text(received - timedelta(days=1)), "date_opened": us_text(received - timedelta(days=1)),
        "date_received": us_text(received), "date_closed": us_text(closed), "payment_term_days": 30,
        "invoice_number": f"MTP-{order.id}", "subtotal": dollars(subtotal), "tax_total": 0,
        "shipping_total": dollars(_SHIPPING_CENTS), "other_total": 0,
        "grand_total": dollars(subtotal + _SHIPPING_CENTS),
        "line_items": [
            {
                "part_id": part.id, "part_number": part.number, "part_description": part.description,
                "part_quantity": part.quantity, "unit_price": dollars(part.price_cents),
                "line_total": dollars(part.cents),
            }
            for part in parts
        ],
    }  # fmt: skip
