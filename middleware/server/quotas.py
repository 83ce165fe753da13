"""How often each caller may call: who floods the server is put off, and the others are served."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import ceil
from typing import Final

from drawbar.middleware.errors import RetryLater

_REFUSED_PER_MINUTE: Final = 30
_MINUTE: Final = 60.0


class TooManyCalls(RetryLater):
    """This caller has called too often."""


class _Window:
    """Counts by name over a minute that slides: what was counted in the minute before fades out while this one runs.

    Names are forgotten after two minutes, so that strangers who call from many addresses fill no memory. Nothing runs
    beside it: a library that clears its counters by a thread costs more than all else that a call does.
    """

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._begun = 0.0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}

    @property
    def names(self) -> set[str]:
        return {*self._now, *self._before}

    def hit(self, name: str, at: float) -> float:
        """Count one and give 0; when that would be one too many, count nothing and give the seconds to wait."""
        self._turn(at)
        passed = (at - self._begun) / _MINUTE
        before, now = self._before.get(name, 0), self._now.get(name, 0)
        if before * (1 - passed) + now + 1 <= self._allowed:
            self._now[name] = now + 1
            return 0.0
        room = self._allowed - 1
        if now <= room:
            return _MINUTE * (1 - passed - (room - now) / before)
        return _MINUTE * (2 - passed - room / now)

    def _turn(self, at: float) -> None:
        minutes = int((at - self._begun) // _MINUTE)
        if minutes >= 1:
            self._before = self._now if minutes == 1 else {}
            self._now = {}
            self._begun += minutes * _MINUTE


class Quotas:
    """Counts calls, in the memory of this process; several servers count each for itself.

    `seconds` is a clock that only goes forward.
    """

    def __init__(self, calls_per_minute: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._counting = threading.Lock()
        self._calls_per_minute = calls_per_minute
        self._calls = _Window(calls_per_minute)
        self._refused = _Window(_REFUSED_PER_MINUTE)

    def count_call(self, caller: str) -> None:
        """Count a call; raises TooManyCalls when it is one too many."""
        self._count(self._calls, caller, self._calls_per_minute)

    def count_refusal(self, peer: str) -> None:
        """Count a call of somebody who could not show who he is; raises TooManyCalls when it is one too many."""
        self._count(self._refused, peer, _REFUSED_PER_MINUTE)

    @property
    def known_names(self) -> int:
        """How many callers and addresses are remembered just now."""
        with self._counting:
            return len(self._calls.names) + len(self._refused.names)

    def _count(self, window: _Window, name: str, allowed: int) -> None:
        with self._counting:
            wait = window.hit(name, self._seconds())
        if wait > 0:
            raise TooManyCalls(
                f"more than {allowed} calls in a minute", after_seconds=max(1, ceil(wait)),
                remedy="Wait as long as Retry-After says.",
            )  # fmt: skip
