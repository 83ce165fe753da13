"""Stored values as a query's answer carries them: in JSON, in CSV, and as FORMAT and toLabel show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from drawbar.sandbox.schema import Field

Read: TypeAlias = Callable[[object], object]
"""Turns a stored value, which may be null, into the one of the answer."""


def json_reader(field: Field) -> Read:
    """Give the function that turns a stored value of this field into the JSON value of an answer."""
    if field.type == "boolean":
        return bool
    if field.type in {"double", "currency", "percent"}:
        return _whole if field.scale == 0 else _fractional
    return _unchanged


def _unchanged(stored: object) -> object:
    return stored


def _fractional(stored: object) -> object:
    return float(stored) if isinstance(stored, int | float) else stored


def _whole(stored: object) -> object:
    return int(stored) if isinstance(stored, float) and stored.is_integer() else stored


def label_reader(field: Field) -> Read:
    """Show the label of a picklist value, as toLabel does."""
    labels: dict[object, str] = {each.value: each.label for each in field.picklist}
    return lambda stored: labels.get(stored, stored)


def format_reader(field: Field) -> Read:
    """Write a value as the locale en_US does, as FORMAT does; every result is text or null."""
    shows: dict[str, Callable[[object], str]] = {
        "date": lambda stored: _day(date.fromisoformat(str(stored))),
        "datetime": lambda stored: _instant(datetime.fromisoformat(str(stored))),
        "currency": lambda stored: f"${Decimal(str(stored)):,.{field.scale}f}",
        "double": lambda stored: f"{Decimal(str(stored)):,.{field.scale}f}",
        "percent": lambda stored: f"{Decimal(str(stored)):,.{field.scale}f}%",
        "int": lambda stored: f"{Decimal(str(stored)):,}",
        "boolean": lambda stored: str(bool(stored)).lower(),
    }
    show = shows.get(field.type, str)
    return lambda stored: None if stored is None else show(stored)


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _instant(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{_day(moment)}, {hour}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon


def csv_text(value: object) -> str:
    """Write a value of an answer for a CSV file of Bulk 2.0: null is empty, instants end in Z."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    text = str(value)
    return text.removesuffix("+0000") + "Z" if text.endswith(".000+0000") else text
