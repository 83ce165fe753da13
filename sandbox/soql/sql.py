"""SQL text with its parameters: names come from the schema only, and every value of a query is a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

SqlValue: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A parameter that is known only when the statement runs."""

    name: str


PARENT_IDS: Final = Placeholder("parent ids")
"""The ids of a page of parents, as a JSON array."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL; the parameters stand in the order of their question marks."""

    text: str
    parameters: tuple[SqlValue | Placeholder, ...] = ()

    def __add__(self, other: Sql | str) -> Sql:
        if isinstance(other, str):
            return Sql(self.text + other, self.parameters)
        return Sql(self.text + other.text, self.parameters + other.parameters)

    def wrapped(self, before: str, after: str) -> Sql:
        """Put fixed SQL around this piece."""
        return Sql(f"{before}{self.text}{after}", self.parameters)

    def bound(self, parent_ids: str = "[]") -> tuple[SqlValue, ...]:
        """Give the parameters for running the statement."""
        return tuple(parent_ids if isinstance(each, Placeholder) else each for each in self.parameters)


def value(parameter: SqlValue | Placeholder) -> Sql:
    """Make a parameter."""
    return Sql("?", (parameter,))


def listed(pieces: Iterable[Sql], separator: str = ", ") -> Sql:
    """Join pieces, with their parameters in order."""
    known = list(pieces)
    text = separator.join(piece.text for piece in known)
    return Sql(text, tuple(parameter for piece in known for parameter in piece.parameters))


def joined(operator: str, terms: Sequence[Sql]) -> Sql:
    """Join conditions by AND or OR, as a balanced tree: SQLite limits the depth of an expression to 1,000."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    first, second = joined(operator, terms[:middle]), joined(operator, terms[middle:])
    return listed((first, second), f" {operator} ").wrapped("(", ")")


def quoted(name: str) -> str:
    """Quote the name of a table or column."""
    return '"' + name.replace('"', '""') + '"'
