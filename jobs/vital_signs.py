"""What a monitor is told of the hub: its health as samples of metrics, with what schedule and settings add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import get_args
from zoneinfo import ZoneInfo

from croniter import croniter

from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.hub import TARGET
from drawbar.middleware.metric_catalogue import Sample
from drawbar.middleware.sync.health import BulkJobs, Health, JobHealth, Queue
from drawbar.middleware.sync.runs import ENDED, RunState


@dataclass(frozen=True, slots=True)
class Expected:
    """What the settings say: job → cron expression (empty: by people only), their zone, and the reserve in percent."""

    schedule: Mapping[str, str]
    zone: str
    reserve_percent: float


def samples(health: Health, expected: Expected, now: datetime) -> Iterator[Sample]:
    """Give all samples that come from the hub; objects and jobs of which nothing is known are told as 0."""
    yield Sample("drawbar_build_info", (version("drawbar"),), 1)
    yield from _queues(health, now)
    for job, one in health.jobs.items():
        yield from _job(job, one, now)
        if expected.schedule.get(job):
            due = next_due(expected.schedule[job], expected.zone, one.succeeded_at or health.first_run_at or now)
            yield Sample("drawbar_job_due_timestamp_seconds", (job,), due.timestamp())
    for (name, code), number in health.failures.items():
        yield Sample("drawbar_failures_open", (name, code), number)
    yield from _feeds(health)
    yield from _budget(health, expected.reserve_percent)


def next_due(cron: str, zone: str, since: datetime) -> datetime:
    """Give the first moment after `since` at which a cron expression, meant in a zone, starts its job."""
    return croniter(cron, since.astimezone(ZoneInfo(zone))).get_next(datetime)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


def _queues(health: Health, now: datetime) -> Iterator[Sample]:
    for name in dict.fromkeys([*SYNCED_OBJECTS, *health.queues, *health.bulk_jobs]):
        queue, jobs = health.queues.get(name, Queue()), health.bulk_jobs.get(name, BulkJobs())
        yield Sample("drawbar_outbox_rows", (name, "waiting"), queue.waiting)
        yield Sample("drawbar_outbox_rows", (name, "under_way"), queue.under_way)
        yield Sample("drawbar_outbox_lag_seconds", (name,), _age(queue.since, now))
        yield Sample("drawbar_bulk_jobs", (name,), jobs.count)
        yield Sample("drawbar_bulk_job_age_seconds", (name,), _age(jobs.since, now))


def _job(job: str, health: JobHealth, now: datetime) -> Iterator[Sample]:
    for state in get_args(RunState):
        yield Sample("drawbar_runs", (job, state), health.runs.get(state, 0))
        if state in ENDED:
            yield Sample("drawbar_job_last_state", (job, state), state == health.last_state)
    succeeded = health.succeeded_at
    yield Sample("drawbar_job_last_success_timestamp_seconds", (job,), succeeded.timestamp() if succeeded else 0)
    yield Sample("drawbar_run_silence_seconds", (job,), _age(health.silent_since, now))
    yield Sample("drawbar_run_queued_seconds", (job,), _age(health.queued_since, now))


def _feeds(health: Health) -> Iterator[Sample]:
    for name, feed in health.feeds.items():
        yield Sample("drawbar_feed_rows", (name,), feed.rows)
        yield Sample("drawbar_feed_taken_timestamp_seconds", (name,), feed.taken_at.timestamp())
        if feed.business_day is not None:
            yield Sample("drawbar_feed_business_day_timestamp_seconds", (name,), feed.business_day.timestamp())


def _budget(health: Health, reserve_percent: float) -> Iterator[Sample]:
    used, allowed, told_at = health.budget.used, health.budget.allowed, health.budget_told_at
    if used is None or allowed is None or told_at is None:
        return
    yield Sample("drawbar_api_calls_used", (TARGET,), used)
    yield Sample("drawbar_api_calls_allowed", (TARGET,), allowed)
    yield Sample("drawbar_api_calls_reserved", (TARGET,), round(allowed * reserve_percent / 100))
    yield Sample("drawbar_api_calls_told_timestamp_seconds", (TARGET,), told_at.timestamp())
