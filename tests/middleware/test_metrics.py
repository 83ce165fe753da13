from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import requests
import responses
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.http import HttpOptions, TimedAdapter, open_session
from drawbar.middleware.metric_catalogue import Sample
from drawbar.middleware.metrics import MetricsPage
from drawbar.middleware.observe import (
    CallRetried,
    EntityTaken,
    LoggedIn,
    Observers,
    RecordsSettled,
    RunActivity,
    StepActivity,
    ToldToWait,
)

ROWS = "drawbar_feed_rows"
HERE = "https://vendor.example/api"


def hub() -> Iterator[Sample]:
    yield Sample(ROWS, ("leaseworks.accounts",), 1_000)


def told(page: MetricsPage, *names: str) -> dict[tuple[str, ...], float]:
    """Give name and label values of each sample → value; of some metrics, or of all of Drawbar's."""
    return {
        (sample.name, *(value for label, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page.text())
        for sample in family.samples
        if (sample.name in names if names else sample.name.startswith("drawbar_"))
    }


@pytest.fixture
def page() -> MetricsPage:
    return MetricsPage(hub)


@pytest.fixture
def observers(page: MetricsPage) -> Observers:
    observers = Observers()
    observers.join(page.listener())
    return observers


def test_the_hub_is_read_anew_whenever_somebody_asks() -> None:
    values = iter((1.0, 2.0))
    page = MetricsPage(lambda: [Sample(ROWS, ("leaseworks.accounts",), next(values))])

    assert [told(page, ROWS).popitem()[1] for _ in range(2)] == [1, 2]


def test_a_database_that_does_not_answer_is_a_metric_and_leaves_the_others_alone(observers: Observers) -> None:
    def away() -> Iterator[Sample]:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    page = MetricsPage(away)
    page.listener().happened(CallRetried("salesforce", 2))

    assert told(page) == {
        ("drawbar_database_up",): 0,
        ("drawbar_http_retries_total", "salesforce"): 1,
    }


def test_two_pages_share_nothing() -> None:
    one, other = MetricsPage(hub), MetricsPage(hub)
    one.listener().happened(LoggedIn("salesforce", "accepted"))
    other.listener()

    assert told(one, "drawbar_logins_total") == {("drawbar_logins_total", "accepted", "salesforce"): 1}
    assert told(other, "drawbar_logins_total") == {}


@responses.activate
def test_calls_are_counted_by_system_method_and_status_also_those_that_nobody_answers(
    page: MetricsPage, observers: Observers
) -> None:
    session = open_session(TimedAdapter(HttpOptions(), system="vendor", observer=observers))
    responses.get(f"{HERE}/LW00000001", json={})
    responses.get(f"{HERE}/LW00000002", json={})
    responses.post(HERE, status=503)
    responses.delete(HERE, body=requests.ConnectionError())

    for key in ("LW00000001", "LW00000002"):
        session.get(f"{HERE}/{key}")
    session.post(HERE)
    with pytest.raises(requests.ConnectionError):
        session.delete(HERE)

    name = "drawbar_http_request_duration_seconds_count"
    assert told(page, name) == {
        (name, "GET", "200", "vendor"): 2,
        (name, "POST", "503", "vendor"): 1,
        (name, "DELETE", "0", "vendor"): 1,
    }


def test_what_happens_is_counted(page: MetricsPage, observers: Observers) -> None:
    for event in (
        EntityTaken("accounts", {"created": 3, "refused": 1}),
        EntityTaken("accounts", {"created": 2, "refused": 0}),
        RecordsSettled("Case", {"updated": 7}),
        CallRetried("salesforce", 1.5),
        ToldToWait("salesforce", 30),
        ToldToWait("salesforce", 12),
    ):
        observers.happened(event)

    counted = {place: value for place, value in told(page).items() if place[0].endswith("_total")}
    assert counted == {
        ("drawbar_rows_total", "accounts", "created"): 5,
        ("drawbar_rows_total", "accounts", "refused"): 1,
        ("drawbar_records_total", "Case", "updated"): 7,
        ("drawbar_http_retries_total", "salesforce"): 1,
        ("drawbar_http_retry_after_total", "salesforce"): 2,
        ("drawbar_http_retry_after_seconds_total", "salesforce"): 42,
    }


def test_steps_are_timed_by_verb_and_end_and_never_by_the_delivery_that_they_name(
    page: MetricsPage, observers: Observers
) -> None:
    with observers.during(StepActivity("run-1", "accounts", "fetch LW-20260302-001")):
        pass
    with observers.during(StepActivity("run-2", "accounts", "fetch LW-20260303-001")):
        pass
    stopped = StepActivity("run-2", "accounts", "take accounts of LW-20260303-001")
    with observers.during(stopped):
        stopped.end = "stopped"
    with pytest.raises(ZeroDivisionError), observers.during(StepActivity("run-2", "deliver", "deliver what waits")):
        raise ZeroDivisionError

    name = "drawbar_step_duration_seconds_count"
    assert told(page, name) == {
        (name, "ok", "accounts", "fetch"): 2,
        (name, "stopped", "accounts", "take"): 1,
        (name, "failed", "deliver", "deliver"): 1,
    }


def test_a_run_is_in_progress_until_it_ends_however_it_ends(page: MetricsPage, observers: Observers) -> None:
    name = "drawbar_runs_in_progress"
    run = observers.during(RunActivity("run-1", "accounts"))
    run.__enter__()
    assert told(page, name) == {(name, "accounts"): 1}
    assert not run.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert told(page, name) == {(name, "accounts"): 0}


def test_the_page_is_served(page: MetricsPage, observers: Observers) -> None:
    server = page.serve("127.0.0.1", 0)
    try:
        with urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert f'{ROWS}{{feed="leaseworks.accounts"}} 1000.0' in answer.read().decode().splitlines()
    finally:
        server.shutdown()
        server.server_close()


def test_a_port_that_is_taken_is_a_matter_of_settings(page: MetricsPage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match="--metrics-port"):
        page.serve("127.0.0.1", taken.getsockname()[1])


def test_a_file_is_replaced_whole_and_everybody_may_read_it(page: MetricsPage, tmp_path: Path) -> None:
    file = tmp_path / "drawbar.prom"
    file.write_text("old")
    with file.open() as reader:
        page.write(file)
        assert reader.read() == "old"

    assert ROWS in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["drawbar.prom"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    file = tmp_path / "drawbar.prom"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError):
        MetricsPage(broken).write(file)
    assert file.read_text() == "old"
