"""Cells of a row that is a JSON object (jsonlines.org, read 2026-11): its members by name, in the layout's order."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from drawbar.connectors.leaseworks.formats import Unreadable


class JsonCells:
    """Implements `Cells`. A member that is absent or null is an empty cell; a number stays as it is written."""

    def __init__(self, columns: Sequence[str], encoding: str) -> None:
        self._columns = columns
        self._encoding = encoding
        self._shapes: list[_Shape] = []
        self._lessons = _LESSONS

    def split(self, text: str) -> list[str]:
        members = members_of(text)
        cells = [_cell(name, members.get(name)) for name in self._columns]
        if "\\u" in text:  # only an escape can bring in what the row itself cannot hold
            _refuse_no_text("".join(cells))
        return cells

    def keys(self, rows: Sequence[bytes], position: int) -> list[bytes]:
        name = re.escape(json.dumps(self._columns[position]).encode())
        plain = re.compile(name + rb'\s*+:\s*+(?:"([^"\\\x80-\xff]*+)"|(-?\d++)\s*+[,}])')
        again = json.dumps(self._columns[position]).encode()
        return [self._key(row, plain, again, position) for row in rows]

    def rejoined(self, row: bytes, between: bytes) -> bytes | None:
        if between in row or b"\\" in row or not row.isascii():
            return None
        for shape in self._shapes:
            told = shape.rejoined(row, between)
            if told is not None:
                return told
        return self._learn(row, between) if self._lessons else None

    def _learn(self, row: bytes, between: bytes) -> bytes | None:
        """Look a row up whose members stand in an order that was not met before, and remember the order."""
        self._lessons -= 1
        try:
            names = tuple(members_of(row.decode("ascii")))
        except Unreadable:
            return None
        shape = _Shape(row, names, self._columns)
        told = shape.rejoined(row, between)
        if told is not None:
            self._shapes.append(shape)
        return told

    def _key(self, row: bytes, plain: re.Pattern[bytes], again: bytes, position: int) -> bytes:
        """Take a key out of the raw row: quotes within texts are escaped there, so the name stands for itself."""
        found = plain.search(row)
        if found is None or row.find(again, found.end()) >= 0:
            return self._careful_key(row, position)
        return (found[1] or found[2] or b"").strip()

    def _careful_key(self, row: bytes, position: int) -> bytes:
        try:
            return self.split(row.decode(self._encoding))[position].strip().encode()
        except (Unreadable, UnicodeDecodeError):
            return b""


class _Shape:
    """Objects with the same members in one order, of ASCII without escapes, read without a reader of JSON.

    `like` is one such row. Rows that hold texts alone, and are spaced as it is, fall apart at their quotes; the others
    are read by a pattern, which takes three times as long.
    """

    def __init__(self, like: bytes, names: Sequence[str], columns: Sequence[str]) -> None:
        members = (re.escape(json.dumps(name).encode()) + _COLON + _VALUE for name in names)
        self._match = re.compile(_BEGIN + _COMMA.join(members) + _END).fullmatch
        parts = like.split(b'"')
        self._only_texts = parts[1::4] == [name.encode() for name in names] and len(parts) == 4 * len(names) + 1
        self._names, self._colons, self._commas = parts[1::4], parts[2::4], parts[::4]
        places = {name: place for place, name in enumerate(names)}
        self._cells = [places.get(name) for name in columns]
        self._as_they_stand = self._cells == [*range(len(names))]

    def rejoined(self, row: bytes, between: bytes) -> bytes | None:
        """Give the cells of the columns with `between` in place of what stands between; None for another shape."""
        if self._only_texts:
            parts = row.split(b'"')
            if parts[1::4] == self._names and parts[2::4] == self._colons and parts[::4] == self._commas:
                return between.join(self._chosen(parts[3::4]))
        found = self._match(row)
        if found is None:
            return None
        values = self._chosen(found.groups())
        told = between.join(values)
        if b"null" in told:
            told = between.join([b"" if value == b"null" else value for value in values])
        return told.replace(b'"', b"")

    def _chosen(self, values: Sequence[bytes]) -> Sequence[bytes]:
        if self._as_they_stand:
            return values
        return [b"" if cell is None else values[cell] for cell in self._cells]


_SPACE = rb"[ \t\r\n]*+"
_BEGIN, _COLON, _COMMA, _END = (_SPACE + mark + _SPACE for mark in (rb"\{", b":", b",", rb"\}"))
_VALUE = rb'("[^"\\\x00-\x1f\x80-\xff]*+"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+|null|true|false)'
"""A value as RFC 8259 writes it, when it is neither an object nor a list, and holds nothing that is escaped."""

_LESSONS = 64
"""So many rows are looked at to learn the orders of members; who writes more orders than that writes none."""


def members_of(text: str) -> dict[str, Any]:
    """Give the members of the object that a row is; raise Unreadable when it is none or has a name twice."""
    try:
        members = _DECODER.decode(text)
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable("BAD_JSON", f"is no JSON object ({_reason(error)})") from None
    if not isinstance(members, dict):
        raise Unreadable("BAD_JSON", "is no JSON object")
    return members


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        name, _count = Counter(name for name, _ in pairs).most_common(1)[0]
        raise Unreadable("BAD_JSON", f"has the member {name} twice")
    return members


def _no_number(text: str) -> str:
    message = f"{text} is no number"
    raise ValueError(message)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_no_number, strict=False
)


def _cell(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Unreadable("BAD_JSON", f"its member {name} is a list or an object, not one value")


def _refuse_no_text(text: str) -> None:
    if "\0" in text:
        raise Unreadable("CONTROL_CHARACTER", "holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("UNDECODABLE", "holds half a character (a lone surrogate)") from None
