"""How late an account is: days past due, bucket, and whether it counts as delinquent (P01, C04, C05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from drawbar.middleware.collections.records import AccountStanding
from drawbar.middleware.units import Days


class DayCount(StrEnum):
    """How the days between the oldest unpaid due date and today are counted (C04)."""

    ACTUAL = "actual"
    THIRTY_DAY_MONTHS = "thirty_day_months"


@dataclass(frozen=True, slots=True)
class DelinquencyRules:
    """When an account of one portfolio is delinquent (C04, C05).

    `grace_days` are days past due that do not yet count; `minimum_past_due` is in US dollars.
    """

    day_count: DayCount
    grace_days: Days
    minimum_past_due: Decimal


@dataclass(frozen=True, slots=True)
class Delinquency:
    """How late an account is on one day: whole days past due, their bucket, and the verdict."""

    days_past_due: Days
    bucket: str
    is_delinquent: bool


def delinquency(standing: AccountStanding, as_of: date, rules: DelinquencyRules) -> Delinquency:
    """Say how late an account is; one that has left the book is not late.

    It is delinquent when it is more than `grace_days` past due with at least `minimum_past_due` owing.
    """
    days = days_past_due(standing.past_due_since, as_of, rules.day_count) if standing.serviced else 0
    late = days > rules.grace_days and standing.past_due_amount >= rules.minimum_past_due
    return Delinquency(days, bucket(days), late)


def days_past_due(past_due_since: date | None, as_of: date, day_count: DayCount) -> Days:
    """Count the days from the due date of the oldest unpaid invoice to `as_of`; 0 when nothing is past due.

    `actual` counts calendar days: due 31 January, seen 1 March 2026, is 29. `thirty_day_months` presumes that all
    months have 30 days, by the convention 30E/360 (ISDA 2006 definitions, section 4.16(g)): the 31st counts as the
    30th on either side, and February has no rule of its own, so it ends on its 28th or 29th. Worked: 15 January to
    15 March is 60; 31 January to 28 February is 28, to 1 March 31; 28 February to 1 March is 3; 30 to 31 January
    is 0. A due day up to the 28th gives exactly 30 for each month that has gone by.
    """
    if past_due_since is None or past_due_since >= as_of:
        return 0
    if day_count is DayCount.ACTUAL:
        return (as_of - past_due_since).days
    return _thirty_day_ordinal(as_of) - _thirty_day_ordinal(past_due_since)


def _thirty_day_ordinal(day: date) -> int:
    return (day.year * 12 + day.month) * 30 + min(day.day, 30)


def bucket(days: Days) -> str:
    """Name the standard bucket of days past due: `Current`, `1-30`, `31-60`, `61-90`, `91-120`, `121+`."""
    return next((name for last_day, name in _BUCKETS if days <= last_day), "121+")


_BUCKETS = ((0, "Current"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (120, "91-120"))
