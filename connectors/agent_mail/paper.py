"""The order as a PDF: what an agent prints and carries; equal orders give equal files. Pure."""

from __future__ import annotations

from drawbar.middleware.paper import Paper, render
from drawbar.middleware.repossession.orders import ORDER_TYPES, RepoOrder


def order_facts(order: RepoOrder) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give all that an agent needs to know, by section, as names and texts (P14)."""
    seen = f"{order.last_seen_at:%Y-%m-%d %H:%M} UTC" if order.last_seen_at else ""
    return [
        ("Order", [
            ("Order number", order.number), ("Type", f"{order.order_type} {ORDER_TYPES[order.order_type]}"),
            ("Voluntary", "yes" if order.voluntary else "no"), ("Ordered on", order.ordered_on.isoformat()),
        ]),
        ("Account", [
            ("Account", order.account), ("Payments made", str(order.payments_made)),
            ("Days past due", str(order.days_past_due)), ("Past due", f"${order.past_due}"),
            ("Payoff", "" if order.payoff is None else f"${order.payoff}"),
        ]),
        ("Lessee", [
            ("Name", order.lessee_name), ("Phone", order.lessee_phone), ("Address", order.lessee_address),
        ]),
        ("Vehicle", [
            ("Vehicle", " ".join(filter(None, (order.year, order.make, order.model)))), ("Color", order.color),
            ("VIN", order.vin), ("Plate", order.plate), ("Unit number", order.unit_number),
            ("GPS status", order.gps_status), ("Last location", order.last_location), ("Last seen", seen),
        ]),
    ]  # fmt: skip


def order_pdf(order: RepoOrder) -> bytes:
    """Give the order as a PDF of letter size."""
    sections = [(head, [(name, text or "-") for name, text in facts]) for head, facts in order_facts(order)]
    if order.instructions:
        sections.append(("Instructions", [("", order.instructions)]))
    return render(
        Paper(title=f"Repossession order {order.number}", sections=sections, text=f"Answers: {order.reply_to}")
    )
