"""The functions of numbers, rounded as Salesforce does: halves away from zero, FLOOR to zero, CEILING away from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from types import MappingProxyType

from drawbar.sandbox.formula.coercion import Kind
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.registry import Function

MOST_PLACES = 30


def to_places(number: Decimal, places: Decimal, rounding: str) -> Decimal:
    """Round to decimal places; negative ones round to tens, hundreds …"""
    if abs(places) > MOST_PLACES:
        raise FormulaError(f"Cannot round to {places} decimal places")
    return number.quantize(Decimal(1).scaleb(-int(places)), rounding=rounding)


def _whole(rounding: str) -> Callable[[Decimal], Decimal]:
    return lambda number: number.to_integral_value(rounding=rounding)


def _rounded(rounding: str) -> Callable[..., Decimal]:
    return lambda number, places=Decimal(0): to_places(number, places, rounding)


def _largest(*numbers: Decimal) -> Decimal:
    return max(numbers)


def _smallest(*numbers: Decimal) -> Decimal:
    return min(numbers)


def guarded(apply: Callable[..., Decimal]) -> Callable[..., Decimal]:
    """Turn an impossible calculation into a FormulaError."""

    def calculate(*numbers: Decimal) -> Decimal:
        try:
            return apply(*numbers)
        except (DivisionByZero, InvalidOperation, Overflow) as error:
            raise FormulaError("The calculation has no result: division by zero or out of range") from error

    return calculate


def _function(
    apply: Callable[..., Decimal], arguments: int = 1, optional: int = 0, *, repeats: bool = False
) -> Function:
    kind: Kind = "number"
    return Function((kind,) * arguments, guarded(apply), optional, repeats)


NUMBER_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "ABS": _function(abs),
        "CEILING": _function(_whole(ROUND_UP)),
        "EXP": _function(Decimal.exp),
        "FLOOR": _function(_whole(ROUND_DOWN)),
        "LN": _function(Decimal.ln),
        "LOG": _function(Decimal.log10),
        "MAX": _function(_largest, repeats=True),
        "MCEILING": _function(_whole(ROUND_CEILING)),
        "MFLOOR": _function(_whole(ROUND_FLOOR)),
        "MIN": _function(_smallest, repeats=True),
        "MOD": _function(lambda number, divisor: number % divisor, 2),
        "ROUND": _function(_rounded(ROUND_HALF_UP), 2),
        "SQRT": _function(Decimal.sqrt),
        "TRUNC": _function(_rounded(ROUND_DOWN), 2, 1),
    }
)
