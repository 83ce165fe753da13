"""What is put into LeaseWorks' data comes out in no log, trace, metric or error, whatever goes wrong on the way."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drawbar.middleware.metric_catalogue import METRICS
from tests.commands.story import SCRIPT, Story, running_sandbox
from tests.monitoring.collector import TraceCollector, running_collector
from tests.monitoring.programs import promtool

ACCOUNT = "LW00000001"
LESSEE = "LS00000001"
CANARIES = {
    "name": "Quentin Canaryfeather",
    "social security number": "078-05-1120",
    "telephone": "(555) 867-5309",
    "mobile": "555.867.5310",
    "e-mail": "quentin.feather@canary.example",
    "token": "Bearer 00DcanaryXk29!AQEAQhiddenTail77",
    "account": ACCOUNT,
    "lessee": LESSEE,
}
PARTS = ("Canaryfeather", "078-05-1120", "867-5309", "867.5310", "quentin.feather", "hiddenTail77", ACCOUNT)
"""What of each must not be seen, whatever is left around it."""

BARE = ("078051120", "8675309", "8675310")
"""The same as it would be written without its signs."""


@dataclass
class Watched:
    """Everything that the outside could see of a day on which much went wrong."""

    log: str = ""
    errors: str = ""
    metrics: list[str] = field(default_factory=list)
    traces: TraceCollector = field(default_factory=lambda: TraceCollector(""))
    states: list[str] = field(default_factory=list)
    database: str = ""


class Worker:
    """`drawbar worker` as a process of its own, with metrics and traces, at the most talkative level."""

    def __init__(self, story: Story, endpoint: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._log = story.folder / "worker.log"
        environment = {"DRAWBAR_TRACING__ENDPOINT": endpoint, "DRAWBAR_SCHEDULE__DELIVER": ""}
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [SCRIPT, "worker", "--metrics-port", str(self._port)], cwd=story.folder,
                env=story.environment | environment, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(lambda: "Stop with Ctrl-C" in self._log.read_text(encoding="utf-8"))

    def metrics(self) -> str:
        with urlopen(f"http://127.0.0.1:{self._port}/metrics") as answer:
            text: str = answer.read().decode()
        return text

    def stop(self) -> str:
        """End it as a service manager does, and give what it logged."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0
        return self._log.read_text(encoding="utf-8")


def eventually(met: Callable[[], object]) -> None:
    until = time.monotonic() + 120
    while not met():
        assert time.monotonic() < until, "it never came to pass"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    story = Story(tmp_path_factory.mktemp("canary-work"), tmp_path_factory.mktemp("canary-sandbox"))
    seen = Watched()
    with running_sandbox(story.data), running_collector() as seen.traces:
        story.say("init", "init", "--sandbox", str(story.data))
        spoil(story)
        worker = Worker(story, seen.traces.url)
        for name, trouble in TROUBLES.items():
            trouble(story)
            story.say(name, "run", "accounts", "--json", DRAWBAR_TRACING__ENDPOINT=seen.traces.url)
            seen.states.append(story.done[name].json["state"])
            seen.metrics.append(worker.metrics())
            story.sandbox("calm again", "faults", "--clear")
        story.say("failures", "failures", "--flat")
        seen.metrics.append(story.say("metrics", "metrics").out)
        seen.log = worker.stop()
        seen.database = "\n".join(story.database())
        seen.errors = "\n".join(done.err for name, done in story.done.items() if done.words[0] != "sandbox")
        yield seen


def spoil(story: Story) -> None:
    """Put the canaries where they are taken as they are, and where they make a row or a record fail."""
    told = " ".join(CANARIES.values())
    story.sandbox(
        "lessee", "edit", LESSEE, f"LESSEE_NAME={CANARIES['name']}", f"PHONE={CANARIES['telephone']}",
        f"MOBILE={CANARIES['mobile']}", f"EMAIL={CANARIES['e-mail']}", "--entity", "lessees",
    )  # fmt: skip
    rows = story.rows("lessees.csv")
    story.sandbox("mail", "edit", rows[1]["LESSEE_NO"], f"EMAIL={told}", "--entity", "lessees")
    story.sandbox("state", "edit", rows[2]["LESSEE_NO"], f"STATE={CANARIES['name']}", "--entity", "lessees")
    notes = story.rows("notes.csv")
    story.sandbox("note", "edit", notes[0]["NOTE_NO"], f"TEXT={told}", "--entity", "notes")
    story.sandbox("date", "edit", notes[1]["NOTE_NO"], f"WRITTEN_TS={told}", "--entity", "notes")
    story.sandbox("account", "edit", ACCOUNT, f"STATUS={CANARIES['name']}", f"PAST_DUE_AMT={CANARIES['telephone']}")


