"""A working week at the command line: the real `drawbar` against the real sandbox, SFTP and TLS included."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.processes import typed

SCRIPT = Path(sys.executable).with_name("drawbar")
PHONE, SSN = "(555) 867-5309", "078-05-1120"
"""What is put into LeaseWorks' data and must not come out in a log."""

WRONG_SECRET = "canary-K7mQx2"


@dataclass(frozen=True)
class Done:
    """One command that was typed, and what came of it."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which has to be one JSON value and nothing else."""
        return json.loads(self.out)


@dataclass
class Story:
    """All commands by name; `folder` holds drawbar.toml, `data` is the sandbox's folder."""

    folder: Path
    data: Path
    done: dict[str, Done] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def say(self, name: str, *words: str, **environment: str) -> Done:
        """Type a command and keep what came of it."""
        finished = typed(*words, folder=self.folder, variables=self.environment | environment)
        self.done[name] = Done(words, finished.returncode, finished.stdout, finished.stderr)
        return self.done[name]

    def say_by_script(self, name: str, *words: str, **environment: str) -> Done:
        """Type a command as people do: by the script that was installed, in a process that has imported nothing."""
        finished = subprocess.run(
            [SCRIPT, *words], cwd=self.folder, env=self.environment | environment, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        self.done[name] = Done(words, finished.returncode, finished.stdout, finished.stderr)
        return self.done[name]

    def say_all(self, commands: dict[str, tuple[str, ...]]) -> None:
        """Type commands one after the other."""
        for name, words in commands.items():
            self.say(name, *words)

    def sandbox(self, name: str, *words: str) -> Done:
        return self.say(name, "sandbox", *words, "--data", str(self.data))

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"], "DRAWBAR_LOG__LEVEL": "DEBUG"}

    @property
    def hub(self) -> Path:
        return self.folder / "drawbar-data"

    def database(self) -> list[str]:
        with closing(sqlite3.connect(self.hub / "drawbar.db")) as database:
            return list(database.iterdump())

    def delivery(self, place: str = "outbound") -> Path:
        """Give the newest delivery that waits."""
        return max((self.data / "leaseworks" / "files" / place).glob("LW-*"))

    def rows(self, file: str) -> list[dict[str, str]]:
        with (self.delivery() / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))


