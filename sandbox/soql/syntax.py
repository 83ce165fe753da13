"""What a SOQL text says, before anything is known of objects and fields. Positions count characters from 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Path:
    """A field, or one of a parent: `("Account", "Name")`."""

    names: tuple[str, ...]
    position: int

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """An aggregate, a date function, or another function: `COUNT(Id)`, `DAY_ONLY(convertTimezone(CreatedDate))`."""

    name: str
    arguments: tuple[Operand, ...]
    position: int

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"


Operand: TypeAlias = Path | Call


@dataclass(frozen=True, slots=True)
class DateLiteral:
    """A span of days that depends on the day of the query: `TODAY`, `LAST_N_DAYS:30`; the name is in upper case."""

    name: str
    count: int | None


LiteralValue: TypeAlias = str | Decimal | bool | date | datetime | DateLiteral | None
LiteralKind: TypeAlias = OneOf["string", "number", "boolean", "date", "datetime", "time", "date literal", "null"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a condition. `pattern` is the text of a string with `\\%` and `\\_` still escaped, for LIKE."""

    kind: LiteralKind
    value: LiteralValue
    position: int
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`Name = 'x'`, `Name LIKE 'x%'`; the operator is one of = != < <= > >= LIKE."""

    operand: Operand
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """`Status IN ('a', 'b')` or `Id NOT IN (SELECT …)`."""

    operand: Operand
    negated: bool
    candidates: tuple[Literal, ...] | Query


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`Colours INCLUDES ('red;blue', 'green')`: red and blue, or green."""

    operand: Operand
    negated: bool
    combinations: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by AND or OR."""

    operator: OneOf["AND", "OR"]
    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT of a condition."""

    term: Condition


Condition: TypeAlias = Comparison | Membership | Inclusion | Junction | Negation


@dataclass(frozen=True, slots=True)
class Selected:
    """A field, parent field, aggregate or function of the SELECT list."""

    operand: Operand
    alias: str | None


@dataclass(frozen=True, slots=True)
class ChildQuery:
    """`(SELECT … FROM Payments__r …)` in the SELECT list."""

    query: Query
    position: int


@dataclass(frozen=True, slots=True)
class Source:
    """What FROM names: an object, or in a child query the name of a relationship."""

    name: str
    alias: str | None
    position: int


@dataclass(frozen=True, slots=True)
class Ordering:
    """One item of ORDER BY; Salesforce puts nulls first unless told otherwise."""

    operand: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT."""

    selections: tuple[Selected | ChildQuery, ...]
    source: Source
    where: Condition | None = None
    group_by: tuple[Operand, ...] = ()
    having: Condition | None = None
    order_by: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
    all_rows: bool = False
    mine: bool = False
