"""The functions of days, instants and times of day; the zone is UTC."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from drawbar.sandbox.formula.coercion import Kind, kind_name
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.registry import Function
from drawbar.sandbox.formula.syntax import Value

Moment = TypeVar("Moment", date, datetime, time)
MILLISECOND = 1000


def _date(year: Decimal, month: Decimal, day: Decimal) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise FormulaError(f"DATE() has no day {year}-{month}-{day}") from error


def _date_value(value: Value) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    if value is None or isinstance(value, date):
        return value
    return _read("DATEVALUE", date.fromisoformat, value)


def _datetime_value(value: Value) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    moment = _read("DATETIMEVALUE", datetime.fromisoformat, value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _time_value(value: Value) -> time | None:
    if value is None or isinstance(value, time):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).time()
    return _read("TIMEVALUE", time.fromisoformat, value)


def _read(function: str, read: Callable[[str], Moment], value: Value) -> Moment:
    if not isinstance(value, str):
        raise FormulaError(f"{function}() cannot read {kind_name(value)}")
    try:
        return read(value.strip())
    except ValueError as error:
        raise FormulaError(f"{function}() cannot read {value!r}") from error


def _add_months(value: Value, count: Decimal) -> date | datetime | None:
    """The same day of another month, or its last day where that month is shorter."""
    if value is None:
        return None
    if not isinstance(value, date):
        raise FormulaError(f"ADDMONTHS() takes a date, not {kind_name(value)}")
    months = value.year * 12 + value.month - 1 + int(count)
    year, month = months // 12, months % 12 + 1
    if not date.min.year <= year <= date.max.year:
        raise FormulaError(f"ADDMONTHS() leaves the calendar: {count} months after {value}")
    return value.replace(year=year, month=month, day=min(value.day, monthrange(year, month)[1]))


def _part(kind: Kind, read: Callable[..., int]) -> Function:
    return Function((kind,), lambda moment: Decimal(read(moment)))


DATE_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "ADDMONTHS": Function(("any", "number"), _add_months),
        "DATE": Function(("number", "number", "number"), _date),
        "DATETIMEVALUE": Function(("any",), _datetime_value),
        "DATEVALUE": Function(("any",), _date_value),
        "DAY": _part("date", lambda day: day.day),
        "DAYOFYEAR": _part("date", lambda day: day.timetuple().tm_yday),
        "HOUR": _part("time", lambda moment: moment.hour),
        "ISOWEEK": _part("date", lambda day: day.isocalendar().week),
        "ISOYEAR": _part("date", lambda day: day.isocalendar().year),
        "MILLISECOND": _part("time", lambda moment: moment.microsecond // MILLISECOND),
        "MINUTE": _part("time", lambda moment: moment.minute),
        "MONTH": _part("date", lambda day: day.month),
        "SECOND": _part("time", lambda moment: moment.second),
        "TIMEVALUE": Function(("any",), _time_value),
        "WEEKDAY": _part("date", lambda day: day.isoweekday() % 7 + 1),
        "YEAR": _part("date", lambda day: day.year),
    }
)
