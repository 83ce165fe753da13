"""A token bucket: how often one destination may be called, for all threads that share it."""

from __future__ import annotations

import threading

from drawbar.middleware.retry import Clocks


class Pace:
    """Lets `per_minute` calls pass in a minute, and up to `burst` of them at once after a rest; thread-safe."""

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
