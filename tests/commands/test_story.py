"""What `drawbar` says, writes and exits with, from the first command to the last."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest

from drawbar.cli import drawbar
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.settings import load_settings
from tests.commands.story import PHONE, SCRIPT, SSN, WRONG_SECRET, Story

EXIT_CODES = {
    "run without settings": 3, "doctor without settings": 1, "init": 0, "init again": 0, "init over it": 3,
    "doctor": 0, "jobs": 0, "first run": 0, "run without news": 0, "unknown run": 2, "unknown account": 2,
    "run with a bad row": 5, "replay rehearsed": 0, "replay in vain": 5, "replay of nothing in particular": 2,
    "discard without a reason": 2, "discard": 0, "discard twice": 2, "audit as JSON": 0, "run on a spent day": 6,
    "run on the next day": 0, "run with a damaged delivery": 4, "run that breaks": 1, "run after all": 0,
    "imports as JSON": 0, "conflicts as JSON": 0, "unknown job": 2,
    "wrong setting": 3, "missing secret": 3, "doctor with a wrong password": 1,
    "doctor with a wrong user": 1, "worker": 0,
}  # fmt: skip


@pytest.mark.parametrize("name", EXIT_CODES)
def test_the_exit_code_says_how_it_went(story: Story, name: str) -> None:
    done = story.done[name]
    assert done.code == EXIT_CODES[name], (done.out, done.err)


def test_only_an_error_of_drawbar_itself_is_shown_with_a_traceback(story: Story) -> None:
    shown = [name for name, done in story.done.items() if "Traceback" in done.out + done.err]
    assert shown == ["run that breaks"]
    assert "Traceback" not in story.done["run that breaks"].out


def test_json_is_all_that_a_command_prints_when_asked_for_it(story: Story) -> None:
    asked = [done for done in story.done.values() if "--json" in done.words]
    assert len(asked) > 20
    for done in asked:
        assert done.json is not None, done.words


def test_init_writes_settings_without_secrets_for_its_owner_alone(story: Story) -> None:
    text = story.facts["drawbar.toml"]
    assert story.facts["mode of drawbar.toml"] == 0o600
    assert [secret for secret in secrets_of(story) if secret in text] == []
    assert "file:" in text
    assert "is there already" in story.done["init over it"].err
    assert "stays as it is" in story.done["init again"].out
    assert (story.folder / "drawbar.toml").read_text() == text


def test_doctor_is_green_when_all_is_well(story: Story) -> None:
    lines = story.done["doctor as JSON"].json
    assert [line for line in lines if not line["ok"]] == []
    assert {line["system"] for line in lines} == {
        "Drawbar", "Server", "LeaseWorks", "Salesforce", "Orion", "FleetRock", "PassTime", "Spireon",
        "QuickBooks Online", "Repossessions", "Repo agents", "RDN", "MBSi", "Agent mail", "Twilio",
    }  # fmt: skip
    assert " NO " not in story.done["doctor"].out


def test_doctor_says_what_to_do_about_each_red_line(story: Story) -> None:
    new = {line["system"]: line["remedy"] for line in story.done["doctor without settings"].json if not line["ok"]}
    assert "drawbar init" in new["Drawbar"]
    assert "Add [leaseworks]" in new["LeaseWorks"]
    assert "Add [salesforce]" in new["Salesforce"]
    assert "NO" in story.done["doctor with a wrong password"].out
    red = [line for line in story.done["doctor with a wrong user"].json if not line["ok"]]
    assert [(line["system"], line["name"]) for line in red] == [("Salesforce", "log-in")]
    assert all(line["remedy"] for line in red)


def test_jobs_says_when_each_starts(story: Story) -> None:
    rows = {row["job"]: row for row in story.done["jobs as JSON"].json}
    assert {"accounts", "deliver"} <= rows.keys()
    assert (rows["accounts"]["schedule"], rows["accounts"]["zone"]) == ("15 5 * * 1-6", "America/New_York")
    assert "15 5 * * 1-6 (America/New_York)" in story.done["jobs"].out


@pytest.mark.spec("P25")
def test_a_rehearsal_counts_what_the_run_does_and_writes_nothing(story: Story) -> None:
    told, run = story.done["rehearsal as JSON"].json, story.done["first run"].json
    (delivery,) = run["summary"]["deliveries"]
    assert told["objects"] == delivery["objects"]
    assert told["objects"]["Lease_Account__c"]["created"] == 60
    assert story.facts["database untouched"]
    assert story.done["meter after rehearsal"].json["total"]["records_in"] == 0
    human = story.done["rehearsal"].out
    assert "Dry run; nothing was written." in human
    assert "Lease_Account__c LW00000001 (new; row 1 of accounts.csv" in human


def test_a_run_tells_what_it_wrote_and_the_next_has_nothing_to_do(story: Story) -> None:
    run = story.done["first run"].json
    (delivery,) = run["summary"]["deliveries"]
    written = {name: tally["created"] for name, tally in delivery["delivered"]["objects"].items()}
    assert written == {name: counts["created"] for name, counts in delivery["objects"].items()}
    assert "Nothing waited." in story.done["run without news"].out


def test_runs_lists_the_newest_first_and_tells_one_in_full(story: Story) -> None:
    first = story.done["first run"].json
    listed = story.done["runs as JSON"].json
    assert [run["state"] for run in listed] == ["succeeded", "succeeded"]
    assert listed[1] == first == story.done["one run as JSON"].json
    assert datetime.fromisoformat(first["started_at"]).tzinfo is not None
    assert first["started_at"][10] == "T"
    assert first["id"] in story.done["runs"].out
    assert "Lease_Account__c" in story.done["one run"].out
    assert "there is no run accounts-nope" in story.done["unknown run"].err


@pytest.mark.spec("P01", "P02", "P30")
def test_show_account_tells_source_mapping_salesforce_and_deliveries(story: Story) -> None:
    told = story.done["account as JSON"].json
    (source,) = told["sources"]
    row = next(each for each in raw_accounts(story) if each.startswith(f"{story.facts['account']},"))
    assert source["raw"] == row
    assert source["values"]["account_number"] == story.facts["account"]
    inside = told["salesforce"]["record"]
    assert source["mapped"].items() >= {("Past_Due_Amount__c", inside["Past_Due_Amount__c"])}
    assert int(inside["Days_Past_Due__c"]) > 0
    assert {"Lease_Account__c", "Case"} <= {each["object"] for each in told["deliveries"]}
    assert {each["status"] for each in told["deliveries"]} == {"created"}
    assert all(
        each["salesforce_id"] and each["run"] == story.done["first run"].json["id"] for each in told["deliveries"]
    )
    assert told["collections"]["cases"][0]["key"] == f"{story.facts['account']}-D001"
    assert story.done["account offline"].json["salesforce"] is None
    human = story.done["account"].out
    since = next(line for line in human.splitlines() if "Past_Due_Since__c" in line)
    assert since.count(source["values"]["past_due_since"]) == len(("Source", "Mapped", "In Salesforce"))
    assert row[:40] in human
    assert "nothing is known of account LW99999999" in story.done["unknown account"].err


def raw_accounts(story: Story) -> list[str]:
    """Give the lines of the first day's accounts as they were delivered."""
    first = min((story.data / "leaseworks" / "files" / "archive").iterdir())
    return (first / "accounts.csv").read_text(encoding="utf-8").splitlines()


