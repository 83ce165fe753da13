"""The order as a PDF: what an agent prints and carries; equal orders give equal files. Pure."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import inch
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from drawbar.middleware.repossession.orders import ORDER_TYPES, RepoOrder

_GRID: Final = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (0, -1), colors.whitesmoke),
    ]
)
_WIDTHS: Final = (1.6 * inch, 5.2 * inch)


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
    styles = getSampleStyleSheet()
    story: list[Flowable] = [Paragraph(f"Repossession order {escape(order.number)}", styles["Title"])]
    for title, facts in order_facts(order):
        story += [Paragraph(title, styles["Heading3"]), _table(facts)]
    if order.instructions:
        text = "<br/>".join(escape(line) for line in order.instructions.splitlines())
        story += [Paragraph("Instructions", styles["Heading3"]), Paragraph(text, styles["BodyText"])]
    story += [Spacer(1, 0.2 * inch), Paragraph(f"Answers: {escape(order.reply_to)}", styles["BodyText"])]
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written, pagesize=letter, title=f"Repossession order {order.number}", author="", invariant=1,
        leftMargin=0.8 * inch, rightMargin=0.8 * inch, topMargin=0.6 * inch, bottomMargin=0.6 * inch,
    )  # fmt: skip
    document.build(story)
    return written.getvalue()


def _table(facts: Sequence[tuple[str, str]]) -> Table:
    style = getSampleStyleSheet()["BodyText"]
    rows = [[name, Paragraph(escape(text) or "-", style)] for name, text in facts]
    return Table(rows, colWidths=_WIDTHS, style=_GRID)
