"""The API calls that the org has left, as its last answer said."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Final

from drawbar.connectors.salesforce.errors import QuotaSpent
from drawbar.middleware.ports import ApiBudget

_USAGE: Final = re.compile(r"(?:^|[\s;,])api-usage=(\d+)/(\d+)")
_STALE_AFTER_SECONDS: Final = 600.0


class BudgetGauge:
    """Reads `Sforce-Limit-Info` off every answer, and says when only the reserve is left; thread-safe.

    `reserve_percent` of the allowed calls are for people and other programs. `clock` counts seconds and never goes
    back. A reading older than ten minutes is not trusted to refuse work: calls of the rolling 24 hours come free
    without our seeing it, so the next call goes out and brings a fresh reading.
    """

    def __init__(self, reserve_percent: float, clock: Callable[[], float]) -> None:
        self._reserve_percent = reserve_percent
        self._clock = clock
        self._lock = threading.Lock()
        self._budget = ApiBudget(None, None)
        self._read_at = 0.0
        self._calls = 0

    @property
    def budget(self) -> ApiBudget:
        with self._lock:
            return self._budget

    @property
    def calls(self) -> int:
        """Calls that the org has answered for this process, refused ones too."""
        with self._lock:
            return self._calls

    def note_call(self, header: str | None) -> None:
        """Count an answer, and take in what its `Sforce-Limit-Info` header says."""
        with self._lock:
            self._calls += 1
        self.read(header)

    def read(self, header: str | None) -> None:
        """Take in a `Sforce-Limit-Info` header such as `api-usage=18/100000`; anything else changes nothing."""
        found = _USAGE.search(header or "")
        if found:
            with self._lock:
                self._budget = ApiBudget(int(found[1]), int(found[2]))
                self._read_at = self._clock()

    def require(self) -> None:
        """Raise QuotaSpent when a fresh reading says that only the reserve is left."""
        with self._lock:
            used, allowed = self._budget.used, self._budget.allowed
            fresh = self._clock() - self._read_at < _STALE_AFTER_SECONDS
        if used is None or allowed is None or not fresh:
            return
        if used >= allowed * (100 - self._reserve_percent) / 100:
            raise QuotaSpent(
                f"{used} of {allowed} API calls of the last 24 hours are used, the rest is the reserve.",
                remedy="Nothing to do: the work goes on when calls are free. salesforce.api_reserve_percent sets it.",
            )
