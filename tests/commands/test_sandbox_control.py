"""The fault and meter commands speak to a running sandbox and say what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from drawbar.commands.sandbox_control import fault, faults, find_sandbox, meter
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.control import control_routes
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.meter import Count, Meter
from tests.sandbox.local_server import serve


class Sandbox:
    def __init__(self) -> None:
        self.faults = Faults()
        self.meter = Meter(daily_limit=50)
        self.url = ""

    def run(self, command: click.Command, *arguments: str) -> Result:
        return CliRunner().invoke(command, [*arguments, "--url", self.url])


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    app = Starlette(routes=control_routes(meter=sandbox.meter, faults=sandbox.faults))
    with serve(app, Connections()) as port:
        sandbox.url = f"http://127.0.0.1:{port}"
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.faults.clear()
    server.meter.clear()
    return server


def test_fault_arms_what_was_asked_for(sandbox: Sandbox) -> None:
    done = sandbox.run(fault, "lock-row", "--object", "Case", "--share", "0.1", "--seed", "0", "--always")
    assert done.exit_code == 0, done.output
    (armed,) = sandbox.faults.listed()
    assert done.output == f"Fault {armed['number']} is armed: lock-row.\n"
    assert {name: armed[name] for name in ("kind", "object", "share", "seed", "times")} == {
        "kind": "lock-row",
        "object": "Case",
        "share": 0.1,
        "seed": 0,
        "times": None,
    }


def test_fault_passes_every_option_on(sandbox: Sandbox) -> None:
    call = ("--method", "PATCH", "--path", "*/sobjects/*", "--skip", "2", "--probability", "0.5", "--times", "4")
    sandbox.run(fault, "429", "--retry-after", "7", *call)
    sandbox.run(fault, "lock-row", "--key", "LW1", "--key", "LW2")
    sandbox.run(fault, "latency", "--seconds", "1.5")
    sandbox.run(fault, "bulk-failed", "--message", "Stop", "--share", "0.3")
    listed = sandbox.faults.listed()
    assert [each["kind"] for each in listed] == ["429", "lock-row", "latency", "bulk-failed"]
    assert {name: listed[0][name] for name in ("retry_after", "method", "path", "skip", "probability", "times")} == {
        "retry_after": 7,
        "method": "PATCH",
        "path": "*/sobjects/*",
        "skip": 2,
        "probability": 0.5,
        "times": 4,
    }
    assert sorted(map(str, listed[1]["keys"])) == ["LW1", "LW2"]  # type: ignore[call-overload]
    assert (listed[2]["seconds"], listed[3]["message"], listed[3]["share"]) == (1.5, "Stop", 0.3)


def test_a_fault_that_makes_no_sense_is_refused_with_the_reason(sandbox: Sandbox) -> None:
    refused = sandbox.run(fault, "500", "--seconds", "1")
    assert refused.exit_code == 1
    assert "seconds has no meaning for 500" in refused.output


def test_faults_lists_and_clears(sandbox: Sandbox) -> None:
    assert sandbox.run(faults).output == "No faults are armed.\n"
    sandbox.run(fault, "503")
    sandbox.run(fault, "500", "--object", "Case")
    assert "object Case" in sandbox.run(faults).output
    numbers = [each["number"] for each in json.loads(sandbox.run(faults, "--json").output)["faults"]]
    assert sandbox.run(faults, "--clear-one", str(numbers[0])).output == "1 faults disarmed.\n"
    assert [each["number"] for each in sandbox.faults.listed()] == [numbers[1]]
    assert sandbox.run(faults, "--clear").output == "1 faults disarmed.\n"
    assert sandbox.faults.listed() == []


def test_meter_shows_and_clears_the_counts(sandbox: Sandbox) -> None:
    sandbox.meter.add("query", Count(calls=3, records_out=1200))
    sandbox.meter.count_api_call()
    shown = sandbox.run(meter).output
    assert "query" in shown
    assert "1,200" in shown
    assert "API calls in the last 24 hours: 1 of 50" in shown
    assert json.loads(sandbox.run(meter, "--json", "--clear").output)["total"]["records_out"] == 1200
    assert json.loads(sandbox.run(meter, "--json").output)["kinds"] == {}
    assert sandbox.meter.used == 1
    sandbox.run(meter, "--clear-limit", "--limit", "7")
    assert (sandbox.meter.used, sandbox.meter.daily_limit) == (0, 7)


def test_a_sandbox_that_does_not_run_is_said_to_be_missing() -> None:
    missing = CliRunner().invoke(meter, ["--url", "http://127.0.0.1:9"])
    assert missing.exit_code == 1
    assert "No sandbox answers at http://127.0.0.1:9. Start one with `drawbar sandbox`" in missing.output


def test_the_sandbox_is_found_where_its_data_folder_says(sandbox: Sandbox, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    noted = {"salesforce": {"login_url": sandbox.url, "ca_file": str(ca)}}
    (tmp_path / "addresses.json").write_text(json.dumps(noted))
    assert find_sandbox(tmp_path, None, None).ca == ca
    assert CliRunner().invoke(faults, ["--data", str(tmp_path)]).output == "No faults are armed.\n"


@pytest.mark.parametrize("noted", [None, "not json", "{}", '{"salesforce": null}'])
def test_a_data_folder_without_an_address_is_said_to_lack_it(tmp_path: Path, noted: str | None) -> None:
    if noted is not None:
        (tmp_path / "addresses.json").write_text(noted)
    missing = CliRunner().invoke(faults, ["--data", str(tmp_path)])
    assert missing.exit_code == 1
    assert "does not say where a sandbox runs. Start one with `drawbar sandbox`" in missing.output
