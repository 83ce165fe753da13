"""A thread that stands still is told from one that works or waits in turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from drawbar.middleware.watchdog import Watchdog


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def watchdog(told: list[tuple[str, str]]) -> Iterator[Watchdog]:
    """A watchdog that tells what it would end the process for; it looks ten times a second."""
    watchdog = Watchdog(2.0, lambda work, stack: told.append((work, stack)))
    watchdog.start()
    yield watchdog
    watchdog.stop()


def in_a_thread(watchdog: Watchdog, work: str, action: Callable[[], object]) -> threading.Thread:
    def watched() -> None:
        with watchdog.watching(work):
            action()

    thread = threading.Thread(target=watched)
    thread.start()
    return thread


def test_a_thread_that_stands_still_is_found_while_those_that_wait_in_turns_are_not(
    watchdog: Watchdog, told: list[tuple[str, str]]
) -> None:
    over = threading.Event()

    def wait_in_turns() -> None:
        while not over.wait(0.05):
            pass

    patient = in_a_thread(watchdog, "waits for a bulk job", wait_in_turns)
    stuck = in_a_thread(watchdog, "reads from a dead server", over.wait)
    until = time.monotonic() + 60
    while not told and time.monotonic() < until:
        time.sleep(0.02)
    over.set()
    patient.join()
    stuck.join()

    assert {work for work, _ in told} == {"reads from a dead server"}
    assert "wait (threading.py:" in told[0][1]


def test_work_that_has_ended_is_not_watched_any_more(watchdog: Watchdog) -> None:
    in_a_thread(watchdog, "short", lambda: None).join()

    assert watchdog._watched == {}
