"""How often each caller may call: who floods the server is put off, and the others are served."""

from __future__ import annotations

import time
from math import ceil
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from drawbar.middleware.errors import RetryLater

_REFUSED_PER_MINUTE: Final = 30


class TooManyCalls(RetryLater):
    """This caller has called too often."""


class Quotas:
    """Counts calls, in the memory of this process; several servers count each for itself."""

    def __init__(self, calls_per_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._calls = RateLimitItemPerMinute(calls_per_minute)
        self._refused = RateLimitItemPerMinute(_REFUSED_PER_MINUTE)

    def count_call(self, caller: str) -> None:
        """Count a call; raises TooManyCalls when it is one too many."""
        self._count(self._calls, "call", caller)

    def count_refusal(self, peer: str) -> None:
        """Count a call of somebody who could not show who he is; raises TooManyCalls when it is one too many."""
        self._count(self._refused, "refusal", peer)

    def _count(self, allowed: RateLimitItem, *about: str) -> None:
        if not self._limiter.hit(allowed, *about):
            again = self._limiter.get_window_stats(allowed, *about).reset_time
            raise TooManyCalls(
                f"more than {allowed.amount} calls in a minute", after_seconds=max(1, ceil(again - time.time())),
                remedy="Wait as long as Retry-After says.",
            )  # fmt: skip
