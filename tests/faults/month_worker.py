"""The month's worker: `drawbar worker` in a process of its own, by the month's clock, killed again and again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import Engine

from drawbar.commands.run import worker
from drawbar.commands.session import Session
from drawbar.connectors.agent_mail.connector import AgentMail
from drawbar.connectors.mbsi.client import MbsiClient
from drawbar.connectors.rdn.client import RdnClient
from drawbar.connectors.rdn.connector import Rdn
from drawbar.connectors.salesforce.changes import SalesforceChanges
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.hub import Hub
from drawbar.jobs.wiring import Settings, open_hub, open_hub_database
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobQueue
from drawbar.middleware.log import configure_logging
from drawbar.middleware.settings import LogSettings
from drawbar.middleware.sync.runs import Runs
from tests.faults.lender_day import MORNING, Clock, connected
from tests.faults.worker_process import _hurry, die, named
from tests.processes import forking

_LOOK_SECONDS: Final = 0.03
_PATIENCE_SECONDS: Final = 1_800
"""Only a run that hangs takes so long, however busy the machine is."""
_CALLS_BETWEEN_KILLS: Final = 12
_MOMENT_SECONDS: Final = 0.04
"""A kill comes at some moment between a call of the worker and so much later."""


class SharedClock(Clock):
    """The clock of the day, whose time is the same in all processes."""

    def __init__(self) -> None:
        self._passed = forking().RawValue("q", 0)
        super().__init__()

    @property
    def time(self) -> datetime:
        return MORNING + timedelta(microseconds=self._passed.value)

    @time.setter
    def time(self, moment: datetime) -> None:
        self._passed.value = (moment - MORNING) // timedelta(microseconds=1)


def month_hub(settings: Settings, clock: Clock) -> Hub:
    """Put the hub together as a process does that has just started, with connectors that go by the month's clock."""
    clocks = clock.clocks
    hub = connected(settings, open_hub(settings), clock)
    org, rdn, mbsi, mail = settings.salesforce, settings.rdn, settings.mbsi, settings.agent_mail
    assert org is not None
    assert rdn is not None
    assert mbsi is not None
    assert mail is not None
    assert hub.mbsi is not None
    client = SalesforceClient(org, clocks=clocks, observer=hub.observers)
    return replace(
        hub, changes=lambda: SalesforceChanges(client, EXTERNAL_IDS),
        rdn=Rdn(rdn, RdnClient(rdn, clocks=clocks, observer=hub.observers), settings.agents, clock),
        mbsi=replace(hub.mbsi, client=MbsiClient(mbsi, clocks=clocks, observer=hub.observers), clock=clock),
        agent_mail=AgentMail(mail, settings.agents, hub.engine, clock),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shift:
    """What a worker's process is told: its settings, the clock, where it dies, and a file that names where it did."""

    settings: Settings
    clock: SharedClock
    places: tuple[str, ...]
    deaths: Path


def work_a_shift(shift: Shift) -> None:
    """Be `drawbar worker` until killed, from outside or by coming to one of the places."""
    _hurry()
    configure_logging(LogSettings(level="ERROR"))
    for place in shift.places:
        _dies_after(place, shift.deaths)
    current = Session(Path("unused"), explicit=False)
    current.__dict__.update(settings=shift.settings, hub=month_hub(shift.settings, shift.clock))
    with click.Context(worker, obj=current):
        worker.main([], obj=current, standalone_mode=False)


def _dies_after(place: str, deaths: Path) -> None:
    owner, name = named(place)
    original = getattr(owner, name)

    def dying(*arguments: Any, **given: Any) -> None:
        original(*arguments, **given)
        with deaths.open("a", encoding="utf-8") as file:
            file.write(f"{place}\n")
        die()

    setattr(owner, name, dying)


@dataclass
class Crew:
    """One worker after the other, each a process, for the days on which there are kills.

    `calls` counts what reaches the systems around the hub; by it and by `dice` a worker is killed while it works,
    `kills_a_day` times on each day.
    """

    settings: Settings
    clock: SharedClock
    calls: Callable[[], int]
    kills_a_day: int
    deaths_file: Path
    dice: random.Random = field(default_factory=lambda: random.Random(2026))
    places: list[str] = field(default_factory=list)
    kills: int = 0
    starts: int = 0
    _left_today: int = 0
    _doomed_at: int = 0
    _process: ForkServerProcess | None = None
    _queue: JobQueue | None = None
    _database: Engine | None = None

    @property
    def is_on_duty(self) -> bool:
        return self._queue is not None

    @property
    def deaths(self) -> list[str]:
        """Name the places where workers have died."""
        return self.deaths_file.read_text(encoding="utf-8").split() if self.deaths_file.exists() else []

    def comes_on_duty(self, *places: str) -> None:
        """Work from now on, and die at these places when a worker comes by them."""
        self.places.extend(places)
        if self._queue is None:
            database = open_hub_database(self.settings, self.settings.database_url)
            database.hub.dispose()
            self._queue, self._database = JobQueue(database.engine, lambda name: JOBS[name].lock), database.engine
            self._left_today = self.kills_a_day
            self._draw()

    def goes_off_duty(self) -> None:
        """Kill who is there, at rest."""
        self._kill()
        if self._queue is not None:
            self._queue.close()
            self._queue = None
        if self._database is not None:
            self._database.dispose()
            self._database = None

    def carry_out(self, hub: Hub, run_id: str, job: str) -> None:
        """Have a run worked on, and those that it asks for, until all have ended, whoever dies over it."""
        assert self._queue is not None
        self._queue.submit(run_id, job, {})
        until = time.monotonic() + _PATIENCE_SECONDS
        while _is_unfinished(hub):
            assert time.monotonic() < until, f"{job} does not end"
            self._look_after_worker()
            time.sleep(_LOOK_SECONDS)

    def _look_after_worker(self) -> None:
        if self._process is None or not self._process.is_alive():
            self._start()
        elif self._left_today and self.calls() >= self._doomed_at:
            time.sleep(self.dice.uniform(0, _MOMENT_SECONDS))
            self._kill()
            self.kills += 1
            self._left_today -= 1
            self._draw()

    def _start(self) -> None:
        left = tuple(each for each in self.places if each not in self.deaths)
        self._process = forking().Process(
            target=work_a_shift, args=(Shift(self.settings, self.clock, left, self.deaths_file),)
        )
        self._process.start()
        self.starts += 1

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None

    def _draw(self) -> None:
        self._doomed_at = self.calls() + self.dice.randint(1, _CALLS_BETWEEN_KILLS)


def _is_unfinished(hub: Hub) -> bool:
    with reading(hub.engine) as connection:
        return bool(Runs(connection).unfinished())