@pytest.mark.spec("P30")
def test_failures_are_listed_shown_replayed_and_discarded(story: Story) -> None:
    (failure,) = story.done["failures as JSON"].json
    account = story.facts["account"]
    assert (failure["key"], failure["code"], failure["state"]) == (account, "UNKNOWN_CODE", "open")
    shown = story.done["failure as JSON"].json
    assert failure == {name: shown[name] for name in failure}
    assert failure["message"] in story.done["failure"].out
    assert failure["remedy"] in story.done["failure"].out
    assert account in story.done["failures"].out
    assert story.done["replay rehearsed"].json[0]["reason"] == "would be replayed"
    (vain,) = story.done["replay in vain"].json["replayed"]
    assert (vain["queued"], "'Z' is not a known code" in vain["reason"]) == (False, True)
    (settled,) = story.done["settled failures as JSON"].json
    assert (settled["state"], settled["settled_why"]) == ("discarded", "A test of ours.")
    audit = story.done["audit as JSON"].json
    done = [line["action"] for line in audit["lines"]]
    assert (audit["broken_at"], done) == (None, ["discard failure", "connect QuickBooks Online"])


def test_a_run_that_ends_early_says_why_and_what_to_do(story: Story) -> None:
    spent, broken = story.done["run on a spent day"].json, story.done["run that breaks"].json
    assert (spent["state"], "the work goes on when calls" in spent["error"]) == ("paused", True)
    assert story.done["run on the next day"].json["state"] == "succeeded"
    damaged = story.done["run with a damaged delivery"].out
    assert "notes.csv has not the SHA-256 of the manifest. Ask LeaseWorks to send the delivery again." in damaged
    assert (broken["state"], broken["error"].partition(":")[0]) == ("failed", "FileExistsError")
    assert story.done["run after all"].json["state"] == "succeeded"