def refuse_calls(story: Story) -> None:
    story.sandbox("fault", "fault", "503", "--times", "2")


def refuse_rows(story: Story) -> None:
    story.sandbox("next day", "deliver", "--day", "2")
    spoil(story)
    story.sandbox("fault", "fault", "lock-row", "--times", "3")


def spend_the_day(story: Story) -> None:
    story.sandbox("next day", "deliver", "--day", "3")
    spoil(story)
    story.sandbox("fault", "fault", "request-limit", "--always")


def damage(story: Story) -> None:
    story.sandbox("next day", "deliver", "--day", "4")
    notes = story.delivery() / "notes.csv"
    notes.write_bytes(notes.read_bytes()[:-2] + b"\n\n")


def get_in_the_way(story: Story) -> None:
    """Let Drawbar itself break off, in the midst of writing what it took: the database does not take it."""
    shutil.rmtree(story.delivery())
    story.sandbox("next day", "deliver", "--day", "4")
    spoil(story)
    with closing(sqlite3.connect(story.hub / "drawbar.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER in_the_way BEFORE INSERT ON fingerprint_segment"
            " BEGIN SELECT RAISE(ABORT, 'in the way'); END"
        )


TROUBLES: dict[str, Callable[[Story], None]] = {
    "calls are refused": refuse_calls,
    "rows are refused": refuse_rows,
    "the day is spent": spend_the_day,
    "a delivery is damaged": damage,
    "Drawbar breaks off": get_in_the_way,
}


def leaks(text: str) -> list[str]:
    return [part for part in (*PARTS, *BARE) if part in text]


def test_much_went_wrong(watched: Watched) -> None:
    assert watched.states == ["incomplete", "incomplete", "paused", "stopped", "failed"]


def test_no_canary_is_in_a_log_or_in_the_errors_that_commands_print(watched: Watched) -> None:
    logged = watched.log + watched.errors
    assert logged.count('"http call"') > 10
    assert logged.count('"step done"') > 10
    assert leaks(logged) == []
    assert re.findall(r"(?i)bearer (?!\[secret\])", logged) == []


def test_every_line_of_a_run_names_it_and_its_end_is_told(watched: Watched) -> None:
    """The worker takes a run, or the command that asked for it does: both log the same."""
    logged = f"{watched.log}\n{watched.errors}".splitlines()
    lines = [json.loads(line) for line in logged if line.startswith("{")]
    asked = [line for line in lines if "-tick" not in line.get("run_id", "")]  # the clock may start others meanwhile
    ends = [line["state"] for line in asked if line["event"] == "run ended"]
    broken = [line for line in lines if line["event"] == "run broke off"]
    assert sorted(ends) == sorted(watched.states[:-1])
    assert [line["job"] for line in broken] == ["accounts"]
    assert "feeds.py" in broken[0]["exception"]
    assert [line for line in lines if line["event"] in {"http call", "step done"} and not line.get("run_id")] == []


def test_no_canary_is_in_a_trace(watched: Watched) -> None:
    told = watched.traces.texts()
    assert len(watched.traces.named("run accounts")) == len(TROUBLES)
    assert len(watched.traces.named("PATCH")) > 5
    assert leaks(told) == []


def test_no_canary_is_in_a_metric(watched: Watched) -> None:
    for page in watched.metrics:
        assert 'drawbar_failures_open{code="' in page
        assert leaks(page) == []


def test_prometheus_understands_what_worker_and_command_tell(watched: Watched) -> None:
    for page in watched.metrics:
        done = subprocess.run([promtool(), "check", "metrics"], input=page, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_metric_is_told_as_it_is_described(watched: Watched) -> None:
    told = {
        family.name: {label for sample in family.samples for label in sample.labels} - {"le"}
        for page in watched.metrics
        for family in text_string_to_metric_families(page)
        if family.name.startswith("drawbar_") and family.samples
    }
    described = {name.removesuffix("_total"): set(each.labels) for name, each in METRICS.items()}
    assert {name: labels for name, labels in told.items() if described[name] != labels} == {}
    assert {name for name, each in METRICS.items() if each.source == "hub"} <= set(told)


def test_the_canaries_did_travel_through_the_hub_and_into_failures(watched: Watched) -> None:
    """Else the other tests would prove nothing."""
    assert [part for part in PARTS if part not in watched.database] == []
    letters = [line for line in watched.database.splitlines() if 'INSERT INTO "dead_letter"' in line]
    assert {part for part in PARTS for line in letters if part in line} == set(PARTS)
