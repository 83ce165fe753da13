"""A process that dies, freezes or is asked to stop, wherever it is, loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from drawbar.middleware.sync.runs import Runs
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from tests.faults.checker import Checker
from tests.faults.conftest import LONG, Times
from tests.faults.worker_process import BOUNDARIES, Work
from tests.faults.workers import Workers, eventually, finished, halted, killed
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg, World

RUN = ("accounts-1", "accounts")
SLOW_VEHICLES = Fault(kind="latency", seconds=2, path="*/composite/sobjects/Vehicle__c/*")
JOURNEYS = [[each] for each in BOUNDARIES] if LONG else [list(BOUNDARIES)]


def everything_once(org: ServedOrg) -> int:
    """Count the records that stand in the org."""
    return sum(map(len, org.everything().values()))


@pytest.mark.fault(2)
@pytest.mark.parametrize("boundaries", JOURNEYS, ids=lambda each: ", ".join(each) if LONG else "one after the other")
def test_a_run_whose_processes_die_at_boundaries_is_ended_by_the_next(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], boundaries: list[str]
) -> None:
    world = open_world(sync={"bulk_above": 50})
    world.deliver(days[0])

    deaths = {each: finished(workers.start(Work(world.settings, [RUN], die_at=each))) for each in boundaries}
    assert finished(workers.start(Work(world.settings, [RUN]))) == 0

    assert deaths == dict.fromkeys(boundaries, -signal.SIGKILL)
    assert Checker(world.hub, org, days[:1]).disagreements() == []
    assert world.outcome(RUN[0]).state == "succeeded"


@pytest.mark.fault(1)
@pytest.mark.parametrize("bulk_above", [2_000, 50], ids=["by calls", "by bulk"])
def test_random_kills_neither_lose_nor_double_a_record(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, tmp_path: Path, times: Times, bulk_above: int
) -> None:
    world = open_world(sync={"bulk_above": bulk_above})
    folders = write_deliveries(tmp_path / "lender", BookPlan(accounts=times(150, 9_000), seed=bulk_above), 2)
    for folder in folders:
        world.deliver(folder)
    dice, kills = random.Random(bulk_above), 0
    while kills < times(3, 200) and world_is_busy(world):
        process = workers.start(Work(world.settings, [RUN]))
        time.sleep(dice.uniform(0.3, times(2, 4)))
        if process.is_alive():
            killed(process)
            kills += 1

    assert finished(workers.start(Work(world.settings, [RUN]))) == 0

    assert kills
    assert Checker(world.hub, org, folders).disagreements() == []
    print(f"{kills} kills, {everything_once(org)} records, {org.sent()} sent")  # noqa: T201


def world_is_busy(world: World) -> bool:
    with world.hub.engine.begin() as connection:
        known = [each for each in Runs(connection).latest() if each.id == RUN[0]]
    return not known or known[0].finished_at is None


@pytest.mark.fault(3)
def test_workers_that_are_killed_together_are_followed_by_others(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], new_hub_url: str
) -> None:
    world = open_world(url=new_hub_url)
    world.deliver(days[0])
    runs = [RUN, ("deliver-1", "deliver"), ("deliver-2", "deliver")]
    number = org.local.faults.arm(SLOW_VEHICLES)
    three = [workers.start(Work(world.settings, runs)) for _ in range(3)]
    eventually(lambda: org.local.faults.listed()[0]["fired"], "a call for vehicles")
    for process in three:
        os.kill(process.pid or 0, signal.SIGKILL)
    org.local.faults.clear(number)

    began = time.monotonic()
    assert [finished(workers.start(Work(world.settings, runs))) for _ in range(3)] == [0, 0, 0]

    print(f"recovered after {time.monotonic() - began:.1f} s")  # noqa: T201
    org.settle()  # the call that outlived its client is still written
    assert Checker(world.hub, org, days[:1]).disagreements() == []


@pytest.mark.fault(4)
def test_a_worker_that_freezes_and_wakes_does_its_work_once(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], new_hub_url: str
) -> None:
    world = open_world(url=new_hub_url)
    world.deliver(days[0])
    org.local.faults.arm(SLOW_VEHICLES)
    frozen = workers.start(Work(world.settings, [RUN]))
    eventually(lambda: org.local.faults.listed()[0]["fired"], "a call for vehicles")
    os.kill(frozen.pid or 0, signal.SIGSTOP)
    other = workers.start(Work(world.settings, [("deliver-1", "deliver")]))
    time.sleep(3)  # a dozen sweeps of the other, which would take over from one that is dead after two

    os.kill(frozen.pid or 0, signal.SIGCONT)

    assert [finished(frozen), finished(other)] == [0, 0]
    assert Checker(world.hub, org, days[:1]).disagreements() == []
    assert org.sent() == everything_once(org)


@pytest.mark.fault(8)
def test_a_worker_that_is_asked_to_stop_ends_its_step_and_nothing_is_repeated(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], new_hub_url: str
) -> None:
    world = open_world(url=new_hub_url)
    world.deliver(days[0])
    world.context("accounts", {})
    org.local.faults.arm(SLOW_VEHICLES)
    asked = workers.serve(world.settings)
    eventually(lambda: org.local.faults.listed()[0]["fired"], "a call for vehicles")
    os.kill(asked.pid or 0, signal.SIGTERM)
    assert finished(asked) == 0

    assert finished(workers.start(Work(world.settings, [("deliver-1", "deliver")]))) == 0

    assert Checker(world.hub, org, days[:1]).disagreements() == []
    assert org.sent() == everything_once(org)


@pytest.mark.fault(7, 29)
def test_an_image_of_the_database_taken_under_load_holds_every_committed_row_and_can_be_gone_on_with(
    open_world: OpenWorld, workers: Workers, org: ServedOrg, days: list[Path], tmp_path: Path, times: Times
) -> None:
    world = open_world(sync={"bulk_above": 50})
    for folder in days[:2]:
        world.deliver(folder)
    hub = world.settings.data_folder / "drawbar.db"
    running = workers.start(Work(world.settings, [RUN]))
    eventually(lambda: delivered_rows(hub), "a delivered row")
    dice, images = random.Random(7), 0
    while images < times(5, 200):
        committed = delivered_rows(hub)
        if not halted(running):
            break
        image = shutil.copytree(world.settings.data_folder, tmp_path / f"image-{images}")
        os.kill(running.pid or 0, signal.SIGCONT)
        time.sleep(dice.uniform(0.02, 0.3))  # the next image is of another moment
        assert integrity(image / "drawbar.db") == integrity(image / "engine.db") == "ok"
        assert committed <= delivered_rows(image / "drawbar.db")
        images += 1
    assert finished(running) == 0
    assert images

    restored = open_world(f"image-{images // 2}", sync={"bulk_above": 50})
    for folder in days[:2]:
        if folder.name not in restored.waiting():
            shutil.move(restored.files / "archive" / folder.name, restored.files / "outbound")
    assert finished(workers.start(Work(restored.settings, [RUN]))) == 0

    assert Checker(restored.hub, org, days[:2]).disagreements() == []


def delivered_rows(path: Path) -> set[tuple[int, str]]:
    """Read what the delivery log of a SQLite database holds."""
    connection = sqlite3.connect(path)
    try:
        return set(connection.execute("SELECT id, key FROM delivery"))
    finally:
        connection.close()


def integrity(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()
