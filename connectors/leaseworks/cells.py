"""Cuts a raw row into cells, and takes the key out of many rows at once."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Protocol

from drawbar.connectors.leaseworks.formats import Unreadable
from drawbar.connectors.leaseworks.jsonlines import JsonCells
from drawbar.connectors.leaseworks.layout import EntityLayout
from drawbar.connectors.leaseworks.rawlines import contains_ascii


class Cells(Protocol):
    """How the rows of a file fall into cells."""

    def split(self, text: str) -> list[str]:
        """The cells of a row; raise Unreadable when it does not fall into cells."""
        ...

    def keys(self, rows: Sequence[bytes], position: int) -> list[bytes]:
        """The key of each row in UTF-8, empty when the row is too short; never raises."""
        ...

    def rejoined(self, row: bytes, between: bytes) -> bytes | None:
        """A row of ASCII with `between` in place of what stands between its cells, and no quotes around them.

        None when it has to be split: it holds text beyond ASCII, or `between`, or quotes that say more.
        """
        ...


def cells_of(layout: EntityLayout, names: Sequence[str] = ()) -> Cells:
    """How rows of this layout fall into cells: of JSON lines into the members named, or those that are read."""
    encoding = row_encoding(layout)
    if layout.json_lines:
        return JsonCells(names or layout.members, encoding)
    if layout.fixed_width:
        return FixedWidthCells(layout.fixed_width, encoding)
    return DelimitedCells(layout.delimiter, layout.quote, encoding)


def row_encoding(layout: EntityLayout) -> str:
    """The encoding of raw rows: the file's own where rows can be cut before they are decoded, else UTF-8."""
    return layout.encoding if contains_ascii(layout.encoding) else "utf-8"


def split_row(raw: bytes, cells: Cells, encoding: str, columns: int) -> list[str]:
    """The cells of a raw row, as many as there are columns; raise Unreadable."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        wrong, place = raw[error.start : error.end].hex(" "), error.start + 1
        raise Unreadable(
            "UNDECODABLE",
            f"holds bytes that are not {encoding} ({wrong} at byte {place})",
            "If many rows do, set encoding in the layout, for instance cp1252.",
        ) from None
    found = cells.split(text)
    if len(found) != columns:
        raise Unreadable(
            "WRONG_COLUMN_COUNT",
            f"has {len(found)} columns, the header has {columns}",
            "A text that holds the delimiter or a line end must be enclosed in quotes.",
        )
    if "\0" in text:
        raise Unreadable("CONTROL_CHARACTER", "holds a NUL character")
    return found


class DelimitedCells:
    """Cells between delimiters, enclosed in quotes where they need to be (RFC 4180)."""

    def __init__(self, delimiter: str, quote: str, encoding: str) -> None:
        self._delimiter, self._quote, self._encoding = delimiter, quote, encoding
        self._delimiter_byte, self._quote_byte = delimiter.encode(), quote.encode()
        self._between = f"{quote}{delimiter}{quote}"
        self._between_bytes = self._between.encode()

    def split(self, text: str) -> list[str]:
        if not self._quote or self._quote not in text:
            return text.split(self._delimiter)
        cells = text[1:-1].split(self._between)
        if text.startswith(self._quote) and text.endswith(self._quote) and text.count(self._quote) == 2 * len(cells):
            return (
                cells  # every cell is enclosed and none holds a quote; a fifth to a third less work than what follows
            )
        try:
            return next(csv.reader([text], delimiter=self._delimiter, quotechar=self._quote, strict=True))
        except csv.Error as error:
            raise Unreadable("BAD_QUOTES", f"its quotes are wrong ({error})") from None

    def keys(self, rows: Sequence[bytes], position: int) -> list[bytes]:
        delimiter = self._delimiter_byte
        if position:
            return [self._key(row, position) for row in rows]
        keys = [row.partition(delimiter)[0] for row in rows]
        joined = b"\n".join(keys)
        if joined.isascii():
            if not (self._quote and self._quote_byte in joined):
                return [key.strip() for key in keys]
            inner = [key[1:-1] for key in keys]
            if joined.count(self._quote_byte) == 2 * len(keys) and self._quote_byte not in b"\n".join(inner):
                return [key.strip() for key in inner]  # every key is enclosed and none holds a quote
        return [self._first_key(row) for row in rows]

    def rejoined(self, row: bytes, between: bytes) -> bytes | None:
        if not row.isascii() or between in row:
            return None
        quote = self._quote_byte
        if not quote or quote not in row:
            return row.replace(self._delimiter_byte, between)
        inner = row[1:-1].replace(self._between_bytes, between)
        enclosed = len(row) > 1 and row.startswith(quote) and row.endswith(quote)
        return inner if enclosed and quote not in inner else None

    def _first_key(self, row: bytes) -> bytes:
        if self._quote and row.startswith(self._quote_byte):
            enclosed, _, behind = row[1:].partition(self._quote_byte)
            if enclosed.isascii() and behind.startswith(self._delimiter_byte):
                return enclosed.strip()
        return self._key(row, 0)

    def _key(self, row: bytes, position: int) -> bytes:
        before = row.split(self._delimiter_byte, position + 1)[: position + 1]
        if len(before) <= position:
            return b""
        quoted = self._quote and any(self._quote_byte in cell for cell in before)
        key = before[position].strip()
        if not quoted and key.isascii():
            return key
        return self._careful_key(row, position)

    def _careful_key(self, row: bytes, position: int) -> bytes:
        try:
            cells = self.split(row.decode(self._encoding, "backslashreplace"))
        except Unreadable:
            return b""
        return cells[position].strip().encode() if len(cells) > position else b""


class FixedWidthCells:
    """Cells at fixed places; a row that ends early has empty cells behind its end."""

    def __init__(self, widths: Mapping[str, tuple[int, int]], encoding: str) -> None:
        self._slices = [slice(first - 1, first - 1 + length) for first, length in widths.values()]
        self._encoding = encoding

    def split(self, text: str) -> list[str]:
        return [text[place].strip() for place in self._slices]

    def keys(self, rows: Sequence[bytes], position: int) -> list[bytes]:
        place = self._slices[position]
        return [row[place].strip() if row.isascii() else self._decoded(row)[place].strip().encode() for row in rows]

    def rejoined(self, _row: bytes, _between: bytes) -> None:
        """Say that the row has to be cut."""

    def _decoded(self, row: bytes) -> str:
        return row.decode(self._encoding, "backslashreplace")
