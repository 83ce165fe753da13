"""Runs survive the death of their process; runs of one job never overlap; each tick fires once; locks end with life."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.locks import HeldLock, Locks, LockTaken
from drawbar.middleware.watchdog import HUNG_EXIT_CODE
from drawbar.sandbox.faults import Fault
from tests.faults.wire import Wire
from tests.jobs import naive
from tests.jobs.world import ServedOrg
from tests.processes import DRAWBAR, Process, Words, stands_still

ROOT = Path(__file__).parent.parent.parent

Start = Callable[..., Process]


class Place:
    """Where processes meet: a database, and a folder with the lines that they leave."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def lines(self) -> list[list[str]]:
        path = self.folder / "lines"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def steps(self, run_id: str) -> list[tuple[str, str]]:
        return [(line[1], line[2]) for line in self.lines() if line[0] == run_id]

    def hold(self) -> None:
        (self.folder / "hold").touch()

    def freezes(self, process: Process) -> bool:
        """Freeze a process, unless that is in the midst of a write to SQLite, which would be shut to all others."""
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: stands_still(process.pid))
        for database in self.folder.glob("*.db"):
            with closing(sqlite3.connect(database, timeout=0.5)) as connection, suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                continue
            process.send_signal(signal.SIGCONT)
            return False
        return True

    def let_go(self) -> None:
        (self.folder / "hold").unlink()


def eventually(met: Callable[[], object]) -> None:
    """Wait until a condition is met, at most a minute."""
    until = time.monotonic() + 60
    while not met():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Place:
    return Place(database_url, tmp_path)


@pytest.fixture
def start(place: Place) -> Iterator[Start]:
    started: list[Process] = []

    def start(task: str, *more: str, url: str = "", queues: str = "jobs,parts") -> Process:
        words = more if task == "lock" else (queues, *more)
        arguments = (task, url or place.url, str(place.folder), *words)
        process = Process.start(Words("tests.jobs.engine_process", arguments, str(ROOT), dict(os.environ)))
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()


WHOLE = [(str(number), what) for number in range(1, 5) for what in ("begins", "ends")]


def test_a_run_whose_process_is_killed_is_finished_by_the_next_without_repeating_recorded_steps(
    place: Place, start: Start
) -> None:
    place.hold()
    killed = start("work", "first:run-1")
    eventually(lambda: ("3", "begins") in place.steps("run-1"))
    killed.kill()
    killed.wait()
    place.let_go()

    assert start("work", ":run-1").wait(60) == 0

    expected = Counter(WHOLE) + Counter([("3", "begins")])
    assert Counter(place.steps("run-1")) == expected


def test_a_frozen_process_keeps_its_run_until_it_dies(place: Place, start: Start) -> None:
    place.hold()
    frozen = start("work", "first:run-1")
    eventually(lambda: ("3", "begins") in place.steps("run-1"))
    eventually(lambda: place.freezes(frozen))
    place.let_go()
    sweeping = start("work", "apart:other", ":run-1")
    eventually(lambda: ("4", "ends") in place.steps("other"))
    time.sleep(2.5)  # two sweeps, after which the runs of a dead process would be taken over
    assert place.steps("run-1") == WHOLE[:5]

    frozen.kill()

    assert sweeping.wait(60) == 0
    assert Counter(place.steps("run-1")) == Counter(WHOLE) + Counter([("3", "begins")])


PARTS = range(1, 7)
ANSWERS = [[f"{10 * number}" for number in PARTS]]


def answers(place: Place) -> list[list[str]]:
    return [line[2:-1] for line in place.lines() if line[1] == "answers"]


def parts_begun(place: Place) -> dict[str, set[str]]:
    """Give the parts that each process has begun, by its id."""
    begun: dict[str, set[str]] = {}
    for line in place.lines():
        if line[2] == "begins" and "/" in line[0]:
            begun.setdefault(line[-1], set()).add(line[1])
    return begun


def effects(place: Place) -> Counter[int]:
    engine = open_database(place.url)
    with engine.connect() as connection:
        found = Counter(connection.execute(text("SELECT part FROM effect")).scalars())
    engine.dispose()
    return found


