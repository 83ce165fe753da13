"""The spans of days that date literals stand for (SOQL and SOSL Reference, "Date Literals", API 67.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.soql.syntax import DateLiteral

MONTHS_OF = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
DAYS_OF = {"DAY": 1, "WEEK": 7}
NINETY_DAYS = 90


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Periods `first` (in) to `last` (out) of a unit, 0 being the current one; `counted` multiplies each by n.

    `LAST_N_MONTHS:3` is periods -3 to 0, the three whole months before this one. Both are (times n, plus).
    """

    unit: str
    first: tuple[int, int]
    last: tuple[int, int]
    counted: bool = False


def _spans() -> Mapping[str, DateSpan]:
    spans = {
        "YESTERDAY": DateSpan("DAY", (0, -1), (0, 0)),
        "TODAY": DateSpan("DAY", (0, 0), (0, 1)),
        "TOMORROW": DateSpan("DAY", (0, 1), (0, 2)),
        "LAST_90_DAYS": DateSpan("DAY", (0, -NINETY_DAYS), (0, 1)),
        "NEXT_90_DAYS": DateSpan("DAY", (0, 1), (0, NINETY_DAYS + 1)),
        "LAST_N_DAYS": DateSpan("DAY", (-1, 0), (0, 1), counted=True),
        "NEXT_N_DAYS": DateSpan("DAY", (0, 1), (1, 1), counted=True),
        "N_DAYS_AGO": DateSpan("DAY", (-1, 0), (-1, 1), counted=True),
    }
    for unit in ("WEEK", "MONTH", "QUARTER", "YEAR"):
        for spelling in (unit, f"FISCAL_{unit}") if unit in {"QUARTER", "YEAR"} else (unit,):
            spans |= _periods(unit, spelling)
    return MappingProxyType(spans)


def _periods(unit: str, spelling: str) -> dict[str, DateSpan]:
    return {
        f"LAST_{spelling}": DateSpan(unit, (0, -1), (0, 0)),
        f"THIS_{spelling}": DateSpan(unit, (0, 0), (0, 1)),
        f"NEXT_{spelling}": DateSpan(unit, (0, 1), (0, 2)),
        f"LAST_N_{spelling}S": DateSpan(unit, (-1, 0), (0, 0), counted=True),
        f"NEXT_N_{spelling}S": DateSpan(unit, (0, 1), (1, 1), counted=True),
        f"N_{spelling}S_AGO": DateSpan(unit, (-1, 0), (-1, 1), counted=True),
    }


DATE_LITERALS = _spans()
"""Every date literal by name; fiscal years are calendar years, weeks begin on Sunday."""


def days_of(literal: DateLiteral, today: date) -> tuple[date, date]:
    """Give the first day of the span and the first day after it."""
    span = DATE_LITERALS[literal.name]
    count = literal.count or 0
    try:
        start = _start(span.unit, today)
        first, last = (times * count + plus for times, plus in (span.first, span.last))
        return _shift(span.unit, start, first), _shift(span.unit, start, last)
    except (OverflowError, ValueError) as error:
        message = f"{literal.name}:{count} is outside the valid range of dates"
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message) from error


def _start(unit: str, day: date) -> date:
    if unit == "DAY":
        return day
    if unit == "WEEK":
        return day - timedelta(days=day.isoweekday() % 7)
    months = MONTHS_OF[unit]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _shift(unit: str, start: date, periods: int) -> date:
    if unit in DAYS_OF:
        return start + timedelta(days=periods * DAYS_OF[unit])
    months = start.year * 12 + start.month - 1 + periods * MONTHS_OF[unit]
    return start.replace(year=months // 12, month=months % 12 + 1)
