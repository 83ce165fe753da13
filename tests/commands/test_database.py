"""`drawbar database` by the installed command, on real databases of both kinds."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import inspect, make_url

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import newest_revision
from tests.postgres import create_database
from tests.processes import DRAWBAR, Process, Words, typed

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def drawbar(tmp_path: Path) -> Command:
    """Give the command in a folder with a hub on SQLite; named arguments are variables of the environment."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return typed(*words, folder=tmp_path, variables=surroundings(tmp_path) | variables)

    (tmp_path / "drawbar.toml").write_text(
        f'[leaseworks]\nsurface = "folder"\n[leaseworks.folder]\npath = {json.dumps(str(tmp_path / "files"))}\n'
    )
    assert run("init").returncode == 0
    return run


def surroundings(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


@pytest.fixture
def server_url(postgres: str) -> str:
    return create_database(postgres)


def without_password(url: str) -> str:
    return f"postgresql://drawbar@{url.partition('@')[2]}"


def variables_of(url: str) -> dict[str, str]:
    """Give the settings of a hub on this database as variables."""
    return {"DRAWBAR_DATABASE__URL": without_password(url), "DRAWBAR_DATABASE__PASSWORD": make_url(url).password or ""}


def test_show_tells_which_database_it_is_what_it_holds_and_what_is_in_flight(drawbar: Command, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "drawbar-data" / "drawbar.db")) as hub:
        hub.execute(
            "INSERT INTO run (id, job, state, queued_at) VALUES ('accounts-1', 'accounts', 'running', '2026-03-02')"
        )
        hub.execute(
            "INSERT INTO bulk_job VALUES ('c1', 'salesforce', 'Vehicle__c', '750A', 1, 'accounts-1', '2026-03-02')"
        )
        hub.commit()

    told = json.loads(drawbar("database", "show", "--json").stdout)
    shown = drawbar("database", "show").stdout

    assert told["database"] == f"sqlite:///{tmp_path / 'drawbar-data' / 'drawbar.db'}"
    assert (told["revision"], told["bytes"] > 0, told["moved_to"]) == (newest_revision(), True, None)
    assert [run["id"] for run in told["in_flight"]["runs"]] == ["accounts-1"]
    assert told["in_flight"]["bulk_jobs"] == [
        {"object": "Vehicle__c", "job_id": "750A", "uploaded": True, "run_id": "accounts-1"}
    ]
    assert "bulk job 750A of Vehicle__c, uploaded, run accounts-1" in shown
    assert "run accounts-1: running" in shown


def test_every_table_that_a_hub_has_is_shown_and_moved(drawbar: Command, tmp_path: Path, server_url: str) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'drawbar-data' / 'drawbar.db'}")
    there = set(inspect(engine).get_table_names()) - {"alembic_version", "relocation"}
    engine.dispose()

    shown = json.loads(drawbar("database", "show", "--json").stdout)["rows"]
    moved = json.loads(drawbar("database", "move", "--to", "env:NEXT", "--json", NEXT=server_url).stdout)

    assert shown.keys() == there
    assert there < {each["table"] for each in moved["tables"]}
    assert [each for each in moved["tables"] if each["source"] != each["destination"]] == []


def test_a_move_says_what_to_write_into_the_settings_and_shows_no_password(drawbar: Command, server_url: str) -> None:
    rehearsed = drawbar("database", "move", "--to", "env:NEXT", "--dry-run", NEXT=server_url)
    rehearsed_json = drawbar("database", "move", "--to", "env:NEXT", "--dry-run", "--json", NEXT=server_url)
    moved = drawbar("database", "move", "--to", "env:NEXT", NEXT=server_url)
    again = drawbar("database", "move", "--to", "env:NEXT", NEXT=server_url)

    assert "Dry run; nothing was written." in rehearsed.stdout
    assert json.loads(rehearsed_json.stdout)["destination"] == without_password(server_url)
    assert f'[database]\nurl = "{without_password(server_url)}"\npassword = "env:NAME"' in moved.stdout
    assert moved.stdout.endswith("Then run: drawbar doctor\n")
    assert "An earlier move had come to its end" in again.stdout
    password = make_url(server_url).password or "?"
    for done in (rehearsed, rehearsed_json, moved, again):
        assert (done.returncode, password in done.stdout + done.stderr) == (0, False), done.stderr


def test_no_command_works_on_a_database_from_which_the_hub_has_moved(drawbar: Command, server_url: str) -> None:
    assert drawbar("database", "move", "--to", "env:NEXT", NEXT=server_url).returncode == 0

    for words in (
        ("runs",),
        ("worker",),
        ("init",),
        ("run", "deliver"),
        ("failures",),
        ("database", "backup", "b.zip"),
    ):
        refused = drawbar(*words)
        assert refused.returncode == 3, words
        assert f"this hub has moved to {without_password(server_url)}" in refused.stderr
        assert "Set database.url to it" in refused.stderr
    assert "this hub has moved to" in drawbar("doctor").stdout
    assert "The hub has moved to" in drawbar("database", "show").stdout
    there = drawbar("audit", "--json", **variables_of(server_url))
    assert [line["action"] for line in json.loads(there.stdout)["lines"]] == ["move database"]


