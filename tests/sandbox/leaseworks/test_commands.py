"""`drawbar sandbox deliver`, `leaseworks` and `edit`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drawbar.commands.leaseworks_sandbox import LEASEWORKS_COMMANDS, deliver, edit
from drawbar.sandbox.leaseworks.delivery import existing_deliveries, remembered_plan
from drawbar.sandbox.leaseworks.home import leaseworks_home


def _deliver(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(deliver, ["--data", str(data), *arguments])


def test_the_days_up_to_the_given_one_are_delivered_each_once(tmp_path: Path) -> None:
    first = _deliver(tmp_path, "--accounts", "25", "--day", "2", "--start", "2026-05-04", "--seed", "8")
    assert first.exit_code == 0
    assert "LW-20260504-001: " in first.stderr
    assert "25 accounts" in first.stderr
    again = _deliver(tmp_path, "--day", "2")
    assert "have been delivered already" in again.stdout
    third = _deliver(tmp_path, "--day", "3", "--json")
    assert [each["delivery"] for each in json.loads(third.stdout)] == ["LW-20260506-001"]
    assert sorted(existing_deliveries(leaseworks_home(tmp_path).files)) == [f"LW-2026050{day}-001" for day in (4, 5, 6)]


def test_another_book_is_refused_with_a_reason(tmp_path: Path) -> None:
    _deliver(tmp_path, "--accounts", "25")
    refused = _deliver(tmp_path, "--accounts", "26")
    assert refused.exit_code == 1
    assert "another book" in refused.stderr
    plan = remembered_plan(leaseworks_home(tmp_path).files)
    assert plan is not None
    assert plan.accounts == 25


def test_the_last_day_can_go_into_a_database_too(tmp_path: Path) -> None:
    done = _deliver(tmp_path, "--accounts", "25", "--sql", f"sqlite:///{tmp_path / 'lender.db'}")
    assert done.exit_code == 0
    assert (tmp_path / "lender.db").stat().st_size > 10_000


def test_an_edit_is_said_value_by_value(tmp_path: Path) -> None:
    _deliver(tmp_path, "--accounts", "25")
    arguments = ["LW00000003", "office=RENO", "COLLECTOR=", "--data", str(tmp_path)]
    said = CliRunner().invoke(edit, arguments)
    assert said.exit_code == 0
    assert "LW-20260302-001 accounts LW00000003: OFFICE" in said.stdout
    assert "-> RENO" in said.stdout
    assert "has these values already" in CliRunner().invoke(edit, arguments).stdout
    printed = json.loads(CliRunner().invoke(edit, [*arguments, "REGION=WEST", "--json"]).stdout)
    assert printed["delivery"] == "LW-20260302-001"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["LW00000003", "OFFICE"], "not of the form FIELD=VALUE"),
        (["LW00000003", "COLOUR=red"], "has no column COLOUR"),
        (["LW99999999", "OFFICE=RENO"], "no row LW99999999"),
        (["LW00000003", "OFFICE=RENO", "--delivery", "LW-20200101-001"], "no delivery LW-20200101-001"),
    ],
)
def test_an_edit_that_cannot_be_is_explained(tmp_path: Path, arguments: list[str], message: str) -> None:
    _deliver(tmp_path, "--accounts", "25")
    refused = CliRunner().invoke(edit, [*arguments, "--data", str(tmp_path)])
    assert refused.exit_code != 0
    assert message in refused.stderr


def test_every_command_has_help() -> None:
    for command in LEASEWORKS_COMMANDS:
        shown = CliRunner().invoke(command, ["--help"])
        assert shown.exit_code == 0
        assert command.help


def _served(data: Path, lines: int, *options: str) -> tuple[list[str], str, int]:
    """Serve until so many lines are printed; give them, all that was printed, and how it ended."""
    code = "from drawbar.commands.leaseworks_sandbox import leaseworks; leaseworks()"
    command = [sys.executable, "-u", "-c", code, "--port", "0", "--data", str(data), *options]
    environment = {**os.environ, "DRAWBAR_SANDBOX_SFTP_USER": "lender", "DRAWBAR_SANDBOX_SFTP_PASSWORD": "swordfish"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        read = [server.stdout.readline() for _ in range(lines)]
        server.send_signal(signal.SIGTERM)
        unread, errors = server.communicate(timeout=30)
    return read, "".join([*read, unread, errors]), server.returncode


def test_leaseworks_is_served_until_it_is_told_to_end_and_never_says_its_password(tmp_path: Path) -> None:
    (address, *rest), printed, code = _served(tmp_path, 3)
    assert address.startswith("LeaseWorks: sftp://lender@127.0.0.1:")
    assert "$DRAWBAR_SANDBOX_SFTP_PASSWORD" in rest[0]
    assert "swordfish" not in printed
    assert code == 0


def test_leaseworks_says_as_json_what_settings_reach_it(tmp_path: Path) -> None:
    (line,), printed, _ = _served(tmp_path, 1, "--json")
    found = json.loads(line)
    assert found.keys() == {"host", "port", "user", "password", "known_hosts"}
    assert (found["user"], found["password"]) == ("lender", "env:DRAWBAR_SANDBOX_SFTP_PASSWORD")
    assert "swordfish" not in printed
