"""Tells at a glance of most values that Salesforce takes them, so that only the doubtful ones are judged at length."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from drawbar.connectors.salesforce.fields import (
    Checkbox,
    Currency,
    Date,
    DateTime,
    Field,
    Number,
    Percent,
    Phone,
    Picklist,
    Text,
    TextArea,
)

Fits = Callable[[object], bool]

_FIRST_DAY, _LAST_DAY = date(1700, 1, 1), date(4000, 12, 31)


def fits(field: Field) -> Fits:
    """Give a test that is True only for values that the field surely takes; False means: ask `Field.refusal`.

    A million rows ask this of thirty fields each, so everything that the field alone decides is decided here, once.
    """
    return _GLANCES.get(type(field), _never)(field)


def _never(_field: Field) -> Fits:
    return lambda _value: False


def _text(field: Text) -> Fits:
    length = field.length
    return lambda value: type(value) is str and 0 < len(value) <= length


def _number(field: Number) -> Fits:
    digits = field.precision - field.scale
    above = 10**digits
    one_unit = Decimal(1).scaleb(-field.scale)

    def glance(value: object) -> bool:
        if type(value) is Decimal:
            # What has exactly `scale` decimals is finite too: neither infinity nor NaN shares a quantum with a number.
            return value.same_quantum(one_unit) and value.adjusted() < digits
        return type(value) is int and -above < value < above

    return glance


def _date(_field: Date) -> Fits:
    return lambda value: type(value) is date and _FIRST_DAY <= value <= _LAST_DAY


def _instant(_field: DateTime) -> Fits:
    first, last = _FIRST_DAY.year, _LAST_DAY.year
    return lambda value: type(value) is datetime and value.tzinfo is not None and first <= value.year <= last


def _checkbox(_field: Checkbox) -> Fits:
    return lambda value: type(value) is bool


def _picklist(field: Picklist) -> Fits:
    allowed = frozenset(field.values)
    return lambda value: type(value) is str and value in allowed


_GLANCES: dict[type[Field], Callable[..., Fits]] = {
    Text: _text,
    TextArea: _text,
    Phone: _text,
    Number: _number,
    Currency: _number,
    Percent: _number,
    Date: _date,
    DateTime: _instant,
    Checkbox: _checkbox,
    Picklist: _picklist,
}
"""By exact type: a field type that refuses more than its parent is not in here until somebody adds it."""
