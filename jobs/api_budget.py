"""The API calls of the org's rolling 24 hours: what runs have cost, and whether what is to come will fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from croniter import croniter

from drawbar.middleware.sync.runs import Run

OTHER: Final = "other"
"""What a run's calls are counted for that were made for no single object."""

WINDOW: Final = timedelta(hours=24)
HISTORY_RUNS: Final = 7
"""From so many last runs of a job it is concluded what the next one costs."""


class Travelled(Protocol):
    """How the records of one object travelled: by calls, and by bulk jobs."""

    calls: int
    bulk_jobs: int


def calls_by_object(total: int, tallies: Mapping[str, Travelled]) -> dict[str, int]:
    """Divide the calls of a delivery among its objects.

    Calls with records belong to their object; all others (creating, uploading, polling and reading bulk jobs) are
    divided by the number of bulk jobs. Without one they belong to none.
    """
    shares = {name: tally.calls for name, tally in tallies.items() if tally.calls or tally.bulk_jobs}
    rest, jobs = max(total - sum(shares.values()), 0), sum(tally.bulk_jobs for tally in tallies.values())
    for name in shares:
        if own := tallies[name].bulk_jobs:
            share = round(rest * own / jobs)
            shares[name] += share
            rest, jobs = rest - share, jobs - own
    return shares


@dataclass(frozen=True, slots=True)
class FeedUse:
    """The calls of one job for one object: in the last 24 hours, on average per run, and expected in the next 24."""

    job: str
    object: str
    last_day: int
    per_run: float
    runs_ahead: int
    expected: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where the budget stands and where it goes.

    `ours` are the calls of Drawbar's own runs among the `used`. `usable` is what may be used before only the
    reserve is left, `peak` the most that the rolling window will hold within the next 24 hours, `peak_at` when.
    """

    used: int
    allowed: int
    reserved: int
    ours: int
    feeds: tuple[FeedUse, ...]
    peak: int
    peak_at: datetime

    @property
    def left(self) -> int:
        return self.allowed - self.used

    @property
    def usable(self) -> int:
        return self.allowed - self.reserved

    @property
    def fits(self) -> bool:
        return self.peak <= self.usable


@dataclass(frozen=True, slots=True)
class Calls:
    """What the org says of its rolling window, and the share that is kept for people."""

    used: int
    allowed: int
    reserve_percent: float


def outlook(
    calls: Calls, ended: Sequence[Run], history: Mapping[str, Sequence[Run]], ticks: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> Outlook:  # fmt: skip
    """Look ahead 24 hours.

    `ended` are the runs that ended in the last 24 hours, `history` the last runs of each job, `ticks` when each job
    will start. Calls of others than Drawbar's runs are expected to go on as they are.
    """
    day = [(run.finished_at, _total(run)) for run in ended if run.finished_at is not None]
    peak, peak_at = _peak(calls.used, day, {job: _average(history.get(job, ())) for job in ticks}, ticks, now)
    return Outlook(
        used=calls.used, allowed=calls.allowed, reserved=round(calls.allowed * calls.reserve_percent / 100),
        ours=sum(count for _, count in day), feeds=tuple(_feeds(ended, history, ticks)), peak=peak, peak_at=peak_at,
    )  # fmt: skip


def _peak(
    used: int,
    day: Sequence[tuple[datetime, int]],
    per_run: Mapping[str, float],
    ticks: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> tuple[int, datetime]:
    others = max(used - sum(count for _, count in day), 0)
    peak, peak_at, ahead = used, now, 0.0
    for moment, job in sorted((moment, job) for job, moments in ticks.items() for moment in moments):
        ahead += per_run[job]
        still = sum(count for at, count in day if at > moment - WINDOW)
        if per_run[job] and others + still + ahead > peak:
            peak, peak_at = round(others + still + ahead), moment
    return peak, peak_at


def _feeds(
    ended: Iterable[Run], history: Mapping[str, Sequence[Run]], ticks: Mapping[str, Sequence[datetime]]
) -> list[FeedUse]:
    last_day = Counter[tuple[str, str]]()
    for run in ended:
        last_day.update({(run.job, name): count for name, count in _cost(run).items()})
    past = Counter[tuple[str, str]]()
    for job, runs in history.items():
        for run in runs:
            past.update({(job, name): count for name, count in _cost(run).items()})
    found = []
    for job, name in dict.fromkeys([*past, *last_day]):
        count, ahead = len(history.get(job, ())), len(ticks.get(job, ()))
        per_run = past[job, name] / count if count else 0.0
        found.append(FeedUse(job, name, last_day[job, name], per_run, ahead, round(per_run * ahead)))
    return sorted(found, key=lambda each: (each.job, -each.expected, -each.last_day, each.object))


def _cost(run: Run) -> Mapping[str, int]:
    cost: Mapping[str, int] = run.summary.get("api_calls", {})
    return cost


def _total(run: Run) -> int:
    return sum(_cost(run).values())


def _average(runs: Sequence[Run]) -> float:
    return sum(map(_total, runs)) / len(runs) if runs else 0.0


def ticks_ahead(cron: str, zone: str, now: datetime) -> list[datetime]:
    """Give the moments within the next 24 hours at which a cron expression, meant in a zone, starts its job."""
    if not cron:
        return []
    moments = []
    clock = croniter(cron, now.astimezone(ZoneInfo(zone)))
    while (moment := clock.get_next(datetime)) <= now + WINDOW:
        moments.append(moment.astimezone(now.tzinfo))
    return moments
