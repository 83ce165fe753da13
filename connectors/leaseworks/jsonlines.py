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

    def rejoined(self, _row: bytes, _between: bytes) -> None:
        """Say that the row has to be read."""

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
