"""How calls go to the company: so many in any minute, so many at one time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from drawbar.connectors.quickbooks_online.settings import QuickBooksOnlineSettings
from drawbar.middleware.pace import MinuteLimit
from drawbar.middleware.retry import Clocks


class Turnstile:
    """Lets calls through as often as the company allows; at most `concurrent_calls` are on their way at one time."""

    def __init__(self, settings: QuickBooksOnlineSettings, clocks: Clocks) -> None:
        self._calls = MinuteLimit(settings.calls_per_minute, clocks)
        self._batches = MinuteLimit(settings.batches_per_minute, clocks)
        self._places = threading.BoundedSemaphore(settings.concurrent_calls)

    @contextmanager
    def turn(self, *, batch: bool) -> Iterator[None]:
        """Wait for a turn and hold it for a block."""
        with self._places:
            if batch:
                self._batches.wait()
            self._calls.wait()
            yield
