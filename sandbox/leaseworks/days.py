"""Days as numbers (`date.toordinal`), so that whole columns of dates can be reckoned at once."""

from __future__ import annotations

from datetime import date

import numpy as np

from drawbar.sandbox.leaseworks.dice import Longs

FRIDAY = 4
SECONDS_PER_DAY = 86_400
_FIRST_YEAR = 2000
_YEARS = 90
_UNIX_EPOCH = date(1970, 1, 1).toordinal()
_MONTH_STARTS: Longs = np.array(
    [date(_FIRST_YEAR + month // 12, month % 12 + 1, 1).toordinal() for month in range(12 * _YEARS)], dtype=np.int64
)

BATCH_SECOND = SECONDS_PER_DAY + 5 * 3600
"""When the nightly batch of a business day runs: midnight Eastern Standard Time, which is 05:00 UTC of the next day."""


def month_of(days: Longs) -> Longs:
    """Give the month that each day lies in, counted from January 2000."""
    return np.searchsorted(_MONTH_STARTS, days, side="right").astype(np.int64) - 1


def year_of(days: Longs) -> Longs:
    """Give the year that each day lies in."""
    return _FIRST_YEAR + month_of(days) // 12


def day_of_month(days: Longs) -> Longs:
    """Give the day of the month, from 1."""
    return days - _MONTH_STARTS[month_of(days)] + 1


def day_in_month(months: Longs, day: Longs) -> Longs:
    """Give the day that is the `day`-th (1 to 28) of each month."""
    return _MONTH_STARTS[months] + day - 1


def is_working_day(day: int) -> bool:
    """Say whether banks post and collectors call on that day: Monday to Friday."""
    return date.fromordinal(day).weekday() <= FRIDAY


def next_working_day(days: Longs) -> Longs:
    """Move Saturdays and Sundays to the Monday after."""
    weekday = (days + 6) % 7
    return days + np.where(weekday > FRIDAY, 7 - weekday, 0)


def unix_seconds(days: Longs, second: int | Longs) -> Longs:
    """Give the instant that lies `second` seconds after 00:00 UTC of each day, in seconds since 1970."""
    return (days - _UNIX_EPOCH) * SECONDS_PER_DAY + second


def batch_stamp(days: Longs) -> Longs:
    """Give the time stamp of what the nightly batch of each day changed."""
    return unix_seconds(days, BATCH_SECOND)
