"""What a function or operator takes a value for; blanks become zero or stay blank as the formula says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.syntax import Value

Kind: TypeAlias = OneOf["text", "number", "date", "instant", "time", "truth", "any"]
ZERO = Decimal(0)


def normal(value: object) -> Value:
    """Take a value of a record: numbers become Decimal, empty text becomes blank, instants become UTC."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, bool | str | Decimal | date | time):
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    raise FormulaError(f"A formula takes no {type(value).__name__}")


def text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise _mistaken("Text", value)


def number(value: Value) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    raise _mistaken("Number", value)


def truth(value: Value) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _mistaken("Boolean", value)


def day(value: Value) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise _mistaken("Date", value)


def instant(value: Value) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    raise _mistaken("Datetime", value)


def clock(value: Value) -> time | None:
    if value is None or isinstance(value, time):
        return value
    raise _mistaken("Time", value)


def unchanged(value: Value) -> Value:
    return value


COERCIONS: Mapping[Kind, Callable[[Value], Value]] = {
    "text": text,
    "number": number,
    "truth": truth,
    "date": day,
    "instant": instant,
    "time": clock,
    "any": unchanged,
}


def coerced(kind: Kind, value: Value, *, blank_as_zero: bool) -> Value:
    """Take a value for an argument of this kind."""
    if kind == "number" and value is None and blank_as_zero:
        return ZERO
    return COERCIONS[kind](value)


def kind_name(value: Value) -> str:
    """Name the type of a value as Salesforce does."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, Decimal):
        return "Number"
    if isinstance(value, datetime):
        return "Datetime"
    if isinstance(value, date):
        return "Date"
    return "Time" if isinstance(value, time) else "Text"


def _mistaken(expected: str, value: Value) -> FormulaError:
    return FormulaError(f"Incorrect parameter type. Expected {expected}, received {kind_name(value)}")
