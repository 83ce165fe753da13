"""Rows of one export file, streamed; understood one by one, and only when asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import AnyStr, Final, Generic, TypeVar

from drawbar.connectors.leaseworks.cells import cells_of, row_encoding, split_row
from drawbar.connectors.leaseworks.formats import Unreadable
from drawbar.connectors.leaseworks.header import Header, raw_lines, read_header
from drawbar.connectors.leaseworks.layout import SINGULAR, EntityLayout
from drawbar.connectors.leaseworks.rawlines import RawLines
from drawbar.connectors.leaseworks.records import LeaseWorksRecord
from drawbar.connectors.leaseworks.rowparser import RowParser
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import RowBatch, SourceRow

BATCH_ROWS = 2_500
_BETWEEN: Final = "\x1f"
_BETWEEN_BYTES: Final = b"\x1f"
_WITHOUT_CELLS = b"\0"
"""No row with a NUL is understood, so none that is can mean the same."""

RecordT = TypeVar("RecordT", bound=LeaseWorksRecord)


class CsvFile(Generic[RecordT]):
    """A RowSource over one file of a delivery.

    `delivered_on` is the business date of the delivery. A file that cannot be read at all (wrong encoding, a column
    missing or twice, cut off) raises StopRun from `batches`, before the first row.
    """

    def __init__(
        self, path: Path, layout: EntityLayout, model: type[RecordT], *, delivered_on: date, delivery: str = ""
    ) -> None:
        self._path, self._name = path, path.name
        self._layout = layout
        self._model = model
        self._delivered_on = delivered_on
        self._delivery = delivery
        self._cells = cells_of(layout)
        self._encoding = row_encoding(layout)

    @property
    def entity(self) -> str:
        return self._layout.entity

    @property
    def complete(self) -> bool:
        return self._layout.complete

    @property
    def layout_version(self) -> str:
        return self._layout.version

    @property
    def description(self) -> str:
        return f"{self._name} of delivery {self._delivery}" if self._delivery else self._name

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know though nothing is refused for it, such as columns that nobody reads."""
        return self._header.notices

    def batches(self) -> Iterator[RowBatch]:
        to_skip, number = self._layout.rows_before, 1
        position = self._header.positions[self._layout.key_column]
        waiting: list[bytes] = []
        for rows in self._lines():
            waiting += rows
            if to_skip and len(waiting) >= to_skip:
                del waiting[:to_skip]
                to_skip = 0
            while len(waiting) >= BATCH_ROWS:
                yield self._batch(number, waiting[:BATCH_ROWS], position)
                del waiting[:BATCH_ROWS]
                number += BATCH_ROWS
        if waiting:
            yield self._batch(number, waiting, position)

    def count(self) -> int:
        """How many rows the file holds, without understanding any; its columns need not be known."""
        return max(0, sum(len(rows) for rows in self._lines()) - self._layout.rows_before)

    def meanings(self, raws: Sequence[bytes]) -> Iterator[bytes]:
        """Give the cells that the layout reads, in the layout's order; a row without cells means itself."""
        rejoined, between = self._cells.rejoined, self._header.columns - 1
        for raw in raws:
            told = rejoined(raw, _BETWEEN_BYTES)
            if told is None or told.count(_BETWEEN_BYTES) != between:
                yield self._meaning(raw)
            elif self._reads_all:
                yield told
            else:
                yield _BETWEEN_BYTES.join(self._read(told.split(_BETWEEN_BYTES)))

    def _meaning(self, raw: bytes) -> bytes:
        try:
            cells = self._cells.split(raw.decode(self._encoding))
        except (UnicodeDecodeError, Unreadable):
            return _WITHOUT_CELLS + raw
        if len(cells) != self._header.columns:
            return _WITHOUT_CELLS + raw
        return _BETWEEN.join(self._read(cells)).encode("utf-8", "surrogatepass")

    def parse(self, row: SourceRow) -> RecordT:
        record = f"{self._name} row {row.number}, {SINGULAR[self.entity]} {row.key or '(without number)'}"
        try:
            cells = split_row(row.raw, self._cells, self._encoding, self._header.columns)
        except Unreadable as error:
            remedy = error.remedy or "Ask LeaseWorks to correct the row."
            raise RecordRejected(f"{error.message}.", record=record, code=error.code, remedy=remedy) from None
        return self._parser.parse(cells, record)

    def _batch(self, number: int, rows: list[bytes], position: int) -> RowBatch:
        return RowBatch(number, self._cells.keys(rows, position), rows)

    def _lines(self) -> RawLines:
        return raw_lines(self._path, self._layout)

    @cached_property
    def _header(self) -> Header:
        return read_header(self._path, self._layout)

    @cached_property
    def _places(self) -> list[int]:
        positions = self._header.positions
        return [positions[column] for column in self._layout.columns.values() if column in positions]

    @cached_property
    def _reads_all(self) -> bool:
        """Whether the layout reads every column, in the order of the file."""
        return self._places == [*range(self._header.columns)]

    def _read(self, cells: Sequence[AnyStr]) -> list[AnyStr]:
        return [cells[place] for place in self._places]

    @cached_property
    def _parser(self) -> RowParser[RecordT]:
        return RowParser(self._layout, self._model, self._header.positions, self._delivered_on)