def test_errors_of_the_settings_name_the_setting_and_show_no_value(story: Story) -> None:
    assert "sync.bulk_above" in story.done["wrong setting"].err
    assert "many" not in story.done["wrong setting"].err
    assert "salesforce.private_key" in story.done["missing secret"].err
    assert "NOT_SET is not set" in story.done["missing secret"].err
    assert "LeaseWorks is not configured" in story.done["run without settings"].err


def test_a_worker_says_what_is_scheduled_and_stops_when_it_is_asked_to(story: Story) -> None:
    assert story.done["worker"].json["scheduled"] == {
        "accounts": "15 5 * * 1-6", "deliver": "*/15 * * * *", "inbox": "*/15 * * * *", "gps-book": "0 1 * * *",
        "gps-delinquent": "*/15 * * * *", "edits": "*/5 * * * *", "leaseworks-import": "*/30 * * * *",
        "repossessions": "30 6 * * 1-6", "prune": "30 3 * * *", "rdn": "*/10 * * * *", "mbsi": "*/10 * * * *",
        "agent-mail": "*/5 * * * *", "messages": "*/5 * * * *",
    }  # fmt: skip
    assert "scheduled jobs" in story.done["worker"].err
    assert "stopping" in story.done["worker"].err


def secrets_of(story: Story) -> list[str]:
    """Give everything that the sandbox keeps as a secret, and what was typed as a wrong one."""
    files = [story.data / "keys" / name for name in ("client_secret", "password", "client.key")]
    files += [story.data / "leaseworks" / "keys" / name for name in ("sftp_password", "ssh_host_ed25519_key")]
    texts = [path.read_text(encoding="utf-8").strip() for path in files]
    return [WRONG_SECRET, *(line for text in texts for line in text.splitlines() if "-----" not in line)]


def test_no_secret_is_ever_printed_or_logged(story: Story) -> None:
    printed = {name: done.out + done.err for name, done in story.done.items()}
    printed["sandbox"] = (story.data / "log").read_text(encoding="utf-8")
    found = {(name, secret[:6]) for name, text in printed.items() for secret in secrets_of(story) if secret in text}
    assert found == set()
    assert [name for name, text in printed.items() if "Bearer " in text or "access_token" in text] == []


def test_no_personal_data_is_logged(story: Story) -> None:
    logged = [name for name, done in story.done.items() if '"level": "debug"' in done.err]
    assert len(logged) > 10
    digits = ("8675309", "867-5309", SSN, PHONE)
    assert [name for name, done in story.done.items() if any(each in done.err for each in digits)] == []
    assert story.facts["account"] not in "".join(done.err for done in story.done.values())


