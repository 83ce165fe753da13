"""A backup that was made while a run works is whole, of one moment, and can be gone on with."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from drawbar.jobs.backup import BackupDesk
from drawbar.jobs.wiring import Settings, open_hub_database
from tests.faults.checker import Checker
from tests.faults.test_kills import delivered_rows
from tests.faults.worker_process import Work
from tests.faults.workers import Workers, finished
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg

RUN = ("accounts-1", "accounts")
NOW = datetime(2026, 3, 3, tzinfo=UTC)


def backed_up(settings: Settings, archive: Path) -> Path:
    database = open_hub_database(settings, settings.database_url)
    BackupDesk(settings.data_folder, database).back_up(archive, NOW)
    database.close()
    return archive


def restored(settings: Settings, archive: Path) -> None:
    database = open_hub_database(settings, settings.database_url)
    BackupDesk(settings.data_folder, database).restore(archive)
    database.close()


def feeds_without_fingerprints(hub: Path) -> list[str]:
    held = "SELECT sum(rows) FROM fingerprint_segment WHERE feed = f.name AND generation = f.generation"
    lacking = f"SELECT f.name FROM feed AS f WHERE f.rows <> coalesce(({held} AND fingerprint_segment.name = 'key'), 0)"
    with closing(sqlite3.connect(hub)) as connection:
        return [name for (name,) in connection.execute(lacking)]


@pytest.mark.fault(29)
def test_a_backup_made_while_a_run_works_holds_what_was_committed_and_is_gone_on_with(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], tmp_path: Path
) -> None:
    world = open_world(sync={"bulk_above": 50})
    for folder in days[:2]:
        world.deliver(folder)
    hub = world.settings.data_folder / "drawbar.db"
    archives: list[tuple[set[tuple[int, str]], Path]] = []
    running = workers.start(Work(world.settings, [RUN]))
    while running.is_alive():
        committed = delivered_rows(hub)
        archives.append((committed, backed_up(world.settings, tmp_path / f"{len(archives)}.zip")))
    assert finished(running) == 0

    for number, (committed, archive) in enumerate(archives):
        elsewhere = world.settings.model_copy(update={"data_folder": tmp_path / f"restored-{number}"})
        restored(elsewhere, archive)
        with ZipFile(archive) as packed:
            assert (
                set(packed.namelist()) - {"manifest.json"} == json.loads(packed.read("manifest.json"))["files"].keys()
            )
        assert committed <= delivered_rows(elsewhere.data_folder / "drawbar.db")
        assert feeds_without_fingerprints(elsewhere.data_folder / "drawbar.db") == []

    after = open_world(f"restored-{len(archives) // 2}", sync={"bulk_above": 50})
    for folder in days[:2]:
        if folder.name not in after.waiting():
            shutil.move(after.files / "archive" / folder.name, after.files / "outbound")
    assert finished(workers.start(Work(after.settings, [RUN]))) == 0
    assert Checker(after.hub, org, days[:2]).disagreements() == []
