from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert

from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget
from drawbar.middleware.sync.health import CAUSES, BulkJobs, FeedHealth, Queue, read_health
from drawbar.middleware.sync.runs import Runs, RunState
from drawbar.middleware.sync.tables import bulk_job, dead_letter, feed, outbox, source_delivery

HOUR = timedelta(hours=1)


@pytest.fixture
def connection(hub_engine: Engine) -> Iterator[Connection]:
    with hub_engine.connect() as connection:
        yield connection


def wait(connection: Connection, name: str, key: str, at: datetime, claim: str = "") -> None:
    row = {
        "target": "salesforce", "object": name, "key": key, "operation": "upsert", "creates": True, "run_id": "run-1",
        "not_before": at, "queued_at": at, "claim": claim,
    }  # fmt: skip
    connection.execute(insert(outbox).values(row))


def fail(connection: Connection, name: str, code: str, number: int, at: datetime, state: str = "open") -> None:
    rows = [
        {
            "kind": "record", "place": "salesforce", "object": name, "key": f"{code}-{each}", "code": code,
            "message": "no", "attempts": 1, "state": state, "run_id": "run-1", "first_at": at, "last_at": at,
        }
        for each in range(number)
    ]  # fmt: skip
    connection.execute(insert(dead_letter), rows)


def test_an_empty_hub_has_nothing_to_tell_and_names_every_job(connection: Connection) -> None:
    health = read_health(connection, ["accounts", "deliver"])

    assert (health.queues, health.bulk_jobs, health.failures, health.feeds) == ({}, {}, {}, {})
    assert (health.budget, health.budget_told_at, health.first_run_at) == (UNKNOWN_BUDGET, None, None)
    assert {name: (job.runs, job.succeeded_at, job.last_state) for name, job in health.jobs.items()} == {
        "accounts": ({}, None, ""), "deliver": ({}, None, ""),
    }  # fmt: skip


def test_the_outbox_is_told_by_object_with_its_oldest_record_also_when_that_is_under_way(
    connection: Connection, now: datetime
) -> None:
    wait(connection, "Case", "one", now - HOUR, claim="c1")
    wait(connection, "Case", "two", now)
    wait(connection, "Case", "three", now)
    wait(connection, "Account", "four", now)
    row = {"claim": "c1", "target": "salesforce", "object": "Case", "job_id": "750", "uploaded": True, "run_id": "r"}
    connection.execute(insert(bulk_job).values(row | {"created_at": now - HOUR}))

    health = read_health(connection, [])

    assert health.queues == {"Case": Queue(2, 1, now - HOUR), "Account": Queue(1, 0, now)}
    assert health.bulk_jobs == {"Case": BulkJobs(1, now - HOUR)}


def test_open_failures_are_told_by_cause_and_rare_causes_together(connection: Connection, now: datetime) -> None:
    fail(connection, "Case", "INVALID_FIELD", 3, now)
    fail(connection, "Case", "LONG_AGO", 2, now, state="resolved")
    for number in range(CAUSES + 5):
        fail(connection, "Account", f"CODE_{number:02}", 2, now)

    failures = read_health(connection, []).failures

    assert failures["Case", "INVALID_FIELD"] == 3
    assert failures["other", "other"] == 12
    assert len(failures) == CAUSES + 1
    assert sum(failures.values()) == 3 + 2 * (CAUSES + 5)


def test_a_job_is_told_by_its_last_end_its_last_success_and_what_is_under_way(
    connection: Connection, now: datetime
) -> None:
    runs = Runs(connection)
    ends: tuple[RunState, ...] = ("succeeded", "incomplete", "stopped")
    for number, state in enumerate(ends):
        moment = now + number * HOUR
        runs.queue(f"a-{number}", "accounts", {}, by="test", now=moment)
        runs.start(f"a-{number}", moment)
        runs.finish(f"a-{number}", state, {}, now=moment + HOUR / 2)
    runs.queue("a-9", "accounts", {}, by="test", now=now + 4 * HOUR)
    runs.start("a-9", now + 5 * HOUR)
    runs.report("a-9", "delivering Case", 1, 2, now=now + 6 * HOUR)
    runs.queue("d-1", "deliver", {}, by="test", now=now + 7 * HOUR)

    health = read_health(connection, ["accounts", "deliver"])

    accounts, deliver = health.jobs["accounts"], health.jobs["deliver"]
    assert accounts.runs == {"succeeded": 1, "incomplete": 1, "stopped": 1, "running": 1}
    assert (accounts.succeeded_at, accounts.last_state) == (now + 1.5 * HOUR, "stopped")
    assert (accounts.silent_since, accounts.queued_since) == (now + 6 * HOUR, None)
    assert (deliver.silent_since, deliver.queued_since) == (None, now + 7 * HOUR)
    assert health.first_run_at == now


def test_a_run_that_has_only_begun_was_heard_of_when_it_began(connection: Connection, now: datetime) -> None:
    Runs(connection).queue("a-1", "accounts", {}, by="test", now=now)
    Runs(connection).start("a-1", now + HOUR)

    assert read_health(connection, ["accounts"]).jobs["accounts"].silent_since == now + HOUR


def test_the_budget_is_what_was_told_last_and_a_report_without_one_changes_nothing(
    connection: Connection, now: datetime
) -> None:
    runs = Runs(connection)
    for number, used in enumerate((10, 70)):
        runs.queue(f"a-{number}", "accounts", {}, by="test", now=now)
        runs.report(f"a-{number}", "delivering", 0, 0, now=now + number * HOUR, budget=ApiBudget(used, 100))
    runs.report("a-1", "delivering", 0, 0, now=now + 2 * HOUR, budget=UNKNOWN_BUDGET)
    runs.queue("a-2", "accounts", {}, by="test", now=now + 3 * HOUR)

    health = read_health(connection, [])

    assert (health.budget, health.budget_told_at) == (ApiBudget(70, 100), now + 2 * HOUR)


def test_a_feed_is_told_with_the_business_day_of_what_it_took(connection: Connection, now: datetime) -> None:
    state = {"system": "leaseworks", "name": "LW-20260302-001", "business_date": date(2026, 3, 2), "state": "done"}
    connection.execute(insert(source_delivery).values(state | {"run_id": "r", "changed_at": now}))
    rows = [
        {"name": "leaseworks.accounts", "rows": 1_000, "source_file": "LW-20260302-001", "updated_at": now},
        {"name": "leaseworks.notes", "rows": 5, "source_file": "LW-gone", "updated_at": now},
    ]
    connection.execute(insert(feed), rows)

    assert read_health(connection, []).feeds == {
        "leaseworks.accounts": FeedHealth(1_000, now, datetime(2026, 3, 2, tzinfo=UTC)),
        "leaseworks.notes": FeedHealth(5, now, None),
    }
