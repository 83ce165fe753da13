"""Work that waits until a system fetches it: once, in order, by one visit at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Engine

from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.pickup import QUIET_VISIT, Pickups
from drawbar.middleware.sync.pickup_tables import pickup_task, pickup_visit

Answer = TypeVar("Answer")


@pytest.fixture
def tables(engine: Engine) -> Engine:
    metadata.create_all(engine, tables=[pickup_task, pickup_visit])
    return engine


def do(engine: Engine, action: Callable[[Pickups], Answer]) -> Answer:
    with engine.begin() as connection:
        return action(Pickups(connection, "books"))


def at_once(engine: Engine, times: int, action: Callable[[Pickups], Answer]) -> list[Answer]:
    """Do it so many times at the same moment, on connections that are open already."""
    for connection in [engine.connect() for _ in range(times)]:
        connection.close()
    barrier = Barrier(times)

    def wait_and_do() -> Answer:
        barrier.wait()
        return do(engine, action)

    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(wait_and_do) for _ in range(times)]]


@pytest.mark.fault(23)
def test_what_many_enqueue_at_once_waits_once(tables: Engine, now: datetime) -> None:
    news = at_once(tables, 5, lambda pickups: pickups.enqueue("north", "bill", "1", "{}", now))

    assert sorted(news) == [False] * 4 + [True]
    assert do(tables, lambda pickups: pickups.left("north")) == 1


def test_of_many_visits_that_begin_at_once_one_does(tables: Engine, now: datetime) -> None:
    tickets = at_once(tables, 5, lambda pickups: pickups.open_visit("north", now))

    assert sum(ticket is not None for ticket in tickets) == 1
    assert do(tables, lambda pickups: pickups.open_visit("south", now)) is not None


def test_a_visit_that_falls_silent_leaves_its_task_to_the_next(tables: Engine, now: datetime) -> None:
    do(tables, lambda pickups: pickups.enqueue("north", "bill", "1", "{}", now))
    first = do(tables, lambda pickups: pickups.open_visit("north", now)) or ""

    def ask(pickups: Pickups) -> None:
        visit, task = pickups.visit(first, now), pickups.next("north", now)
        assert visit is not None
        assert task is not None
        pickups.ask(task, visit, "add", {"found": "no"}, now)

    do(tables, ask)
    later = now + QUIET_VISIT
    soon = do(tables, lambda pickups: pickups.open_visit("north", later - timedelta(seconds=1)))
    second = do(tables, lambda pickups: pickups.open_visit("north", later))
    task = do(tables, lambda pickups: pickups.next("north", later))

    assert soon is None
    assert second is not None
    assert do(tables, lambda pickups: pickups.visit(first, later)) is None
    assert task is not None
    assert (task.state, task.step, task.memory) == ("waiting", "", {})


def test_tasks_come_in_the_order_in_which_they_were_queued_unless_they_have_to_wait(
    tables: Engine, now: datetime
) -> None:
    for key in ("1", "2"):
        do(tables, lambda pickups, key=key: pickups.enqueue("north", "bill", key, "{}", now))  # type: ignore[misc]
    first = do(tables, lambda pickups: pickups.next("north", now))
    assert first is not None
    later = now + timedelta(seconds=30)

    do(tables, lambda pickups: pickups.again(first, "busy", later, now))

    def key_at(moment: datetime) -> str:
        task = do(tables, lambda pickups: pickups.next("north", moment))
        return task.key if task else ""

    assert (first.key, key_at(now), key_at(later)) == ("1", "2", "1")


def test_old_visits_are_forgotten(tables: Engine, now: datetime) -> None:
    ticket = do(tables, lambda pickups: pickups.open_visit("north", now)) or ""

    def close(pickups: Pickups) -> None:
        visit = pickups.visit(ticket, now)
        assert visit is not None
        pickups.close_visit(visit, now)

    do(tables, close)

    assert do(tables, lambda pickups: pickups.forget_visits(now)) == 0
    assert do(tables, lambda pickups: pickups.forget_visits(now + timedelta(seconds=1))) == 1


def test_only_what_has_failed_is_put_back(tables: Engine, now: datetime) -> None:
    do(tables, lambda pickups: pickups.enqueue("north", "bill", "1", "{}", now))

    with pytest.raises(RecordRejected, match="is waiting, not failed"):
        do(tables, lambda pickups: pickups.put_back(1, now))
