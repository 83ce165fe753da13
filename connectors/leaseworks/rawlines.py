"""Cuts a file into raw rows, fast: large blocks, plain splitting wherever no quote can hide a line end.

A row with quotes ends where RFC 4180 says it does: a quote opens only at the start of a cell, and inside it line
ends are text. Lines end with LF or CRLF. Rows come without their line end; blank lines are left out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from drawbar.middleware.errors import StopRun

BLOCK_BYTES = 1 << 18
MAX_ROW_BYTES = 1 << 20


class RawLines:
    """The raw rows of one file. Encodings that do not contain ASCII (UTF-16, EBCDIC) are read as UTF-8."""

    def __init__(self, path: Path, *, encoding: str = "utf-8", delimiter: str = ",", quote: str = '"') -> None:
        self._path = path
        self._encoding = encoding
        self._quote = quote.encode()
        self._ends = _RowEnds(delimiter.encode(), self._quote) if quote else None
        self._decoder = None if contains_ascii(encoding) else codecs.getincrementaldecoder(encoding)

    def __iter__(self) -> Iterator[list[bytes]]:
        """Lists of rows, in order; about as many as fit into a block. Raises StopRun at a quote that never closes."""
        rest, count = b"", 0
        with self._path.open("rb") as file:
            for block in self._blocks(file):
                text = rest + block if rest else block
                end = text.rfind(b"\n") + 1
                rows, begun = self._rows(text[:end])
                rest = begun + text[end:]
                count += len(rows)
                if len(rest) > MAX_ROW_BYTES + BLOCK_BYTES:
                    raise self._never_ends(count + 1, "does not end within a megabyte")
                yield rows
        yield self._last(rest, count)

    def _blocks(self, file: BinaryIO) -> Iterator[bytes]:
        first = file.read(BLOCK_BYTES)
        if self._decoder is not None:
            yield from self._recoded(first, file, self._decoder("surrogatepass"))
            return
        yield first.removeprefix(codecs.BOM_UTF8)
        while block := file.read(BLOCK_BYTES):
            yield block

    def _recoded(self, first: bytes, file: BinaryIO, decoder: codecs.IncrementalDecoder) -> Iterator[bytes]:
        block = first
        try:
            while block:
                text = decoder.decode(block, not (following := file.read(BLOCK_BYTES)))
                yield text.encode("utf-8", "surrogatepass").removeprefix(codecs.BOM_UTF8)
                block = following
        except UnicodeDecodeError as error:
            raise StopRun(
                f"is not readable as {self._encoding} ({error.reason}): the file is cut off or has another encoding.",
                record=self._path.name,
                remedy="Ask for the file again, or set encoding in the layout.",
            ) from None

    def _rows(self, text: bytes) -> tuple[list[bytes], bytes]:
        """Complete rows, and the beginning of one that goes on behind the block."""
        if self._ends is None or self._quote not in text:
            rows = _lines(text)
            return (rows if b"" not in rows else [row for row in rows if row]), b""
        return self._ends.rows(text)

    def _last(self, rest: bytes, count: int) -> list[bytes]:
        rows, begun = self._rows(rest)
        if begun:
            raise self._never_ends(count + len(rows) + 1, "opens a quote that never closes")
        return rows

    def _never_ends(self, number: int, what: str) -> StopRun:
        return StopRun(
            f"line {number} {what}: the file is cut off or its quotes are wrong.",
            record=self._path.name,
            remedy="Ask for the file again, or set quote in the layout.",
        )


class _RowEnds:
    """Decides for lines that hold quotes where their row ends."""

    def __init__(self, delimiter: bytes, quote: bytes) -> None:
        d, q = re.escape(delimiter), re.escape(quote)
        self._delimiter, self._quote = delimiter, quote
        closed = rb"[^%b]*+(?:%b%b[^%b]*+)*+%b" % (q, q, q, q, q)
        tail = rb"[^%b]*+" % d
        cells = rb"(?:%b(?:%b%b%b|(?!%b)%b))*+" % (d, q, closed, tail, q, tail)
        self._whole = re.compile(rb"(?:%b%b%b|(?!%b)%b)%b" % (q, closed, tail, q, tail, cells), re.DOTALL)
        self._rest = re.compile(rb"%b%b%b" % (closed, tail, cells), re.DOTALL)

    def rows(self, text: bytes) -> tuple[list[bytes], bytes]:
        if (plain := self._plain(text)) is not None:
            return plain, b""
        rows: list[bytes] = []
        begun: list[bytes] = []
        for line in BytesIO(text):
            if begun:
                begun.append(line)
                if self._closes(line):
                    rows.append(_without_end(b"".join(begun)))
                    begun.clear()
            elif self._quote not in line or self._whole.fullmatch(line):
                rows.append(_without_end(line))
            else:
                begun.append(line)
        return [row for row in rows if row], b"".join(begun)

    def _plain(self, text: bytes) -> list[bytes] | None:
        """Give the rows of a text whose lines plainly end behind quotes that close; None means: look at each line.

        Without doubled quotes, a quote that ends a line closes a cell unless it stands at the cell's beginning. Two at
        a cell's beginning are left out first: an empty cell ends where none would, and what they double elsewhere, a
        quote behind a delimiter, leaves the cell open as before.
        """
        doubled, plain = self._quote * 2, text
        if doubled in text:
            plain = text.replace(self._delimiter + doubled, self._delimiter)
        if doubled in plain or not text.endswith(b"\n"):
            return None
        lines = _lines(plain)
        ends = {line[-2:] for line in lines if line}
        if not all(each[1:] == self._quote and each[:1] != self._delimiter[-1:] for each in ends):
            return None
        return [row for row in (lines if plain is text else _lines(text)) if row]

    def _closes(self, line: bytes) -> bool:
        return self._rest.fullmatch(line) is not None


def _lines(text: bytes) -> list[bytes]:
    if b"\r" not in text or text.count(b"\r") == text.count(b"\r\n"):
        return text.splitlines()  # three times faster than what follows, but ends lines at a bare CR too
    return text.replace(b"\r\n", b"\n").split(b"\n")


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def contains_ascii(encoding: str) -> bool:
    """Whether ASCII bytes mean themselves in an encoding, so that a file can be cut before it is decoded."""
    ascii_bytes = bytes(range(128))
    try:
        return ascii_bytes.decode(encoding) == ascii_bytes.decode("ascii")
    except UnicodeDecodeError:
        return False
