"""The hub's database fails under the hub: PostgreSQL crashes, the disk is full."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.runs import Runs
from tests.faults.checker import Checker
from tests.faults.conftest import Times
from tests.faults.worker_process import Work
from tests.faults.workers import Workers, eventually, finished
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg, World
from tests.postgres import create_database, postgres_program, postgres_server, unprivileged


class MortalServer:
    """A PostgreSQL server that can be made to crash."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(f"{url}/postgres") as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        self.folder = Path(row[0])

    def crash(self) -> None:
        """End as a server does whose machine fails, and start again with the same options."""
        again = [postgres_program("pg_ctl"), "-D", str(self.folder), "-w", "-m", "immediate"]
        log = ["-l", str(self.folder.parent / "log")]
        subprocess.run(unprivileged([*again, *log, "restart"]), check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="module")
def mortal_server() -> Iterator[MortalServer]:
    with postgres_server() as url:
        yield MortalServer(url)


@pytest.mark.fault(5)
def test_a_database_that_crashes_and_comes_back_costs_no_record(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], mortal_server: MortalServer, times: Times
) -> None:
    world = open_world(url=create_database(mortal_server.url), sync={"bulk_above": 50})
    for folder in days:
        world.deliver(folder)
    running = workers.start(Work(world.settings, [("accounts-1", "accounts")]))
    eventually(lambda: is_under_way(world, "accounts-1"), "the run")
    dice, crashes = random.Random(5), 0
    while running.is_alive() and crashes < times(2, 20):
        time.sleep(dice.uniform(1, 2))
        mortal_server.crash()
        crashes += 1

    assert finished(running) == 0
    state = world.outcome("accounts-1").state
    print(f"{crashes} crashes; the run {state}")  # noqa: T201
    assert state == "succeeded"
    assert Checker(world.hub, org, days).disagreements() == []


def is_under_way(world: World, run_id: str) -> bool:
    """Say whether a worker has begun a run: a process that only starts ends with the database, and is started anew."""
    with reading(world.hub.engine) as connection:
        return any(each.id == run_id and each.started_at for each in Runs(connection).latest())
