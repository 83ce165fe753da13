"""Reports as files: a page with charts, a workbook for people, and CSV for machines; readable by their owner alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, cast

from jinja2 import Environment
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from drawbar.connectors.orion.bundle import write_rows
from drawbar.connectors.orion.shape import Cell, Kind, written
from drawbar.jobs.plan_files import safe
from drawbar.jobs.report_page import PAGE
from drawbar.jobs.reports import Report, charts
from drawbar.middleware.chunks import in_chunks

SHEET_ROWS: Final = 1_000_000
"""Rows of a sheet; Excel takes 1,048,576, header included."""

_FORMATS: Final = {
    Kind.MONEY: "#,##0.00", Kind.DATE: "yyyy-mm-dd", Kind.INSTANT: "yyyy-mm-dd hh:mm:ss", Kind.COUNT: "#,##0",
}  # fmt: skip


def write_csv(report: Report, path: Path) -> None:
    """Write all rows exactly as Orion is given them; names are never blotted out."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, report.data_set, report.rows)


def write_html(report: Report, path: Path) -> None:
    """Write one page with figures, charts and rows, which loads nothing; every value is escaped."""
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE)
    named = {"report": report, "groups": report.groups, "charts": charts(report), "words": words, "written": written}
    with whole_file(path) as part, part.open("w", encoding="utf-8") as file:
        file.writelines(page.generate(named))


def write_excel(report: Report, path: Path) -> None:
    """Write a workbook: figures, rows, and what every column means; no cell becomes a formula."""
    book = Workbook(write_only=True)
    add_sheet(book, "Figures", map(words, [*report.by, *report.measures]), _figure_cells(report))
    header = [words(each.name) for each in report.data_set.columns]
    kinds = [each.kind for each in report.data_set.columns]
    rows = (list(zip(row, kinds, strict=True)) for row in report.shown_rows())
    for number, chunk in enumerate(in_chunks(rows, SHEET_ROWS), 1):
        add_sheet(book, "Rows" if number == 1 else f"Rows {number}", header, chunk)
    add_sheet(book, "Columns", ["Column", "Type", "Meaning", "Source"], _meanings(report))
    with whole_file(path) as part, part.open("wb") as file:
        book.save(file)


def words(name: str) -> str:
    """Give a column's name as people write it."""
    return name.replace("_", " ").capitalize()


Cells = list[tuple[Cell, Kind]]


def _figure_cells(report: Report) -> Iterator[Cells]:
    for each in report.groups:
        counts: Cells = [(each.rows, Kind.COUNT), *((value, Kind.MONEY) for value in each.sums.values())]
        yield [*((value, Kind.TEXT) for value in each.values), *counts]
    total = report.total
    left: Cells = [("All", Kind.TEXT), *((None, Kind.TEXT) for _ in report.by[1:])]
    yield [*left, (total.rows, Kind.COUNT), *((value, Kind.MONEY) for value in total.sums.values())]


def _meanings(report: Report) -> Iterator[Cells]:
    for each in report.data_set.columns:
        yield [(text, Kind.TEXT) for text in (each.name, each.kind.value, each.meaning, each.source)]


def add_sheet(book: Workbook, name: str, header: Iterable[str], rows: Iterable[Cells]) -> None:
    """Add a sheet with a bold heading that stays in sight; no cell becomes a formula."""
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    heading = [WriteOnlyCell(sheet, each) for each in header]
    for each in heading:
        each.font = Font(bold=True)
    sheet.append(heading)
    for row in rows:
        cells = []
        for value, kind in row:
            made = WriteOnlyCell(sheet, _excel(value))
            made.number_format = _FORMATS.get(kind, "General")
            cells.append(made)
        sheet.append(cells)


def _excel(value: Cell) -> str | float | datetime | None:
    """Give a value as a sheet holds it: text that no formula comes of, numbers, and days and instants (UTC)."""
    if isinstance(value, str):
        return safe(ILLEGAL_CHARACTERS_RE.sub("", value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (Excel knows no zones)
    return cast("float | None", value)  # openpyxl writes a Decimal exactly, which its types do not tell


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give another name to write to; the file is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600, exist_ok=False)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
