from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drawbar.middleware.collections.delinquency import DayCount, bucket, days_past_due, delinquency
from drawbar.middleware.collections.settings import CollectionSettings
from tests.middleware.collections.samples import standing

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 12, 31))


@pytest.mark.spec("P01", "C04")
@pytest.mark.parametrize(
    ("due", "today", "actual", "thirty_day_months"),
    [
        (date(2026, 1, 15), date(2026, 3, 15), 59, 60),
        (date(2026, 1, 15), date(2026, 1, 16), 1, 1),
        (date(2026, 1, 31), date(2026, 2, 28), 28, 28),
        (date(2026, 1, 31), date(2026, 3, 1), 29, 31),
        (date(2026, 1, 30), date(2026, 1, 31), 1, 0),
        (date(2026, 2, 28), date(2026, 3, 1), 1, 3),
        (date(2024, 2, 28), date(2024, 2, 29), 1, 1),
        (date(2024, 2, 29), date(2024, 3, 29), 29, 30),
        (date(2025, 12, 31), date(2026, 12, 31), 365, 360),
        (date(2026, 3, 15), date(2026, 3, 15), 0, 0),
        (date(2026, 4, 1), date(2026, 3, 15), 0, 0),
    ],
)
def test_days_past_due_are_counted_by_calendar_or_by_months_of_thirty_days(
    due: date, today: date, actual: int, thirty_day_months: int
) -> None:
    assert days_past_due(due, today, DayCount.ACTUAL) == actual
    assert days_past_due(due, today, DayCount.THIRTY_DAY_MONTHS) == thirty_day_months


@pytest.mark.spec("P01")
@pytest.mark.parametrize("day_count", DayCount)
def test_an_account_that_owes_nothing_is_zero_days_past_due(day_count: DayCount) -> None:
    assert days_past_due(None, date(2026, 3, 1), day_count) == 0


@pytest.mark.spec("C04")
@given(due=DAYS, today=DAYS, day_count=st.sampled_from(DayCount))
def test_days_past_due_never_fall_from_one_day_to_the_next(due: date, today: date, day_count: DayCount) -> None:
    yesterday = days_past_due(due, today, day_count)
    assert 0 <= days_past_due(due, today + timedelta(days=1), day_count) - yesterday <= 3
    assert yesterday >= 0


@pytest.mark.spec("C04")
@given(year=st.integers(2000, 2090), month=st.integers(1, 12), day=st.integers(1, 28), months=st.integers(0, 40))
def test_a_due_day_up_to_the_28th_gives_thirty_days_for_each_month_gone_by(
    year: int, month: int, day: int, months: int
) -> None:
    later = year * 12 + month - 1 + months
    today = date(later // 12, later % 12 + 1, day)
    assert days_past_due(date(year, month, day), today, DayCount.THIRTY_DAY_MONTHS) == 30 * months


@pytest.mark.spec("P01")
@pytest.mark.parametrize(
    ("days", "name"),
    [
        (0, "Current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, "121+"),
        (900, "121+"),
    ],
)
def test_days_past_due_fall_into_the_standard_buckets(days: int, name: str) -> None:
    assert bucket(days) == name


@pytest.mark.spec("C04", "C05")
def test_a_portfolio_counts_by_its_own_rules_and_inherits_the_rest() -> None:
    settings = CollectionSettings.model_validate(
        {
            "grace_days": 5,
            "minimum_past_due": "25.00",
            "portfolio": {"TRAILERS": {"day_count": "thirty_day_months", "grace_days": 0}},
        }
    )
    trucks, trailers = settings.rules_for("TRUCKS"), settings.rules_for("TRAILERS")
    assert (trucks.day_count, trucks.grace_days) == (DayCount.ACTUAL, 5)
    assert (trailers.day_count, trailers.grace_days) == (DayCount.THIRTY_DAY_MONTHS, 0)
    assert trucks.minimum_past_due == trailers.minimum_past_due == 25


@pytest.mark.spec("C05")
@pytest.mark.parametrize(
    ("days", "owing", "delinquent"),
    [(5, "500.00", False), (6, "500.00", True), (6, "24.99", False), (6, "25.00", True)],
)
def test_an_account_is_delinquent_past_the_grace_days_with_at_least_the_minimum_owing(
    days: int, owing: str, *, delinquent: bool
) -> None:
    settings = CollectionSettings.model_validate({"grace_days": 5, "minimum_past_due": "25.00"})
    today = date(2026, 3, 20)
    late = delinquency(
        standing(past_due_since=today - timedelta(days=days), owing=owing), today, settings.rules_for("TRUCKS")
    )
    assert (late.days_past_due, late.bucket, late.is_delinquent) == (days, "1-30", delinquent)


@pytest.mark.spec("P01")
def test_an_account_that_has_left_the_book_is_not_past_due() -> None:
    left = standing(past_due_since=date(2026, 1, 1), serviced=False)
    late = delinquency(left, date(2026, 3, 1), CollectionSettings().rules_for("TRUCKS"))
    assert (late.days_past_due, late.bucket, late.is_delinquent) == (0, "Current", False)


@pytest.mark.spec("C04")
@pytest.mark.parametrize(
    "wrong", [{"day_count": "banker"}, {"grace_days": -1}, {"promise_tolerance_percent": 51}, {"graze_days": 3}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CollectionSettings.model_validate(wrong)
