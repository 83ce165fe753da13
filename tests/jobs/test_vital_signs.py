from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from drawbar import middleware
from drawbar.commands.metrics import metrics
from drawbar.commands.session import Session
from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.vital_signs import Expected, next_due, samples
from drawbar.jobs.wiring import Settings, checks, open_engine, open_metrics
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.metric_catalogue import METRICS
from drawbar.middleware.sync.health import read_health
from drawbar.middleware.sync.runs import RunState
from tests.jobs.conftest import small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import World
from tests.monitoring.collector import running_collector

EXPECTED = Expected({"accounts": "15 5 * * 1-6", "deliver": "*/15 * * * *", "reconcile": ""}, "America/New_York", 20)


def told(world: World, expected: Expected = EXPECTED) -> dict[tuple[str, ...], float]:
    """Give name and label values of every sample → value."""
    with reading(world.hub.engine) as connection:
        health = read_health(connection, list(JOBS))
    return {(each.name, *each.labels): each.value for each in samples(health, expected, world.clock())}


@pytest.mark.parametrize(
    ("cron", "since", "due"),
    [
        ("15 5 * * 1-6", "2026-03-02T05:15", "2026-03-03T05:15"),
        ("15 5 * * 1-6", "2026-03-07T05:20", "2026-03-09T05:15"),
        ("*/15 * * * *", "2026-03-02T05:14", "2026-03-02T05:15"),
    ],
)
def test_a_job_is_due_when_its_schedule_comes_after_its_last_success(cron: str, since: str, due: str) -> None:
    assert next_due(cron, "UTC", datetime.fromisoformat(since + "+00:00")) == datetime.fromisoformat(due + "+00:00")


def test_a_schedule_is_meant_in_the_lenders_zone() -> None:
    winter, summer = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 7, 6, 12, tzinfo=UTC)
    assert [next_due("0 6 * * *", "America/New_York", each).astimezone(UTC).hour for each in (winter, summer)] == [
        11, 10,
    ]  # fmt: skip


def test_a_fresh_hub_tells_zeros_for_every_object_and_job(world: World) -> None:
    values = told(world)

    assert {name for _, name, *_ in filter(lambda each: each[0] == "drawbar_outbox_lag_seconds", values)} == set(
        SYNCED_OBJECTS
    )
    assert {place[2] for place in values if place[:2] == ("drawbar_runs", "accounts")} == set(get_args(RunState))
    counted = {place: value for place, value in values.items() if "due" not in place[0] and "build" not in place[0]}
    assert set(counted.values()) == {0}


def test_a_job_without_a_schedule_is_never_due(world: World) -> None:
    assert {place[1] for place in told(world) if place[0] == "drawbar_job_due_timestamp_seconds"} == {
        "accounts", "deliver",
    }  # fmt: skip


def test_every_sample_is_described(world: World) -> None:
    for name, *labels in told(world):
        assert METRICS[name].source == "hub"
        assert len(METRICS[name].labels) == len(labels)


def test_after_a_run_the_hub_tells_how_it_went(world_on_both: World) -> None:
    world = world_on_both
    book = small_book(world)
    book.account(1, STATUS="Z")
    book.deliver()

    run = world.run()

    values = told(world)
    assert run.state == "incomplete"
    assert run.finished_at is not None
    assert values["drawbar_runs", "accounts", "incomplete"] == 1
    assert values["drawbar_job_last_state", "accounts", "incomplete"] == 1
    assert values["drawbar_job_last_success_timestamp_seconds", "accounts"] == run.finished_at.timestamp()
    assert values["drawbar_feed_rows", "leaseworks.lessees"] == 1
    assert values["drawbar_feed_business_day_timestamp_seconds", "leaseworks.lessees"] == (
        datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    )
    failures = {place[1:]: value for place, value in values.items() if place[0] == "drawbar_failures_open"}
    assert sum(failures.values()) == 1
    assert [name for name, _ in failures] == ["Lease_Account__c"]


def test_the_api_calls_are_those_that_the_org_told_last(world: World, book: PaperBook) -> None:
    world.org.local.meter.daily_limit = 1_000
    book.deliver()

    world.run()

    values = told(world)
    assert values["drawbar_api_calls_allowed", "salesforce"] == 1_000
    assert values["drawbar_api_calls_reserved", "salesforce"] == 200
    assert values["drawbar_api_calls_used", "salesforce"] == world.hub.salesforce().budget.used
    assert 0 < values["drawbar_api_calls_used", "salesforce"] <= world.org.metered()


def test_what_waits_is_told_with_its_age(world: World, book: PaperBook) -> None:
    world.org.local.meter.daily_limit = 1
    book.deliver()

    run = world.run()
    world.clock()

    values = told(world)
    assert run.state == "paused"
    assert values["drawbar_outbox_rows", "Lease_Account__c", "waiting"] == 1
    assert values["drawbar_outbox_lag_seconds", "Lease_Account__c"] > 0
    assert values["drawbar_job_last_success_timestamp_seconds", "accounts"] == 0


def test_the_page_of_a_hub_reads_settings_and_clock(world: World) -> None:
    text = open_metrics(world.settings, world.hub).text()
    assert 'drawbar_job_due_timestamp_seconds{job_name="accounts"}' in text
    assert 'drawbar_job_due_timestamp_seconds{job_name="reconcile"}' not in text


@pytest.fixture
def command_line(world: World) -> Callable[..., Result]:
    """Give a function that types `drawbar metrics` at a hub."""
    current = Session(Path("unused"), explicit=False)
    current.__dict__ |= {"settings": world.settings, "hub": world.hub}
    return lambda *words: CliRunner().invoke(metrics, words, obj=current)


def test_the_command_prints_what_it_writes(command_line: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "drawbar.prom"
    printed, written = command_line(), command_line("--out", str(file))
    samples = json.loads(command_line("--json").output)

    assert (printed.exit_code, written.exit_code, written.output) == (0, 0, "")
    assert "drawbar_database_up 1.0\n" in printed.output
    assert {"name": "drawbar_database_up", "labels": {}, "value": 1.0} in samples
    assert [line for line in file.read_text().splitlines() if "due" not in line] == [
        line for line in printed.output.splitlines() if "due" not in line
    ]


def test_a_file_that_node_exporter_would_not_read_is_refused(
    command_line: Callable[..., Result], tmp_path: Path
) -> None:
    refused = command_line("--out", str(tmp_path / "drawbar.txt"))
    assert (refused.exit_code, ".prom" in refused.output) == (2, True)
    assert list(tmp_path.glob("drawbar.txt")) == []


def test_without_the_packages_for_traces_one_is_told_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_folder=world.settings.data_folder, tracing={"endpoint": "http://127.0.0.1:4318"})
    monkeypatch.delitem(sys.modules, "drawbar.middleware.tracing", raising=False)
    monkeypatch.delattr(middleware, "tracing", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.context", None)

    with pytest.raises(ConfigError, match=r"pip install 'drawbar\[tracing\]'"):
        open_engine(settings, world.hub)
    lines = [line for line in checks(settings, world.clock()) if line.system == "Tracing"]
    assert [(line.ok, "pip install" in line.remedy) for line in lines] == [(False, True)]


def test_doctor_asks_the_collector_only_where_traces_are_made(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with running_collector() as collector:
        traced = Settings(data_folder=tmp_path, tracing={"endpoint": collector.url})
        assert [line.ok for line in checks(traced, now) if line.system == "Tracing"] == [True]
    assert [line for line in checks(Settings(data_folder=tmp_path), now) if line.system == "Tracing"] == []