def test_a_move_is_taken_back(drawbar: Command, server_url: str) -> None:
    assert drawbar("database", "move", "--to", "env:NEXT", NEXT=server_url).returncode == 0

    undone = drawbar("database", "move", "--to", "env:NEXT", "--undo", NEXT=server_url)

    assert (undone.returncode, "is in sqlite:///" in undone.stdout) == (0, True), undone.stderr
    assert drawbar("runs").returncode == 0
    assert drawbar("runs", **variables_of(server_url)).returncode == 3
    nothing = drawbar("database", "move", "--to", "env:NEXT", "--undo", "--json", NEXT=server_url)
    assert (nothing.returncode, "has not moved away" in nothing.stderr) == (3, True)


@pytest.mark.parametrize(
    ("url", "code", "why"),
    [
        ("postgresql://drawbar:hunter2@db.example/drawbar", 2, "holds a password"),
        ("postgresql://db.example/drawbar?password=hunter2", 2, "holds a password"),
        ("env:NOT_SET", 3, "NOT_SET is not set"),
        ("mysql://db.example/drawbar", 2, "is neither postgresql:// nor sqlite:///"),
        ("nonsense", 2, "is not a database URL"),
        ("env:SECRET_URL", 3, "cannot be opened"),
        ("sqlite:///elsewhere.db", 3, "both databases are SQLite files"),
    ],
)
def test_where_a_hub_cannot_move_to_is_said_without_the_password(
    drawbar: Command, url: str, code: int, why: str
) -> None:
    refused = drawbar(
        "database", "move", "--to", url, SECRET_URL="postgresql://drawbar:hunter2@127.0.0.1:1/drawbar?connect_timeout=2"
    )

    assert (refused.returncode, why in refused.stderr) == (code, True), refused.stderr
    assert "hunter2" not in refused.stderr + refused.stdout


@pytest.fixture
def worker(drawbar: Command, tmp_path: Path) -> Iterator[Process]:
    """A worker that waits for its schedule."""
    process = Process.start(Words(DRAWBAR, ("worker",), str(tmp_path), surroundings(tmp_path)))
    while "Stop with Ctrl-C" not in process.stderr.readline():
        assert process.poll() is None
    yield process
    process.kill()
    process.communicate()


def test_a_move_is_refused_while_a_worker_lives_and_a_backup_is_not(
    drawbar: Command, worker: Process, server_url: str, tmp_path: Path
) -> None:
    refused = drawbar("database", "move", "--to", "env:NEXT", NEXT=server_url)
    backed_up = drawbar("database", "backup", "hub.zip", "--json")

    assert refused.returncode == 4
    assert "a worker, a run or another command is at work on sqlite:///" in refused.stderr
    assert "Stop the worker" in refused.stderr
    assert backed_up.returncode == 0, backed_up.stderr
    assert json.loads(backed_up.stdout)["files"].keys() >= {"drawbar.db", "engine.db"}
    assert (tmp_path / "hub.zip").stat().st_mode & 0o777 == 0o600


def test_a_backup_is_restored_where_no_hub_is(drawbar: Command, tmp_path: Path) -> None:
    made = drawbar("database", "backup", "hub.zip")
    in_the_way = drawbar("database", "restore", "hub.zip")
    (tmp_path / "drawbar-data").rename(tmp_path / "aside")

    restored = drawbar("database", "restore", "hub.zip")
    with ZipFile(tmp_path / "hub.zip") as archive:
        names = archive.namelist()

    assert "Wrote hub.zip: made" in made.stdout
    assert (in_the_way.returncode, "holds a hub already (drawbar.db)" in in_the_way.stderr) == (3, True)
    assert (restored.returncode, "Restored: made" in restored.stdout) == (0, True), restored.stderr
    assert "drawbar run accounts" in restored.stdout
    assert names == ["manifest.json", "drawbar.db"]
    assert drawbar("runs").returncode == 0


def test_a_damaged_backup_restores_nothing(drawbar: Command, tmp_path: Path) -> None:
    assert drawbar("database", "backup", "hub.zip").returncode == 0
    (tmp_path / "drawbar-data").rename(tmp_path / "aside")
    with ZipFile(tmp_path / "hub.zip") as good, ZipFile(tmp_path / "other.zip", "w") as bad:
        bad.writestr("manifest.json", good.read("manifest.json"))
        bad.writestr("drawbar.db", good.read("drawbar.db")[:-1] + b"x")
    (tmp_path / "half.zip").write_bytes((tmp_path / "hub.zip").read_bytes()[:500])

    refused = {name: drawbar("database", "restore", name, "--json") for name in ("other.zip", "half.zip")}

    assert "holds a drawbar.db that has not the checksum of its manifest" in refused["other.zip"].stderr
    assert "is not a whole backup" in refused["half.zip"].stderr
    assert {done.returncode for done in refused.values()} == {4}
    assert not (tmp_path / "drawbar-data" / "drawbar.db").exists()


def test_postgresql_is_backed_up_by_its_own_means(drawbar: Command, server_url: str) -> None:
    refused = drawbar("database", "backup", "hub.zip", **variables_of(server_url))

    assert (refused.returncode, "Use pg_dump and pg_restore" in refused.stderr) == (3, True)
