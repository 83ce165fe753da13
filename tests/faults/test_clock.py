"""Each tick of a schedule has one run, also when clocks change or jump."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter

from drawbar.commands.run import tick_run_id
from drawbar.jobs.wiring import ScheduleSettings

NEW_YORK = ZoneInfo("America/New_York")


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)


def ticks(cron: str, start: datetime, hours: int) -> list[datetime]:
    """Give the ticks between, and not at, two instants as the engine's library computes them."""
    iterator, found = croniter(cron, start, second_at_beginning=True), []
    while (tick := iterator.get_next(datetime)).timestamp() < (start.timestamp() + hours * 3600):
        found.append(tick)
    return found


@pytest.mark.fault(11)
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["spring", "autumn"])
def test_every_quarter_of_an_hour_has_a_run_of_its_own_when_clocks_change(day: date) -> None:
    found = ticks(ScheduleSettings().deliver, midnight(day), 8)

    assert len({tick_run_id("deliver", tick) for tick in found}) == len(found) == 8 * 4 - 1


@pytest.mark.fault(11)
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["spring", "autumn"])
def test_a_daily_job_runs_once_a_day_when_clocks_change(day: date) -> None:
    found = ticks("15 5 * * *", midnight(day), 24 * 5)

    assert len({each.date() for each in found}) == len(found) == 5


@pytest.mark.fault(11)
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_names_the_same_ticks(hours: int) -> None:
    start = datetime(2026, 3, 2, 3, tzinfo=NEW_YORK)
    before = ticks(ScheduleSettings().deliver, start, 4)
    after = ticks(ScheduleSettings().deliver, start + timedelta(hours=hours), 4)

    names = [{tick_run_id("deliver", tick) for tick in each} for each in (before, after)]
    assert len(names[0] & names[1]) == 11