@pytest.fixture
def effect_table(place: Place) -> None:
    engine = open_database(place.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE effect (part INTEGER)"))
    engine.dispose()


@pytest.mark.usefixtures("effect_table")
def test_parts_of_a_run_are_shared_by_all_processes_and_taken_over_from_one_that_is_killed(
    place: Place, start: Start
) -> None:
    place.hold()
    first = start("work", "split:run-1")
    others = [start("work", ":run-1", queues="parts") for _ in range(2)]
    eventually(lambda: len(parts_begun(place)) == 3)
    lost = parts_begun(place)[str(others[0].pid)]
    others[0].kill()
    place.let_go()

    assert [first.wait(60), others[1].wait(60)] == [0, 0]

    assert effects(place) == dict.fromkeys(PARTS, 1)
    assert answers(place) == ANSWERS
    again = [line[1] for line in place.lines() if line[2] == "begins" and "/" in line[0]]
    assert Counter(again) == Counter(map(str, PARTS)) + Counter(lost)


@pytest.mark.usefixtures("effect_table")
def test_a_run_whose_process_dies_while_its_parts_are_done_elsewhere_gets_their_answers_and_repeats_none(
    place: Place, start: Start
) -> None:
    place.hold()
    killed = start("work", "split:run-1", queues="jobs")
    parts = start("work", ":run-1", queues="parts")
    eventually(lambda: parts_begun(place))
    killed.kill()
    killed.wait()
    place.let_go()

    assert start("work", ":run-1", queues="jobs").wait(60) == parts.wait(60) == 0

    assert effects(place) == dict.fromkeys(PARTS, 1)
    assert answers(place) == ANSWERS


@pytest.mark.usefixtures("effect_table")
def test_a_process_whose_work_hangs_ends_itself_and_another_does_the_work(place: Place, start: Start) -> None:
    (place.folder / "hang").touch()
    hung = start("work", "split:run-1")

    assert hung.wait(60) == HUNG_EXIT_CODE

    assert start("work", ":run-1").wait(60) == 0
    assert effects(place) == dict.fromkeys(PARTS, 1)
    assert answers(place) == ANSWERS


@pytest.mark.fault(4)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("effect_table")
def test_what_a_process_commits_after_others_took_its_work_over_is_refused(place: Place, start: Start) -> None:
    url = make_url(place.url)
    wire = Wire(url.port or 0)
    place.hold()
    cut_off = start("work", "split:run-1", url=url.set(port=wire.port).render_as_string(hide_password=False))
    eventually(lambda: parts_begun(place))
    wire.cut()
    other = start("work", ":run-1")
    eventually(lambda: parts_begun(place).get(str(other.pid)))
    place.let_go()
    assert other.wait(60) == 0
    wire.heal()

    assert cut_off.wait(60) == 0

    attempts = Counter(line[1] for line in place.lines() if line[2] == "begins" and "/" in line[0])
    assert max(attempts.values()) >= 3, "the process that was cut off did not try again"
    assert effects(place) == dict.fromkeys(PARTS, 1)
    assert answers(place) == ANSWERS
    wire.close()


def test_runs_under_one_lock_never_overlap_whichever_process_takes_them(place: Place, start: Start) -> None:
    place.hold()
    one = start("work", "first:run-1", "second:run-2")
    other = start("work", "second:run-3", "first:run-4", "apart:run-5", "apart:run-6")
    together, apart = {"run-1", "run-2", "run-3", "run-4"}, {"run-5", "run-6"}

    def at_the_held_step(runs: set[str]) -> set[str]:
        return {line[0] for line in place.lines() if line[0] in runs and line[1] == "3"}

    eventually(lambda: at_the_held_step(together) and at_the_held_step(apart))
    time.sleep(0.5)  # two looks at the queue, in which nobody else may begin
    assert (len(at_the_held_step(together)), len(at_the_held_step(apart))) == (1, 1)
    place.let_go()
    assert (one.wait(60), other.wait(60)) == (0, 0)

    order = [line[0] for line in place.lines() if line[0] in together]
    assert len(order) == 32
    assert [len({*order[start : start + 8]}) for start in range(0, 32, 8)] == [1] * 4
    assert Counter(order) == dict.fromkeys(together, 8)


def test_each_tick_starts_one_run_although_two_processes_watch_the_clock(place: Place, start: Start) -> None:
    watchers = [start("tick"), start("tick")]

    def ticks() -> Counter[str]:
        return Counter(line[1] for line in place.lines() if line[0] == "tick")

    eventually(lambda: len(ticks()) >= 3)
    (place.folder / "enough").touch()
    assert [watcher.wait(60) for watcher in watchers] == [0, 0]

    assert set(ticks().values()) == {1}
    begun = Counter(line[0] for line in place.lines() if line[1:3] == ["1", "begins"])
    assert set(begun.values()) <= {1}
    assert len(begun) >= 1


def test_a_lock_lasts_as_long_as_its_process_also_when_that_is_frozen(place: Place, start: Start) -> None:
    engine = open_database(place.url)
    locks = Locks(engine, place.folder / "locks")
    holder = start("lock", "target")
    assert holder.stdout.readline() == "held\n"
    assert locks.take("target") is None
    with pytest.raises(LockTaken, match="another process is at delivering"), locks.held("target", "delivering"):
        pass
    other = locks.take("another")
    assert other is not None

    holder.send_signal(signal.SIGSTOP)
    assert locks.take("target") is None
    holder.send_signal(signal.SIGKILL)

    obtained: list[HeldLock] = []

    def take() -> bool:
        lock = locks.take("target")
        obtained.extend([lock] if lock else [])
        return lock is not None

    eventually(take)
    assert locks.take("target") is None
    obtained[0].release()
    eventually(take)
    for lock in (obtained[1], other):
        lock.release()
    engine.dispose()


@pytest.fixture
def drawbar(database_url: str, tmp_path: Path, org: ServedOrg) -> Callable[..., Process]:
    """Give a function that starts the real command line on a hub of its own, whose tables are ready."""
    files, settings = tmp_path / "leaseworks", tmp_path / "drawbar.toml"
    for name in ("outbound", "archive"):
        (files / name).mkdir(parents=True)
    settings.write_text(
        f"""
        data_folder = "{tmp_path / "data"}"
        [database]
        url = "{database_url}"
        [leaseworks]
        surface = "folder"
        [leaseworks.folder]
        path = "{files}"
        [salesforce]
        login_url = "{org.url}"
        auth = "client_credentials"
        client_id = "{org.local.client.client_id}"
        client_secret = "env:CLIENT_SECRET"
        """
    )
    environment = os.environ | {"CLIENT_SECRET": org.local.client.client_secret, "DRAWBAR_SETTINGS": str(settings)}

    def run(*words: str) -> Process:
        return Process.start(Words(DRAWBAR, words, str(tmp_path), environment))

    created = run("init")
    created.communicate()
    assert created.returncode == 0
    return run


def test_a_run_that_is_killed_while_it_delivers_is_finished_by_the_next_command(
    drawbar: Callable[..., Process], tmp_path: Path, org: ServedOrg, days: list[Path]
) -> None:
    shutil.copytree(days[0], tmp_path / "leaseworks" / "outbound" / days[0].name)
    org.local.faults.arm(Fault(kind="latency", seconds=2, path="*/composite/sobjects/Vehicle__c/*"))
    killed = drawbar("run", "accounts")
    eventually(lambda: org.local.faults.listed()[0]["fired"])
    killed.kill()
    killed.communicate()
    org.forget_counts()

    following = drawbar("run", "deliver", "--json")
    assert json.loads(following.communicate()[0])["state"] == "succeeded"

    listed = json.loads(drawbar("runs", "--json").communicate()[0])
    assert {run["job"]: run["state"] for run in listed} == {"accounts": "succeeded", "deliver": "succeeded"}
    assert (tmp_path / "leaseworks" / "archive" / days[0].name).is_dir()
    for object_name in naive.COLUMNS:
        assert org.records(object_name).keys() == naive.expected(days[0], object_name).keys()
    not_yet = ("Vehicle__c", "Payment__c", "Collection_Note__c", "Promise_To_Pay__c", "Case")
    once = sum(len(org.records(name)) for name in not_yet)
    assert once <= org.sent() <= once + len(org.records("Vehicle__c"))
