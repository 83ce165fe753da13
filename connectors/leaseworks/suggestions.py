"""Guesses that help a person to bind an unfamiliar file; nothing is ever read by a guess alone."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from drawbar.connectors.leaseworks.formats import Unreadable, read_date
from drawbar.connectors.leaseworks.jsonlines import members_of
from drawbar.connectors.leaseworks.layout import EntityLayout

_ENOUGH = 0.6
_BLOCK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_WORDS = {
    "acct": "account",
    "amt": "amount",
    "bal": "balance",
    "cust": "lessee",
    "customer": "lessee",
    "desc": "description",
    "dt": "date",
    "id": "number",
    "nbr": "number",
    "no": "number",
    "num": "number",
    "on": "date",
    "outst": "outstanding",
    "pmt": "payment",
    "pmts": "payments",
    "pymt": "payment",
    "ts": "timestamp",
    "at": "timestamp",
    "zip": "postal code",
}
_DATE_FORMATS = (
    "YYYY-MM-DD",
    "MM/DD/YYYY",
    "YYYYMMDD",
    "M/D/YYYY",
    "DD.MM.YYYY",
    "DD-MON-YYYY",
    "DD-MON-YY",
    "MM-DD-YYYY",
    "MM/DD/YY",
    "DD/MM/YYYY",
)


def guess_encoding(path: Path) -> str:
    """The likeliest encoding of a file: by its mark, by its zeros, UTF-8 when all of it is, else Windows' 1252."""
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start[:200]:
        return "utf-16-be" if start.startswith(b"\0") else "utf-16-le"
    return next((name for name in ("utf-8", "cp1252") if _decodes(path, name)), "iso8859-1")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guess_delimiter(header: str, default: str) -> str:
    """The delimiter that cuts a header line into most names; the default when none cuts it."""
    best = max((default, *_DELIMITERS), key=header.count)
    return best if header.count(best) else default


def guess_json_lines(path: Path, encoding: str) -> bool:
    """Whether a file's first line is a JSON object."""
    with path.open(encoding=encoding, errors="replace") as file:
        line = file.readline(_BLOCK).removeprefix("\ufeff")
    try:
        return bool(members_of(line))
    except Unreadable:
        return False


def guess_columns(missing: Mapping[str, str], unused: Iterable[str]) -> dict[str, str]:
    """Guess which unused column feeds which field that lacks its own, by likeness of names; each column once."""
    pairs = [(_likeness(name, field, column), field, name) for field, column in missing.items() for name in unused]
    guesses: dict[str, str] = {}
    for score, field, name in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if score >= _ENOUGH and field not in guesses and name not in guesses.values():
            guesses[field] = name
    return guesses


def guess_dates(texts: Sequence[str]) -> str:
    """The first common date format in which all of the texts are dates; empty when none is."""
    readers = ((known, read_date((known,))) for known in _DATE_FORMATS)
    return next((known for known, read in readers if texts and all(_reads(read, text) for text in texts)), "")


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except Unreadable:
        return False
    return True


def _likeness(name: str, field: str, column: str) -> float:
    ours = (_words(field), _words(column))
    return max(SequenceMatcher(None, _words(name), our).ratio() for our in ours)


def _words(name: str) -> str:
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(_WORDS.get(word, word) for word in re.findall(r"[a-z]+|\d+", split.lower()))


def as_toml(
    layout: EntityLayout,
    changes: Mapping[str, str | Sequence[str] | bool],
    columns: Mapping[str, str],
    missing: Sequence[str],
    codes: Mapping[str, Iterable[str]],
) -> str:
    """Settings that would bind what is unfamiliar; a person looks at them, completes them and puts them in."""
    lines: list[str] = []
    if changes:
        lines += [layout.place, *(f"{name} = {json.dumps(value)}" for name, value in changes.items())]
    if columns or missing:
        lines += [f"[leaseworks.layout.{layout.entity}.columns]"]
        lines += [f"{field} = {json.dumps(columns[field])}" for field in layout.columns if field in columns]
        lines += [f'# {field} = "…"' for field in missing]
    for field, unknown in codes.items():
        lines += [f"[leaseworks.layout.{layout.entity}.codes.{field}]"]
        lines += [f"{json.dumps(code)} = {json.dumps(value)}" for code, value in layout.codes[field].items()]
        lines += [f'# {json.dumps(code)} = "…"' for code in sorted(unknown)]
    return "\n".join(lines)
