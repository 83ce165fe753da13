"""How often the company may be called: so many calls in any minute, so many at one time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_WINDOW_SECONDS: Final = 60.0


class Pace:
    """Lets at most `limit` calls pass in any 60 seconds; thread-safe.

    It remembers when each call went: a bucket that refills would let twice as many pass in an unlucky minute.
    """

    def __init__(self, limit: int, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._gone: deque[float] = deque()

    def wait(self) -> None:
        """Wait until the next call may go, and count it."""
        while (seconds := self._seconds_left()) > 0:
            self._sleep(seconds)

    def _seconds_left(self) -> float:
        with self._lock:
            now = self._clock()
            while self._gone and self._gone[0] <= now - _WINDOW_SECONDS:
                self._gone.popleft()
            if len(self._gone) >= self._limit:
                return self._gone[0] + _WINDOW_SECONDS - now
            self._gone.append(now)
            return 0.0


class Turnstile:
    """Lets calls through in the company's pace; at most `at_once` are on their way at one time."""

    def __init__(self, calls: Pace, batches: Pace, at_once: int) -> None:
        self._calls = calls
        self._batches = batches
        self._places = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self, *, batch: bool) -> Iterator[None]:
        """Wait for a turn and hold it for a block."""
        with self._places:
            if batch:
                self._batches.wait()
            self._calls.wait()
            yield
