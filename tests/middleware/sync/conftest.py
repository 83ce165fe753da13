"""The sync core on a database of each kind, with a target in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.sync.dead_letters import DeadLetter, Failure
from drawbar.middleware.sync.deliver import Courier, DeliveryResult
from drawbar.middleware.sync.outbox import Change, Outbox
from tests.middleware.sync.memory_target import MemoryTarget


class PlainReporter:
    """Shows failures as `Error` records."""

    object = "Error"

    def report(self, letter: DeadLetter, *, exists: bool, now: datetime) -> TargetRecord:
        failure = letter.failure
        parents = {"Record": Reference(failure.object, failure.key)} if exists else {}
        fields = {"Message": failure.message, "Code": failure.code}
        return TargetRecord("Error", self.key(failure), fields, parents)

    def key(self, failure: Failure) -> str:
        return f"{failure.object}:{failure.key or failure.row_number}"


@pytest.fixture
def hub(hub_engine: Engine) -> Engine:
    return hub_engine


@pytest.fixture
def put(hub: Engine, now: datetime) -> Callable[..., None]:
    def put(*changes: Change) -> None:
        with hub.begin() as connection:
            Outbox(connection, "salesforce").put(changes, run_id="run-1", now=now)

    return put


@pytest.fixture
def deliver(hub: Engine, now: datetime) -> Callable[..., DeliveryResult]:
    def deliver(target: MemoryTarget, *, bulk_above: int = 2_000, max_attempts: int = 3) -> DeliveryResult:
        clock = Clock(now)
        courier = Courier(
            engine=hub, target=target, reporter=PlainReporter(), order=("Parent", "Child", "Error"),
            bulk_above=bulk_above, max_attempts=max_attempts, run_id="run-1", clock=clock.now, sleep=clock.sleep,
        )  # fmt: skip
        return courier.deliver()

    return deliver


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds + 0.001)
