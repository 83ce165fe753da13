"""The budget: every call is counted for its run and object, and the forecast says whether the next ones fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.jobs.api_budget import Calls, Outlook, calls_by_object, outlook, ticks_ahead
from drawbar.jobs.catalogue import JOBS
from drawbar.middleware.sync.deliver import Tally
from drawbar.middleware.sync.runs import Run
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ended(job: str, ago: timedelta, **calls: int) -> Run:
    at = NOON - ago
    return Run(f"{job}-{ago}", job, "succeeded", {}, "test", at, at, at, "", 0, 0, {"api_calls": calls}, "")


def look(
    used: int, *, runs: Sequence[Run] = (), ticks: Mapping[str, Sequence[datetime]] | None = None,
    allowed: int = 1_000, reserve: float = 20,
) -> Outlook:  # fmt: skip
    history: dict[str, list[Run]] = {}
    for run in runs:
        history.setdefault(run.job, []).append(run)
    return outlook(Calls(used, allowed, reserve), runs, history, ticks or {}, NOON)


def test_the_calls_of_a_run_are_those_that_the_org_has_counted(
    open_world: OpenWorld, org: ServedOrg, days: list[Path]
) -> None:
    world = open_world(sync={"bulk_above": 100})
    world.deliver(days[0])

    delivered = world.run()
    after_delivery = org.metered() - org.metered("calls", "oauth")
    compared = world.run("reconcile")

    assert sum(delivered.summary["api_calls"].values()) == after_delivery
    assert sum(compared.summary["api_calls"].values()) == org.metered() - org.metered("calls", "oauth") - after_delivery
    assert set(compared.summary["api_calls"]) == set(compared.summary["compared"])
    tallies = delivered.summary["deliveries"][0]["delivered"]["objects"]
    by_bulk = {name for name, tally in tallies.items() if tally["bulk_jobs"]}
    assert by_bulk
    assert all(delivered.summary["api_calls"][name] >= 4 for name in by_bulk)


def test_a_run_that_found_nothing_to_do_costs_nothing(open_world: OpenWorld, org: ServedOrg) -> None:
    assert open_world().run("deliver").summary["api_calls"] == {}


def test_a_resumed_run_counts_the_calls_of_before_the_crash_once(
    open_world: OpenWorld, org: ServedOrg, days: list[Path]
) -> None:
    world = open_world()
    world.deliver(days[0])
    whole = world.run()
    context = world.context("deliver", {})
    context.recorded["deliver what waits"] = {
        "value": {"objects": {}, "paused": "", "calls": {"Account": 3}}, "calls": 5
    }  # fmt: skip

    JOBS["deliver"].body(world.hub)(context)

    assert world.outcome(context.run_id).summary["api_calls"] == {"Account": 3, "other": 2}
    assert whole.state == "succeeded"


@given(
    calls=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), max_size=5), rest=st.integers(0, 100)
)  # fmt: skip
def test_calls_are_divided_without_losing_any(calls: list[tuple[int, int]], rest: int) -> None:
    tallies = {f"O{number}": Tally(calls=own, bulk_jobs=jobs) for number, (own, jobs) in enumerate(calls)}
    total = sum(own for own, _ in calls) + rest

    shares = calls_by_object(total, tallies)

    anybody = any(jobs for _, jobs in calls)
    assert sum(shares.values()) == (total if anybody else total - rest)
    assert all(shares.get(name, 0) >= tally.calls for name, tally in tallies.items())


def test_the_forecast_is_what_the_last_runs_cost_times_the_runs_to_come() -> None:
    runs = [ended("accounts", HOUR, Account=10, Case=4), ended("accounts", 2 * HOUR, Account=20)]

    ahead = look(100, runs=runs, ticks={"accounts": [NOON + HOUR, NOON + 3 * HOUR]})

    assert [(each.job, each.object, each.last_day, each.per_run, each.expected) for each in ahead.feeds] == [
        ("accounts", "Account", 30, 15.0, 30), ("accounts", "Case", 4, 2.0, 4),
    ]  # fmt: skip
    assert (ahead.ours, ahead.peak, ahead.peak_at) == (34, 134, NOON + 3 * HOUR)
    assert (ahead.left, ahead.reserved, ahead.usable, ahead.fits) == (900, 200, 800, True)


def test_calls_of_runs_that_leave_the_window_come_free_before_the_next_run() -> None:
    daily = ended("accounts", 23 * HOUR, Account=500)

    ahead = look(500, runs=[daily], ticks={"accounts": [NOON + 2 * HOUR]})

    assert (ahead.peak, ahead.fits) == (500, True)


@pytest.mark.parametrize(("used", "fits"), [(700, True), (701, False)])
def test_it_warns_exactly_when_the_reserve_would_be_touched(used: int, fits: bool) -> None:
    ahead = look(used, runs=[ended("accounts", HOUR, Account=100)], ticks={"accounts": [NOON + HOUR]})

    assert (ahead.peak, ahead.fits) == (used + 100, fits)


def test_a_job_that_never_ran_is_expected_to_cost_nothing() -> None:
    ahead = look(5, ticks={"accounts": [NOON + HOUR]})

    assert (ahead.feeds, ahead.peak, ahead.peak_at, ahead.fits) == ((), 5, NOON, True)


def test_ticks_are_those_of_the_next_day_in_the_zone_of_the_schedule() -> None:
    assert ticks_ahead("15 5 * * 1-6", "America/New_York", NOON) == [datetime(2026, 3, 3, 10, 15, tzinfo=UTC)]
    assert len(ticks_ahead("*/15 * * * *", "America/New_York", NOON)) == 96
    assert ticks_ahead("", "America/New_York", NOON) == []
