"""Makes PDF of papers; what it needs takes long to be imported, so `middleware/paper.py` does that late."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from drawbar.middleware.paper import Paper

_BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=13, spaceAfter=6)
_AMOUNT: Final = ParagraphStyle("amount", parent=_BODY, alignment=TA_RIGHT)
_TITLE: Final = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=16, leading=20, spaceAfter=12)
_HEAD: Final = ParagraphStyle("head", parent=_BODY, fontName="Helvetica-Bold", fontSize=12, leading=15)
_GRID: Final = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, 0), 0.75, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)
_PAIRS: Final = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)])


def pdf_of(paper: Paper) -> bytes:
    """Give the PDF, US letter. It carries no time of its making and is not compressed."""
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=LETTER, title=paper.title, author="Drawbar", invariant=1, pageCompression=0
    )
    document.build(list(_flow(paper, document.width)))
    return file.getvalue()


def _flow(paper: Paper, width: float) -> Iterator[Flowable]:
    yield Paragraph(escape(paper.title), _TITLE)
    for head, facts in (("", paper.facts), *paper.sections):
        if head:
            yield _cell(head, _HEAD)
        if facts:
            rows = [[_cell(name), _cell(value)] for name, value in facts]
            yield Table(rows, colWidths=[1.8 * inch, width - 1.8 * inch], style=_PAIRS)
            yield Spacer(1, 0.2 * inch)
    if paper.table:
        first, *others = ((width - 1.3 * inch) / max(1, len(paper.table[0]) - 1),) * (len(paper.table[0]) - 1)
        rows = [[*map(_cell, row[:-1]), _cell(row[-1], _AMOUNT)] for row in paper.table]
        yield Table(rows, colWidths=[first, *others, 1.3 * inch], style=_GRID, repeatRows=1)
        yield Spacer(1, 0.2 * inch)
    for block in filter(None, (each.strip() for each in paper.text.split("\n\n"))):
        yield _cell(block)


def _cell(text: str, style: ParagraphStyle = _BODY) -> Paragraph:
    """Give text as it stands: nothing in it is markup, and its line ends are kept."""
    return Paragraph(escape(text).replace("\n", "<br/>"), style)
