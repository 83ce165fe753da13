"""How often one destination may be called by all threads: at an even pace, or so often in any minute."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from drawbar.middleware.retry import Clocks

_WINDOW_SECONDS: Final = 60.0


class Pace:
    """Lets `per_minute` calls pass in a minute, and up to `burst` of them at once after a rest; thread-safe.

    For destinations to which even calls are polite; after a rest more than `per_minute` may pass within one minute.
    """

    def __init__(self, per_minute: float, burst: int, clocks: Clocks) -> None:
        self._per_second = per_minute / 60
        self._burst = float(burst)
        self._clocks = clocks
        self._lock = threading.Lock()
        self._tokens = self._burst
        self._counted_at = clocks.monotonic()

    def wait(self) -> None:
        """Wait until the next call may go, and count it."""
        with self._lock:
            now = self._clocks.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._counted_at) * self._per_second)
            self._counted_at = now
            self._tokens -= 1
            owed = -self._tokens / self._per_second
        if owed > 0:
            self._clocks.sleep(owed)


class MinuteLimit:
    """Lets at most `limit` calls pass in any 60 seconds, as fast as they come; thread-safe.

    It remembers when each call went, for destinations that count so: a pace would let more pass in an unlucky minute.
    """

    def __init__(self, limit: int, clocks: Clocks) -> None:
        self._limit = limit
        self._clocks = clocks
        self._lock = threading.Lock()
        self._gone: deque[float] = deque()

    def wait(self) -> None:
        """Wait until the next call may go, and count it."""
        while (seconds := self._seconds_left()) > 0:
            self._clocks.sleep(seconds)

    def _seconds_left(self) -> float:
        with self._lock:
            now = self._clocks.monotonic()
            while self._gone and self._gone[0] <= now - _WINDOW_SECONDS:
                self._gone.popleft()
            if len(self._gone) >= self._limit:
                return self._gone[0] + _WINDOW_SECONDS - now
            self._gone.append(now)
            return 0.0
