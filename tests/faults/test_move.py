"""A hub moves to another database with everything in flight, and its work is gone on with there."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drawbar.jobs.database_state import database_state
from drawbar.jobs.hub import HubDatabase
from drawbar.jobs.in_flight import InFlight
from drawbar.jobs.moving import Compared, Move
from drawbar.jobs.plans import planning
from drawbar.jobs.wiring import open_hub_database
from drawbar.middleware.database.migrate import require_current
from drawbar.middleware.database.relocation import HubMoved
from drawbar.middleware.errors import StopRun
from drawbar.middleware.locks import LockTaken
from tests.faults.checker import Checker
from tests.faults.conftest import LONG
from tests.faults.worker_process import BOUNDARIES, MOVE_BOUNDARIES, Work
from tests.faults.workers import Workers, eventually, finished, killed
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg, World

RUN = ("accounts-1", "accounts")
BULK = {"bulk_above": 50}
NOW = datetime(2026, 3, 3, tzinfo=UTC)
JOURNEYS = [[each] for each in BOUNDARIES] if LONG else [list(BOUNDARIES)]
ATTEMPTS = [[each] for each in MOVE_BOUNDARIES] if LONG else [list(MOVE_BOUNDARIES)]


def told(boundaries: list[str]) -> str:
    return ", ".join(boundaries) if LONG else "one after the other"


@dataclass(frozen=True)
class Worlds:
    """One hub as settings open it that name its former database, and as others do that name the next."""

    former: World
    next: World

    @contextmanager
    def move(self, *, back: bool = False) -> Iterator[Move]:
        """Give a move from the former to the next database, or back."""
        former, following = (self._database(each) for each in (self.former, self.next))
        try:
            yield Move(following, former) if back else Move(former, following)
        finally:
            former.close()
            following.close()

    def _database(self, world: World) -> HubDatabase:
        return open_hub_database(world.settings, world.settings.database_url)

    def carry_out(self, *, back: bool = False) -> list[Compared]:
        with self.move(back=back) as move:
            return move.carry_out(actor="ada", now=NOW, progress=lambda *_: None)

    def undo(self) -> None:
        with self.move() as move:
            move.undo(actor="ada", now=NOW)

    def in_flight(self) -> tuple[InFlight, InFlight]:
        with self.move() as move:
            return database_state(move.source).in_flight, database_state(move.destination).in_flight


@pytest.fixture
def onto_server(open_world: OpenWorld, new_postgres_hub_url: str) -> Worlds:
    """A hub on SQLite that shall move to PostgreSQL."""
    return Worlds(open_world(sync=BULK), open_world(url=new_postgres_hub_url, sync=BULK))


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def worlds(request: pytest.FixtureRequest, onto_server: Worlds) -> Worlds:
    return onto_server if request.param == "to PostgreSQL" else Worlds(onto_server.next, onto_server.former)


def refuses_work(world: World) -> bool:
    try:
        require_current(world.hub.engine)
    except HubMoved:
        return True
    return False


@pytest.mark.fault(30)
@pytest.mark.parametrize("boundaries", JOURNEYS, ids=told)
def test_a_run_whose_hub_moves_to_and_fro_after_each_death_ends_well(
    onto_server: Worlds, workers: Workers, org: ServedOrg, days: list[Path], boundaries: list[str]
) -> None:
    worlds = onto_server
    worlds.former.deliver(days[0])
    begun = set()
    for boundary in boundaries:
        assert finished(workers.start(Work(worlds.former.settings, [RUN], die_at=boundary))) == -signal.SIGKILL
        begun.add(worlds.former.outcome(RUN[0]).started_at)
        compared = worlds.carry_out()
        assert [each for each in compared if each.source != each.destination] == []
        before, after = worlds.in_flight()
        assert before == after
        assert (refuses_work(worlds.former), refuses_work(worlds.next)) == (True, False)
        worlds = Worlds(worlds.next, worlds.former)

    assert finished(workers.start(Work(worlds.former.settings, [RUN]))) == 0

    assert Checker(worlds.former.hub, org, days[:1]).disagreements() == []
    ended = worlds.former.outcome(RUN[0])
    assert (ended.state, begun) == ("succeeded", {ended.started_at})


@pytest.mark.fault(30)
def test_a_run_by_plan_that_died_half_way_keeps_its_approval(
    worlds: Worlds, workers: Workers, org: ServedOrg, days: list[Path]
) -> None:
    worlds.former.deliver(days[0])
    with planning(worlds.former.hub, by="ada", accept_shrink=False, progress=lambda *_: None) as opened:
        approved = {"accept_shrink": False, "plan": opened.plan.as_json()}
    dying = Work(worlds.former.settings, [RUN], die_at="after rows were claimed", parameters=approved)
    assert finished(workers.start(dying)) == -signal.SIGKILL

    worlds.carry_out()

    assert finished(workers.start(Work(worlds.next.settings, [RUN], parameters=approved))) == 0
    ended = worlds.next.outcome(RUN[0])
    assert (ended.state, ended.summary["plan"]["id"]) == ("succeeded", opened.plan.id)
    assert Checker(worlds.next.hub, org, days[:1]).disagreements() == []


@pytest.mark.fault(30)
def test_claims_and_a_bulk_job_that_is_open_in_salesforce_go_along(
    worlds: Worlds, workers: Workers, org: ServedOrg, days: list[Path]
) -> None:
    worlds.former.deliver(days[0])
    process = workers.start(Work(worlds.former.settings, [RUN], die_at="in the middle of the results"))
    assert finished(process) == -signal.SIGKILL

    worlds.carry_out()

    (job,) = worlds.in_flight()[1].bulk_jobs
    assert (job.uploaded, bool(job.job_id)) == (True, True)
    assert worlds.in_flight()[1].claimed > 0
    org.forget_counts()
    assert finished(workers.start(Work(worlds.next.settings, [RUN]))) == 0
    unsent = sum(map(len, org.everything().values())) - len(org.records(job.object)) - earlier(org, job.object)
    assert org.sent() == unsent


def earlier(org: ServedOrg, object_name: str) -> int:
    """Count what stands before an object in the order of delivery."""
    names = list(org.everything())
    return sum(len(org.records(name)) for name in names[: names.index(object_name)])


@pytest.mark.fault(30)
@pytest.mark.parametrize("boundaries", ATTEMPTS, ids=told)
def test_a_move_that_is_killed_keeps_nothing_or_all_and_is_repeated(
    worlds: Worlds, workers: Workers, org: ServedOrg, days: list[Path], boundaries: list[str]
) -> None:
    worlds.former.deliver(days[0])
    dying = Work(worlds.former.settings, [RUN], die_at="in the middle of the results")
    assert finished(workers.start(dying)) == -signal.SIGKILL
    with worlds.move() as move:
        whole = database_state(move.source).rows

    for boundary in boundaries:
        url = worlds.next.settings.database_url
        assert finished(workers.move(worlds.former.settings, url, die_at=boundary)) == -signal.SIGKILL
        with worlds.move() as move:
            kept = database_state(move.destination).rows
        assert not any(kept.values()) or kept | {"audit": 0} == whole | {"audit": 0}
    compared = worlds.carry_out()

    assert any(kept.values()) == (compared == [])
    assert [each for each in compared if each.source != each.destination] == []
    assert (refuses_work(worlds.former), refuses_work(worlds.next)) == (True, False)
    assert finished(workers.start(Work(worlds.next.settings, [RUN]))) == 0
    assert Checker(worlds.next.hub, org, days[:1]).disagreements() == []


@pytest.mark.fault(30)
def test_nothing_is_moved_while_a_worker_lives(worlds: Worlds, workers: Workers) -> None:
    asked = worlds.former.context("deliver", {})
    idle = workers.serve(worlds.former.settings)
    eventually(lambda: worlds.former.outcome(asked.run_id).finished_at, "the end of a run")

    with pytest.raises(LockTaken, match="a worker, a run or another command is at work"):
        worlds.carry_out()
    killed(idle)

    assert carried_out_at_last(worlds)


def carried_out_at_last(worlds: Worlds) -> list[Compared]:
    """Move as soon as the server has noticed that a process is gone, which ends its locks."""
    until = time.monotonic() + 60
    while True:
        try:
            return worlds.carry_out()
        except LockTaken:
            assert time.monotonic() < until, "the locks of a dead process do not end"
            time.sleep(0.05)


@pytest.mark.fault(30)
def test_a_worker_that_was_not_told_of_the_move_does_nothing(worlds: Worlds, workers: Workers) -> None:
    worlds.carry_out()

    assert finished(workers.serve(worlds.former.settings)) == 1


def test_a_move_is_taken_back_as_long_as_nothing_was_done_in_the_new_place(
    worlds: Worlds, org: ServedOrg, days: list[Path]
) -> None:
    worlds.former.deliver(days[0])
    worlds.former.run()
    worlds.carry_out()

    worlds.undo()

    assert (refuses_work(worlds.former), refuses_work(worlds.next)) == (False, True)
    worlds.carry_out()
    worlds.next.deliver(days[1])
    assert worlds.next.run().state == "succeeded", "its numbers go on behind the highest"
    with pytest.raises(StopRun, match="work has been done in"):
        worlds.undo()
    worlds.carry_out(back=True)
    assert (refuses_work(worlds.former), refuses_work(worlds.next)) == (False, True)
    worlds.former.deliver(days[2])
    assert worlds.former.run().state == "succeeded"
    assert Checker(worlds.former.hub, org, days[:3]).disagreements() == []


def test_a_database_with_another_hub_in_it_is_left_alone(worlds: Worlds, days: list[Path]) -> None:
    worlds.next.deliver(days[0])
    worlds.next.run()

    with pytest.raises(StopRun, match="is not empty; nothing was moved"):
        worlds.carry_out()

    assert not refuses_work(worlds.former)
