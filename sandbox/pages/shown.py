"""How a value is written for people."""

from __future__ import annotations

from datetime import date, datetime

from drawbar.sandbox.schema import Field

NOTHING = "—"


def shown(field: Field, value: object) -> str:
    """Write a value of a JSON answer: money with its sign, dates and times in full, nothing as a dash."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return _number(field, value)
    if field.type == "date":
        return _day(date.fromisoformat(str(value)))
    if field.type == "datetime":
        moment = datetime.fromisoformat(str(value))
        return f"{_day(moment.date())}, {moment:%H:%M} UTC"
    return str(value)


def _number(field: Field, value: float) -> str:
    if field.type == "currency":
        return f"{'-' if value < 0 else ''}${abs(value):,.{max(field.scale, 2)}f}"
    text = f"{value:,.{field.scale}f}"
    return f"{text}%" if field.type == "percent" else text


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
