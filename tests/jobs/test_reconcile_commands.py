"""`drawbar reconcile` and `drawbar budget`, by the installed command, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from drawbar.sandbox.faults import Fault
from tests.jobs.conftest import small_book
from tests.jobs.world import ServedOrg, World
from tests.processes import typed

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def drawbar(world: World, org: ServedOrg, tmp_path: Path) -> Command:
    """Give the command, in a folder whose settings reach the world's hub and org; one account has been taken in."""
    book = small_book(world)
    book.vehicle()
    book.deliver()
    assert world.run().state == "succeeded"
    world.close()
    settings = tmp_path / "drawbar.toml"
    sections = [
        f"data_folder = {json.dumps(str(world.settings.data_folder))}",
        '[schedule]\naccounts = "0 * * * *"\ndeliver = ""',
        '[leaseworks]\nsurface = "folder"',
        f"[leaseworks.folder]\npath = {json.dumps(str(world.files))}",
        f'[salesforce]\nlogin_url = "{org.url}"\nauth = "client_credentials"\nbulk_poll_first_seconds = 0.02',
        f'client_id = "{org.local.client.client_id}"\nclient_secret = "env:ORG_SECRET"',
    ]
    settings.write_text("\n".join(sections))
    environment = os.environ | {"ORG_SECRET": org.local.client.client_secret, "COLUMNS": "160"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return typed("--settings", str(settings), *arguments, folder=tmp_path, variables=environment)

    return run


@pytest.mark.spec("P25", "P30")
def test_differences_are_shown_repaired_and_gone(drawbar: Command, org: ServedOrg) -> None:
    org.change("Lease_Account__c", "LW00000001", Past_Due_Amount__c=99.5, Collector__c=None)

    org.local.faults.arm(
        Fault(kind="latency", seconds=2, method="GET", path="*/jobs/query/*")
    )  # so that its wait is seen
    shown = drawbar("reconcile", "accounts")
    rehearsed = drawbar("reconcile", "accounts", "--repair", "--dry-run", "--object", "Lease_Account__c")
    still = org.record("Lease_Account__c", "LW00000001")["Past_Due_Amount__c"]
    repaired = drawbar("reconcile", "accounts", "--repair")
    again = drawbar("reconcile", "accounts", "--json")

    assert shown.returncode == 5, shown.stderr
    assert "Lease_Account__c LW00000001 differs" in shown.stdout
    assert "Past_Due_Amount__c: hub 0.00, org 99.50" in shown.stdout
    assert "Collector__c: hub JDOE, org (empty)" in shown.stdout
    assert "1 differing" in shown.stdout
    assert "Promise_To_Pay__c: not compared: nothing has been concluded yet" in shown.stdout
    assert "waiting for Salesforce ..." in shown.stderr
    assert (rehearsed.returncode, still) == (5, 99.5)
    assert "Dry run; nothing was sent." in rehearsed.stdout
    assert repaired.returncode == 0, repaired.stdout
    assert "Lease_Account__c: 1 written, 0 refused" in repaired.stdout
    assert org.record("Lease_Account__c", "LW00000001")["Collector__c"] == "JDOE"
    run = json.loads(again.stdout)
    assert (again.returncode, run["state"], again.stderr) == (0, "succeeded", "")
    assert run["summary"]["compared"]["Lease_Account__c"]["equal"] == 1


def test_equal_sides_end_with_success_and_are_listed_so(drawbar: Command) -> None:
    compared = drawbar("reconcile", "accounts", "--limit", "0")
    listed = drawbar("runs")

    assert compared.returncode == 0, compared.stderr
    assert "Hub and org are equal." in compared.stdout
    assert "Hub and org are equal." in listed.stdout


def test_an_unknown_object_is_an_error_of_the_command_line(drawbar: Command) -> None:
    assert drawbar("reconcile", "accounts", "--object", "Contact").returncode == 2


def test_the_budget_tells_what_is_used_left_and_to_come_at_the_cost_of_one_call(
    drawbar: Command, org: ServedOrg
) -> None:
    assert drawbar("run", "accounts").returncode == 0
    used = org.local.meter.used

    shown = drawbar("budget")
    told = json.loads(drawbar("budget", "--json").stdout)

    assert shown.returncode == 0, shown.stderr
    assert f"{used + 1:,} of 100,000 used" in shown.stdout
    assert "20,000 of all are reserved" in shown.stdout
    assert "It fits." in shown.stdout
    assert (told["used"], told["allowed"], told["reserved"]) == (used + 2, 100_000, 20_000)
    assert (told["usable"], told["fits"]) == (80_000, True)


def test_the_budget_warns_when_the_next_runs_will_not_fit(drawbar: Command, org: ServedOrg) -> None:
    drawbar("reconcile", "accounts")
    org.local.meter.daily_limit = org.local.meter.used + 1

    warned = drawbar("budget")

    assert warned.returncode == 1
    assert "may be used." in warned.stdout
    assert "Runs will pause" in warned.stdout
    assert "reconcile" in warned.stdout


def test_the_owners_of_fields_are_listed(drawbar: Command) -> None:
    listed = drawbar("salesforce", "owners", "--object", "Vehicle__c")
    told = json.loads(drawbar("salesforce", "owners", "--json").stdout)

    assert "Vehicle__c.Disposition__c" in listed.stdout
    assert "Lease_Account__c.Status__c" not in listed.stdout
    assert {
        "object": "Lease_Account__c",
        "field": "Status__c",
        "owner": "LeaseWorks",
        "source": "accounts.status",
    } in told
