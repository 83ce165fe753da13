"""Reads the query language of QuickBooks Online, as far as integrations use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z][\w.]*|\d+)|(<=|>=|[=<>*(),]))")
_ENDS: Final = frozenset({"STARTPOSITION", "MAXRESULTS", "ORDERBY"})
_MOST: Final = 1_000

Row = Mapping[str, object]


class QueryProblem(Exception):
    """The statement cannot be understood; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A statement: the entity, what an object has to be, and which page of those is wanted."""

    entity: str
    matches: Callable[[Row], bool]
    fields: frozenset[str]
    start: int = 1
    most: int = 100


def parse_query(statement: str) -> Query:
    """Understand `select * from Bill where DocNumber in ('1', '2') startposition 1 maxresults 1000`."""
    words = _words(statement)
    if len(words) < 4 or [words[0].upper(), words[1], words[2].upper()] != ["SELECT", "*", "FROM"]:  # noqa: PLR2004
        raise QueryProblem("expected SELECT * FROM an entity")
    rest = words[4:]
    conditions: list[tuple[str, str, list[str]]] = []
    if rest and rest[0].upper() == "WHERE":
        conditions, rest = _conditions(rest[1:])
    pages = {rest[at].upper(): rest[at + 1] for at in range(0, len(rest) - 1, 2)}
    unknown = set(pages) - _ENDS
    if unknown or len(rest) % 2:
        raise QueryProblem(f"unexpected {' '.join(rest)}")
    start, most = int(pages.get("STARTPOSITION", "1")), int(pages.get("MAXRESULTS", "100"))
    if start < 1 or not 1 <= most <= _MOST:
        raise QueryProblem("STARTPOSITION begins at 1, MAXRESULTS goes to 1000")
    fields = frozenset(field for field, _, _ in conditions)
    return Query(words[3], lambda row: all(_holds(row, each) for each in conditions), fields, start, most)


def _words(statement: str) -> list[str]:
    """Cut a statement into words; a quoted value keeps a quote in front of it, so that no value looks like a word."""
    found, position = [], 0
    text = statement.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryProblem(f"Encountered {text[position : position + 10]!r} at column {position}")
        value, word, sign = match.groups()
        found.append(word or sign if value is None else "'" + re.sub(r"\\(.)", r"\1", value))
        position = match.end()
    return found


def _conditions(words: list[str]) -> tuple[list[tuple[str, str, list[str]]], list[str]]:
    found: list[tuple[str, str, list[str]]] = []
    while True:
        if len(words) < 3:  # noqa: PLR2004
            raise QueryProblem("a condition is cut short")
        field, sign, rest = words[0], words[1].upper(), words[2:]
        if sign == "IN":
            if ")" not in rest or rest[0] != "(":
                raise QueryProblem("IN needs a list in brackets")
            end = rest.index(")")
            values, rest = [each for each in rest[1:end] if each != ","], rest[end + 1 :]
        else:
            values, rest = [rest[0]], rest[1:]
        found.append((field, sign, [each.removeprefix("'") for each in values]))
        if not rest or rest[0].upper() != "AND":
            return found, rest
        words = rest[1:]


def _holds(row: Row, condition: tuple[str, str, list[str]]) -> bool:
    name, sign, values = condition
    value: object = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if sign in ("=", "IN"):
        return text in values
    if sign not in ("<", ">", "<=", ">="):
        raise QueryProblem(f"unknown operator {sign}")
    return (text < values[0], text > values[0], text == values[0])[("<", ">").index(sign[0])] or (
        len(sign) > 1 and text == values[0]
    )
