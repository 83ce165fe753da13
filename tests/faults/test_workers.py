"""Three workers take big files together, and one of them is killed, freezes, hangs, or is cut off from the database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from drawbar.jobs.wiring import Settings
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import PARTS_QUEUE
from drawbar.middleware.watchdog import HUNG_EXIT_CODE
from tests.faults.checker import Checker
from tests.faults.wire import Wire
from tests.faults.worker_process import GRACE_SECONDS, Work
from tests.faults.workers import Workers, eventually, finished, killed
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg, World

RUN = [("accounts-1", "accounts")]
ROWS_PER_PART = 40
"""So many that the first entity that is cut has one part for each of the three."""


class Crew:
    """Three workers on one database: one of runs and parts, two of parts, the last on another machine.

    While `halt` is there each of them stops within the first part that it takes.
    """

    def __init__(self, world: World, workers: Workers, folder: Path) -> None:
        self.world = world
        self.workers = workers
        self.halt = folder / "halted" / "halt"
        self.halt.parent.mkdir()
        self.halt.touch()

    def start(self, last: Settings | None = None, *, last_hangs: bool = False) -> list[ForkServerProcess]:
        """Let them begin, and wait until each is in the middle of a part; `last` are the third one's settings."""
        here = self.world.settings
        elsewhere = (last or here).model_copy(update={"data_folder": here.data_folder / "elsewhere"})
        crew = [
            self.workers.start(Work(here, RUN, halt=self.halt)),
            self.workers.start(Work(here, RUN, queues=[PARTS_QUEUE], halt=self.halt)),
            self.workers.start(Work(elsewhere, RUN, queues=[PARTS_QUEUE], halt=self.halt, hangs=last_hangs)),
        ]
        eventually(lambda: all(self.is_in_a_part(each) for each in crew), "a part for each")
        return crew

    def is_in_a_part(self, process: ForkServerProcess) -> bool:
        return self.halt.with_name(str(process.pid)).exists()

    def go_on(self) -> None:
        self.halt.unlink()

    def has_ended(self) -> bool:
        return self.world.outcome(RUN[0][0]).finished_at is not None

    def parts(self) -> dict[str, str]:
        """Give the states of all parts so far, by id."""
        listed = text("SELECT workflow_uuid, status FROM dbos.workflow_status WHERE name = 'drawbar.part'")
        with reading(self.world.hub.engine) as connection:
            return {part: state for part, state in connection.execute(listed)}  # noqa: C416  (a row is no pair)


@pytest.fixture
def crew(open_world: OpenWorld, workers: Workers, new_postgres_hub_url: str, tmp_path: Path, days: list[Path]) -> Crew:
    world = open_world(url=new_postgres_hub_url, sync={"split_above": ROWS_PER_PART})
    world.deliver(days[0])
    return Crew(world, workers, tmp_path)


@pytest.fixture
def wire(postgres: str) -> Iterator[Wire]:
    """A wire to the database server."""
    wire = Wire(make_url(postgres).port or 0)
    yield wire
    wire.close()


@pytest.fixture
def all_agrees(crew: Crew, org: ServedOrg, days: list[Path]) -> Callable[[], None]:
    """Give a check that everything was done, and nothing twice."""

    def check() -> None:
        assert crew.world.outcome(RUN[0][0]).state == "succeeded"
        assert Checker(crew.world.hub, org, days[:1]).disagreements() == []
        assert set(crew.parts().values()) == {"SUCCESS"}

    return check


@pytest.mark.fault(1)
@pytest.mark.spec("P25")
def test_the_part_of_a_worker_that_is_killed_is_taken_over(crew: Crew, all_agrees: Callable[[], None]) -> None:
    first, second, third = crew.start()
    killed(second)
    crew.go_on()

    assert [finished(first), finished(third)] == [0, 0]

    all_agrees()


@pytest.mark.fault(1)
def test_the_run_of_a_worker_that_is_killed_goes_on_with_the_parts_that_others_do(
    crew: Crew, all_agrees: Callable[[], None]
) -> None:
    first, second, third = crew.start()
    killed(first)
    crew.go_on()
    following = crew.workers.start(Work(crew.world.settings, RUN))

    assert [finished(each) for each in (second, third, following)] == [0, 0, 0]

    all_agrees()


@pytest.mark.fault(4)
def test_a_worker_that_freezes_for_three_grace_periods_and_wakes_does_its_part_once(
    crew: Crew, all_agrees: Callable[[], None]
) -> None:
    first, second, third = crew.start()
    os.kill(second.pid or 0, signal.SIGSTOP)
    crew.go_on()
    eventually(lambda: list(crew.parts().values()).count("PENDING") == 1, "the end of all parts but the frozen one")
    time.sleep(3 * GRACE_SECONDS)
    assert not crew.has_ended()
    os.kill(second.pid or 0, signal.SIGCONT)

    assert [finished(each) for each in (first, second, third)] == [0, 0, 0]

    all_agrees()


@pytest.mark.fault(17)
def test_a_worker_whose_part_hangs_ends_itself_and_others_do_the_part(
    crew: Crew, all_agrees: Callable[[], None]
) -> None:
    here = crew.world.settings
    impatient = here.model_copy(update={"workers": here.workers.model_copy(update={"hung_after_seconds": 2})})
    first, second, third = crew.start(impatient, last_hangs=True)
    crew.go_on()

    assert finished(third) == HUNG_EXIT_CODE
    assert [finished(first), finished(second)] == [0, 0]

    all_agrees()


@pytest.mark.fault(4, 5)
def test_a_worker_that_is_cut_off_from_the_database_does_no_harm_when_it_comes_back(
    crew: Crew, wire: Wire, all_agrees: Callable[[], None], org: ServedOrg
) -> None:
    here = crew.world.settings
    url = make_url(here.database.url).set(port=wire.port).render_as_string(hide_password=False)
    first, second, third = crew.start(
        here.model_copy(update={"database": here.database.model_copy(update={"url": url})})
    )
    wire.cut()
    crew.go_on()

    assert [finished(first), finished(second)] == [0, 0]

    sent = org.sent()
    wire.heal()
    assert finished(third) == 0
    assert org.sent() == sent
    all_agrees()
