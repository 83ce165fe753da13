"""What the operators do with two values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from drawbar.sandbox.formula.coercion import ZERO, kind_name, text
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.number_functions import guarded
from drawbar.sandbox.formula.syntax import Value

MICROSECONDS_PER_DAY = Decimal(86_400_000_000)

ARITHMETIC: Mapping[str, Callable[..., Decimal]] = MappingProxyType(
    {
        "+": guarded(lambda left, right: left + right),
        "-": guarded(lambda left, right: left - right),
        "*": guarded(lambda left, right: left * right),
        "/": guarded(lambda left, right: left / right),
        "^": guarded(lambda left, right: left**right),
    }
)


def applied(operator: str, left: Value, right: Value, *, blank_as_zero: bool) -> Value:
    """Work out `left operator right`."""
    if operator == "&" or (operator == "+" and isinstance(left, str) and isinstance(right, str | None)):
        return text(left) + text(right) or None
    if operator == "+" and left is None and isinstance(right, str):
        return right
    if operator in ARITHMETIC:
        return _calculated(operator, left, right, blank_as_zero=blank_as_zero)
    return _compared(operator, left, right, blank_as_zero=blank_as_zero)


def _calculated(operator: str, left: Value, right: Value, *, blank_as_zero: bool) -> Value:
    if isinstance(left, date) or isinstance(right, date):
        return _moved(operator, left, right)
    if blank_as_zero:
        left, right = (ZERO if each is None else each for each in (left, right))
    if left is None or right is None:
        return None
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return ARITHMETIC[operator](left, right)
    raise _mismatch(operator, left, right)


def _moved(operator: str, left: Value, right: Value) -> Value:
    """Days and instants: their distance in days, or one of them moved by days."""
    if left is None or right is None:
        return None
    if operator == "+" and isinstance(right, date):
        left, right = right, left
    if isinstance(left, date) and isinstance(right, Decimal) and operator in {"+", "-"}:
        return _shifted(left, right if operator == "+" else -right)
    if operator == "-" and isinstance(left, datetime) and isinstance(right, datetime):
        return Decimal((left - right) // timedelta(microseconds=1)) / MICROSECONDS_PER_DAY
    alike = kind_name(left) == kind_name(right)
    if operator == "-" and alike and isinstance(left, date) and isinstance(right, date):
        return Decimal((left - right).days)
    raise _mismatch(operator, left, right)


def _shifted(moment: date, days: Decimal) -> date:
    try:
        if isinstance(moment, datetime):
            return moment + timedelta(microseconds=int(days * MICROSECONDS_PER_DAY))
        return moment + timedelta(days=int(days))
    except OverflowError as error:
        raise FormulaError(f"{days} days from {moment} leave the calendar") from error


def _compared(operator: str, left: Value, right: Value, *, blank_as_zero: bool) -> bool:
    left, right = (
        _blank_side(left, right, blank_as_zero=blank_as_zero),
        _blank_side(right, left, blank_as_zero=blank_as_zero),
    )
    blank = left is None or right is None
    if not blank and kind_name(left) != kind_name(right):
        raise _mismatch(operator, left, right)
    if operator in {"=", "=="}:
        return left == right
    if operator in {"<>", "!="}:
        return left != right
    return not blank and _ordered(operator, left, right)


def _blank_side(value: Value, other: Value, *, blank_as_zero: bool) -> Value:
    """A blank beside a number may be zero, beside a check box it is not checked; empty text is blank."""
    if value == "":
        return None
    if value is None and isinstance(other, bool):
        return False
    return ZERO if value is None and blank_as_zero and isinstance(other, Decimal) else value


def _ordered(operator: str, left: Value, right: Value) -> bool:
    if isinstance(left, bool):
        raise _mismatch(operator, left, right)
    less, equal = left < right, left == right  # type: ignore[operator]  # both are of one kind, as `_compared` made sure
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[operator]


def _mismatch(operator: str, left: Value, right: Value) -> FormulaError:
    return FormulaError(f"Incorrect parameter type for operator '{operator}': {kind_name(left)} and {kind_name(right)}")
