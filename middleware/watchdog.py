"""Ends a process whose work has hung: its locks end with it, and others take the work over.

A hung thread (a call without a time-out, a deadlock) uses no processor time at all, whereas one that waits in turns,
for a bulk job or for parts of a run, uses a little at each turn. So the processor clock of a thread tells the two
apart without a word from the work itself. A loop that spins for ever is not found.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

HUNG_EXIT_CODE: Final = 75
"""EX_TEMPFAIL: a supervisor shall start the process again."""

_LOOKS: Final = 20
"""How often a thread is looked at within the time after which it counts as hung."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Watched:
    """A thread at work: its processor clock, what that showed last, and for how long it has stood still."""

    work: str
    thread: int
    clock: int
    shown: float
    still: float = 0.0

    def look(self, passed: float) -> float:
        """Look at the clock after so many seconds, and say for how long it has stood still."""
        shown = time.clock_gettime(self.clock)
        self.still = self.still + passed if shown == self.shown else 0.0
        self.shown = shown
        return self.still


def _end_process(work: str, stack: str) -> None:
    _log.critical("hung, so this process ends itself; others take its work over", work=work, stack=stack)
    os._exit(HUNG_EXIT_CODE)


class Watchdog:
    """Watches the threads that work on something; calls `end` with the work and its stack when one has hung.

    Time during which the whole process was frozen does not count: a look counts twice its due interval at most.
    """

    def __init__(self, hung_after_seconds: float, end: Callable[[str, str], None] = _end_process) -> None:
        self._hung_after = hung_after_seconds
        self._end = end
        self._watched: dict[int, _Watched] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="drawbar-watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def watching(self, work: str) -> Iterator[None]:
        """Watch this thread for the length of a block."""
        thread = threading.get_ident()
        clock = time.pthread_getcpuclockid(thread)
        with self._lock:
            self._watched[thread] = _Watched(work, thread, clock, time.clock_gettime(clock))
        try:
            yield
        finally:
            with self._lock:
                del self._watched[thread]

    def _watch(self) -> None:
        interval = self._hung_after / _LOOKS
        before = time.monotonic()
        while not self._stopped.wait(interval):
            now = time.monotonic()
            self._look(min(now - before, 2 * interval))
            before = now

    def _look(self, passed: float) -> None:
        with self._lock:
            hung = [each for each in self._watched.values() if each.look(passed) >= self._hung_after]
            stacks = [(each.work, _stack(each.thread)) for each in hung]
        for work, stack in stacks:
            self._end(work, stack)


def _stack(thread: int) -> str:
    """Say where a thread stands, outermost call first."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001  (the documented name)
    calls = traceback.extract_stack(frame) if frame is not None else []
    return " > ".join(f"{call.name} ({os.path.basename(call.filename)}:{call.lineno})" for call in calls)  # noqa: PTH119