@contextmanager
def running_sandbox(data: Path) -> Iterator[None]:
    """Run `drawbar sandbox` with a book of 60 accounts whose first day was three days ago."""
    first = datetime.now(UTC).date() - timedelta(days=3)
    words = ["--data", str(data), "--port", "0", "--sftp-port", "0", "--accounts", "60", "--start", first.isoformat()]
    with (data / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [SCRIPT, "sandbox", *words], env={"HOME": str(data), "PATH": os.environ["PATH"]}, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + 60
        while not (data / "addresses.json").exists():
            assert process.poll() is None, (data / "log").read_text()
            assert time.monotonic() < until, "the sandbox does not come up"
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def play(story: Story) -> None:
    """Live through the week."""
    _set_up(story)
    _first_day(story)
    _day_with_a_bad_row(story)
    _day_with_trouble(story)
    _mistakes(story)
    _worker(story)


def _set_up(story: Story) -> None:
    story.say_all({"run without settings": ("run", "accounts"), "doctor without settings": ("doctor", "--json")})
    story.say_by_script("init", "init", "--sandbox", str(story.data))
    story.facts["mode of drawbar.toml"] = (story.folder / "drawbar.toml").stat().st_mode & 0o777
    story.facts["drawbar.toml"] = (story.folder / "drawbar.toml").read_text()
    story.say_all({
        "init again": ("init",),
        "init again as JSON": ("init", "--json"),
        "init over it": ("init", "--sandbox", str(story.data)),
        "connect QuickBooks": (
            "quickbooks", "connect", "--file", str(story.data / "quickbooks_online" / "refresh_token")
        ),
        "doctor": ("doctor",),
        "doctor as JSON": ("doctor", "--json"),
        "jobs": ("jobs",),
        "jobs as JSON": ("jobs", "--json"),
    })  # fmt: skip


def _first_day(story: Story) -> None:
    story.sandbox("canary phone", "edit", "LS00000001", f"PHONE={PHONE}", "--entity", "lessees", "--json")
    note = story.rows("notes.csv")[0]["NOTE_NO"]
    story.sandbox("canary note", "edit", note, f"TEXT=Gave {SSN} and {PHONE}", "--entity", "notes")
    story.say("deliveries as JSON", "leaseworks", "deliveries", "--json")
    before = story.database()
    story.sandbox("meter cleared", "meter", "--clear")
    story.say("rehearsal as JSON", "run", "accounts", "--dry-run", "--json")
    story.say("rehearsal", "run", "accounts", "--dry-run")
    story.facts["database untouched"] = story.database() == before
    story.sandbox("meter after rehearsal", "meter", "--json")
    first = story.say_by_script("first run", "run", "accounts", "--json").json["id"]
    story.say("run without news", "run", "accounts")
    account = story.say("delinquent as JSON", "show", "delinquent", "--json").json[0]["account"]
    story.facts["account"] = account
    story.say_all({
        "runs": ("runs",),
        "runs as JSON": ("runs", "--json"),
        "metrics as JSON": ("metrics", "--json"),
        "one run": ("runs", first),
        "one run as JSON": ("runs", first, "--json"),
        "unknown run": ("runs", "accounts-nope"),
        "account": ("show", "account", account),
        "account as JSON": ("show", "account", account, "--json"),
        "account offline": ("show", "account", account, "--offline", "--json"),
        "unknown account": ("show", "account", "LW99999999"),
    })  # fmt: skip


def _day_with_a_bad_row(story: Story) -> None:
    story.sandbox("day 2", "deliver", "--day", "2", "--json")
    story.sandbox("bad row", "edit", story.facts["account"], "STATUS=Z")
    story.say("run with a bad row", "run", "accounts")
    number = str(story.say("failures as JSON", "failures", "list", "--json").json[0]["number"])
    story.say_all({
        "failures": ("failures",),
        "failure": ("failures", "show", number),
        "failure as JSON": ("failures", "show", number, "--json"),
        "replay rehearsed": ("failures", "replay", number, "--dry-run", "--json"),
        "discard without a reason": ("failures", "discard", number),
        "replay of nothing in particular": ("failures", "replay"),
    })  # fmt: skip
    story.say("replay in vain", "failures", "replay", number, "--json")
    story.say("discard", "failures", "discard", number, "--reason", "A test of ours.", "--json")
    story.say_all({
        "discard twice": ("failures", "discard", number, "--reason", "Again."),
        "audit as JSON": ("audit", "--json"),
        "settled failures as JSON": ("failures", "list", "--all", "--json"),
        "imports as JSON": ("leaseworks", "imports", "--json"),
        "conflicts as JSON": ("show", "conflicts", "--json"),
    })  # fmt: skip


def _day_with_trouble(story: Story) -> None:
    story.sandbox("day 3", "deliver", "--day", "3")
    story.sandbox("fault", "fault", "request-limit", "--always", "--json")
    story.say("run on a spent day", "run", "accounts", "--json")
    story.sandbox("faults", "faults", "--json")
    story.sandbox("faults cleared", "faults", "--clear", "--json")
    story.say("run on the next day", "run", "accounts", "--json")
    story.sandbox("day 4", "deliver", "--day", "4")
    notes = story.delivery() / "notes.csv"
    content = notes.read_bytes()
    notes.write_bytes(content[:-2] + b"\n\n")
    story.say("run with a damaged delivery", "run", "accounts")
    notes.write_bytes(content)
    shutil.move(story.hub / "surveys", story.hub / "elsewhere")
    (story.hub / "surveys").write_text("in the way")
    story.say("run that breaks", "run", "accounts", "--json")
    (story.hub / "surveys").unlink()
    shutil.move(story.hub / "elsewhere", story.hub / "surveys")
    story.say("run after all", "run", "accounts", "--json")


def _mistakes(story: Story) -> None:
    story.say_by_script("unknown job", "run", "nope")
    story.say("wrong setting", "jobs", DRAWBAR_SYNC__BULK_ABOVE="many", DRAWBAR_SALESFORCE__CLIENT_SECRET=WRONG_SECRET)
    story.say_by_script("missing secret", "jobs", DRAWBAR_SALESFORCE__PRIVATE_KEY="env:NOT_SET")
    story.say("doctor with a wrong password", "doctor", DRAWBAR_LEASEWORKS__SFTP__PASSWORD=WRONG_SECRET)
    story.say(
        "doctor with a wrong user", "doctor", "--json", DRAWBAR_SALESFORCE__USERNAME="nobody@drawbar.example",
        DRAWBAR_SALESFORCE__CLIENT_SECRET=WRONG_SECRET,
    )  # fmt: skip


def _worker(story: Story) -> None:
    """Start a worker and stop it as a service manager does."""
    process = subprocess.Popen(
        [SCRIPT, "worker", "--json"],
        cwd=story.folder,
        env=story.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = ""
    while "Stop with Ctrl-C" not in said:
        line = process.stderr.readline()
        assert line, "the worker ended by itself"
        said += line
    process.send_signal(signal.SIGTERM)
    out, rest = process.communicate(timeout=60)
    story.done["worker"] = Done(("worker", "--json"), process.returncode, out, said + rest)
