"""`drawbar plan`, `drawbar run --plan` and `drawbar failures`, by the installed command, in processes of their own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.jobs.paper_book import PaperBook
from tests.jobs.world import ServedOrg, World
from tests.processes import typed

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def drawbar(world: World, org: ServedOrg, tmp_path: Path) -> Command:
    """Give the command, in a folder whose settings reach the world's hub and org."""
    sections = [
        f"data_folder = {json.dumps(str(world.settings.data_folder))}",
        '[schedule]\naccounts = ""\ndeliver = ""',
        '[leaseworks]\nsurface = "folder"',
        f"[leaseworks.folder]\npath = {json.dumps(str(world.files))}",
        f'[salesforce]\nlogin_url = "{org.url}"\nauth = "client_credentials"\nbulk_poll_first_seconds = 0.02',
        f'client_id = "{org.local.client.client_id}"\nclient_secret = "env:ORG_SECRET"',
    ]
    (tmp_path / "drawbar.toml").write_text("\n".join(sections))
    environment = os.environ | {"ORG_SECRET": org.local.client.client_secret, "COLUMNS": "160"}

    def run(*arguments: str, stdin: int | None = None) -> subprocess.CompletedProcess[str]:
        return typed(*arguments, folder=tmp_path, variables=environment, given=stdin)

    return run


@pytest.mark.spec("P25", "P30")
def test_a_plan_is_shown_masked_written_in_full_and_carried_out_once(
    drawbar: Command, world: World, book: PaperBook, org: ServedOrg, tmp_path: Path
) -> None:
    book.deliver()

    shown = drawbar("plan", "accounts")
    as_json = drawbar("plan", "accounts", "--json")
    written = drawbar("plan", "accounts", "--out", "p.json", "--out", "p.csv", "--out", "p.html")
    nothing = org.everything()["Account"]
    ran = drawbar("run", "accounts", "--plan", "p.json")
    again = drawbar("run", "accounts", "--plan", "p.json")

    assert (shown.returncode, shown.stderr.count("looking")) == (0, 0), shown.stderr
    assert "Lease_Account__c LW00000001 (create; row 1 of accounts.csv" in shown.stdout
    assert "Name: A***" in shown.stdout
    assert "Acme Haulage" not in shown.stdout + as_json.stdout
    head = json.loads(as_json.stdout)["plan"]
    assert (head["masked"], head["records"], nothing) == (True, 2, {})
    assert "Carry it out with: drawbar run accounts --plan p.json" in written.stdout
    assert all("Acme Haulage" in (tmp_path / name).read_text() for name in ("p.json", "p.csv", "p.html"))
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("p.json", "p.csv", "p.html")} == {0o600}
    plan_id = json.loads((tmp_path / "p.json").read_text())["plan"]["id"]
    assert all(plan_id in (tmp_path / name).read_text() for name in ("p.csv", "p.html"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"By plan {plan_id}" in ran.stdout
    assert org.record("Account", "LS00000001")["Name"] == "Acme Haulage, LLC"
    assert (again.returncode, "does not wait any more" in again.stdout) == (4, True)


def test_a_plan_that_was_changed_or_cannot_be_one_ends_with_its_exit_code(
    drawbar: Command, book: PaperBook, tmp_path: Path
) -> None:
    book.deliver()
    assert drawbar("plan", "accounts", "--out", "p.json").returncode == 0
    (tmp_path / "p.json").write_text((tmp_path / "p.json").read_text().replace("1200.00", "1.00"))

    assert drawbar("run", "accounts", "--plan", "p.json").returncode == 4
    assert drawbar("run", "deliver", "--plan", "p.json").returncode == 2
    assert drawbar("run", "accounts", "--plan", "p.json", "--dry-run").returncode == 2
    assert drawbar("plan", "accounts", "--out", "p.pdf").returncode == 2
    assert drawbar("plan", "accounts", "--out", "nowhere/p.csv").returncode == 2


@pytest.mark.spec("P30")
def test_failures_are_grouped_filtered_by_time_and_replayed_after_a_question(
    drawbar: Command, world: World, book: PaperBook
) -> None:
    for number in range(1, 23):
        book.payment(number, "500.00", date(2026, 3, 1), ACCT_NO="LW00000009")
    book.account(2, STATUS="Z")
    book.deliver()
    assert world.run().state == "incomplete"

    by_cause = drawbar("failures")
    as_json = json.loads(drawbar("failures", "--json").stdout)
    flat = drawbar("failures", "--flat", "--json")
    late = drawbar("failures", "--since", "1h")
    wrong = drawbar("failures", "--since", "soon")
    master, terminal = pty.openpty()
    os.write(master, b"n\n")
    asked = drawbar("failures", "replay", "--object", "Payment__c", stdin=terminal)
    few = drawbar("failures", "replay", "--until", "2026-03-02T00:00", "--json")
    done = drawbar("failures", "replay", "--object", "Payment__c", "--rate", "1000", "--no-deliver")
    os.close(master)
    os.close(terminal)

    assert "22 times" in by_cause.stdout
    assert "what to do: " in by_cause.stdout
    assert [(each["object"], each["count"]) for each in as_json] == [("Payment__c", 22), ("Lease_Account__c", 1)]
    assert len(json.loads(flat.stdout)) == 23
    assert "LW00000009" not in flat.stdout
    assert (late.stdout, wrong.returncode) == ("No failures.\n", 2)
    assert (asked.returncode, "This will replay 22 failures, oldest first" in asked.stderr) == (1, True)
    assert json.loads(few.stdout)["replayed"] == []
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("as it is mapped now") == 22
    assert "replaying ..." in done.stderr
    (left,) = world.letters()
    story = drawbar("failures", "show", str(left.id))
    assert "timeline (UTC)" in story.stdout
    assert "in full: --unmasked" in story.stdout