def test_settings_and_hub_show_no_secret_of_theirs(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(story.folder)
    settings = load_settings(Settings, story.folder / "drawbar.toml")
    hub = open_hub(settings)
    shown = repr(settings) + str(settings) + settings.model_dump_json() + repr(hub) + repr(hub.salesforce())
    assert [secret for secret in secrets_of(story) if secret in shown] == []
    hub.engine.dispose()


def commands(group: click.Command, *names: str) -> Iterator[tuple[str, click.Command]]:
    """Give every command below a group with the words to type."""
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        assert found is not None
        yield " ".join((*names, name)), found
        yield from commands(found, *names, name)


TREE = dict(commands(drawbar))


@pytest.mark.parametrize("name", TREE)
def test_every_command_and_every_option_has_help(name: str) -> None:
    command = TREE[name]
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert command.help
    assert command.get_short_help_str(200)
    assert [each.name for each in options if not each.help] == []


NOT_IN_THE_STORY = {
    "leaseworks check", "leaseworks manifest", "leaseworks resend", "reconcile", "budget", "plan", "sandbox",
    "sandbox leaseworks", "sandbox web-connector", "database show", "database move", "database backup",
    "database restore", "serve", "clients", "clients list", "clients add", "clients rotate", "clients revoke",
}  # fmt: skip
"""Commands with --json that tests of their own call."""

TOLD_ELSEWHERE = (
    "accounting", "agents", "auctions", "fleetrock", "gps", "hold", "message", "orion", "passtime", "quickbooks",
    "repo", "report", "resale", "salesforce", "spireon", "work-orders",
)  # fmt: skip
"""Groups of commands with tests of their own."""


def test_every_command_but_the_demo_offers_json() -> None:
    lists = {name for name, command in TREE.items() if isinstance(command, click.Group) and not command.params}
    offers = {name for name, command in TREE.items() if any("--json" in each.opts for each in command.params)}
    assert TREE.keys() - lists - offers == {"demo"}


def test_the_story_asks_every_command_for_json_that_offers_it(story: Story) -> None:
    offered = {name for name, command in TREE.items() if any("--json" in each.opts for each in command.params)}
    asked = {name for name in TREE for done in story.done.values()
             if "--json" in done.words and done.words[: len(name.split())] == tuple(name.split())}  # fmt: skip
    told = {name for name in offered if name.startswith(TOLD_ELSEWHERE)}
    assert offered - asked - NOT_IN_THE_STORY - told == set()


def test_help_comes_at_once_because_it_loads_next_to_nothing(tmp_path: Path) -> None:
    look = (
        "import sys; from drawbar.cli import drawbar\n"
        "try: drawbar.main(['--help'], prog_name='drawbar')\n"
        "except SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    heavy = {"sqlalchemy", "dbos", "numpy", "asyncssh", "requests", "pydantic", "alembic"}

    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=tmp_path)

    usage, modules = shown.stdout.rsplit("\n", 2)[0], shown.stdout.rsplit("\n", 2)[1]
    assert "Exit codes:" in usage
    assert [name for name in heavy if f"'{name}'" in modules] == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("drawbar sandbox fau", {"fault", "faults"}),
        ("drawbar run ", set(JOBS)),
    ],
)
def test_the_shell_completes_commands_and_what_they_take(tmp_path: Path, typed: str, offered: set[str]) -> None:
    words = {"_DRAWBAR_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    shown = subprocess.run([SCRIPT], capture_output=True, text=True, check=True, cwd=tmp_path, env=words)
    assert {line.partition(",")[2] for line in shown.stdout.splitlines()} == offered


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    from importlib.metadata import version  # noqa: PLC0415

    shown: Any = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert shown.stdout == f"drawbar, version {version('drawbar')}\n"
