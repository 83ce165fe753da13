"""How the hub stands, as its database tells: what waits, what failed, what ran, what the feeds hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import Connection, func, select

from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget
from drawbar.middleware.sync.runs import DONE, ENDED
from drawbar.middleware.sync.tables import bulk_job, dead_letter, feed, outbox, run, source_delivery

CAUSES: Final = 50
"""So many causes of failures are told apart; what is rarer is counted together."""

OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Queue:
    """The outbox rows of one object: waiting, under way, and since when the oldest of them is there."""

    waiting: int = 0
    under_way: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulkJobs:
    """The bulk jobs of one object that are not settled, and since when the oldest of them is there."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobHealth:
    """How the runs of one job stand.

    `runs` counts them by state. `succeeded_at` is when the last one ended that was done, also with failures,
    `last_state` how the last one ended, "" when none has. `silent_since` is the last sign of life of the run under
    way that has been silent longest, `queued_since` when the oldest one was queued that has not begun.
    """

    runs: Mapping[str, int]
    succeeded_at: datetime | None
    last_state: str
    silent_since: datetime | None
    queued_since: datetime | None


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed: the records that it holds, when it was last taken, and the business day of what was taken."""

    rows: int
    taken_at: datetime
    business_day: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """Everything, read in one transaction; `first_run_at` is when the first run of all was queued.

    `failures` counts open ones by object and code. `budget` is what the last run was told that has been told anything.
    """

    queues: Mapping[str, Queue]
    bulk_jobs: Mapping[str, BulkJobs]
    failures: Mapping[tuple[str, str], int]
    jobs: Mapping[str, JobHealth]
    feeds: Mapping[str, FeedHealth]
    budget: ApiBudget
    budget_told_at: datetime | None
    first_run_at: datetime | None


def read_health(connection: Connection, jobs: Sequence[str]) -> Health:
    """Read how the hub stands; `jobs` are told also when they never ran."""
    budget, told_at = _budget(connection)
    return Health(
        queues=dict(_queues(connection)), bulk_jobs=dict(_bulk_jobs(connection)), failures=_failures(connection),
        jobs=_jobs(connection, jobs), feeds=dict(_feeds(connection)), budget=budget, budget_told_at=told_at,
        first_run_at=connection.execute(select(func.min(run.c.queued_at))).scalar_one(),
    )  # fmt: skip


def _queues(connection: Connection) -> Iterator[tuple[str, Queue]]:
    waits = outbox.c.claim == ""
    told: Any = select(
        outbox.c.object, func.count().filter(waits).label("waiting"), func.count().label("number"),
        func.min(outbox.c.queued_at).label("since"),
    ).group_by(outbox.c.object)  # fmt: skip
    for row in connection.execute(told):
        yield row.object, Queue(row.waiting, row.number - row.waiting, row.since)


def _bulk_jobs(connection: Connection) -> Iterator[tuple[str, BulkJobs]]:
    told = select(bulk_job.c.object, func.count(), func.min(bulk_job.c.created_at)).group_by(bulk_job.c.object)
    for name, count, since in connection.execute(told):
        yield name, BulkJobs(count, since)


def _failures(connection: Connection) -> dict[tuple[str, str], int]:
    """Count the open failures by object and code, the most frequent apart, so that codes cannot flood a monitor."""
    number = func.count().label("number")
    told = (
        select(dead_letter.c.object, dead_letter.c.code, number)
        .where(dead_letter.c.state == "open")
        .group_by(dead_letter.c.object, dead_letter.c.code)
        .order_by(number.desc(), dead_letter.c.object, dead_letter.c.code)
    )
    counts: dict[tuple[str, str], int] = {}
    for position, (name, code, count) in enumerate(connection.execute(told)):
        cause = (name, code) if position < CAUSES else (OTHER, OTHER)
        counts[cause] = counts.get(cause, 0) + count
    return counts


def _jobs(connection: Connection, jobs: Sequence[str]) -> dict[str, JobHealth]:
    last_sign = func.coalesce(run.c.reported_at, run.c.started_at, run.c.queued_at)
    told: Any = select(
        run.c.job, run.c.state, func.count().label("number"), func.max(run.c.finished_at).label("finished_at"),
        func.min(run.c.queued_at).label("queued_at"), func.min(last_sign).label("sign_at"),
    ).group_by(run.c.job, run.c.state)  # fmt: skip
    rows = connection.execute(told).all()
    return {job: _job({row.state: row for row in rows if row.job == job}) for job in jobs}


def _job(states: Mapping[str, Any]) -> JobHealth:
    ended = {state: row.finished_at for state, row in states.items() if state in ENDED}
    return JobHealth(
        runs={state: row.number for state, row in states.items()},
        succeeded_at=max((moment for state, moment in ended.items() if state in DONE), default=None),
        last_state=max(ended, key=lambda state: ended[state], default=""),
        silent_since=states["running"].sign_at if "running" in states else None,
        queued_since=states["queued"].queued_at if "queued" in states else None,
    )


def _feeds(connection: Connection) -> Iterator[tuple[str, FeedHealth]]:
    told = select(feed.c.name, feed.c.rows, feed.c.updated_at, source_delivery.c.business_date).outerjoin(
        source_delivery, source_delivery.c.name == feed.c.source_file
    )
    for name, rows, taken_at, day in connection.execute(told):
        yield name, FeedHealth(rows, taken_at, _midnight(day))


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def _budget(connection: Connection) -> tuple[ApiBudget, datetime | None]:
    told = (
        select(run.c.api_used, run.c.api_allowed, run.c.reported_at)
        .where(run.c.api_used.is_not(None))
        .order_by(run.c.reported_at.desc())
        .limit(1)
    )
    row = connection.execute(told).first()
    return (UNKNOWN_BUDGET, None) if row is None else (ApiBudget(row.api_used, row.api_allowed), row.reported_at)
