"""When a failed call is made again: a table decides, tenacity carries it out, clock and sleep are passed in.

Units are seconds throughout. A worked series with the defaults (base 0.5 s, cap 30 s, 5 attempts): after the first
failure a wait drawn evenly from 0 to 0.5 s, then 0-1, 0-2 and 0-4 s; the fifth failure is the last. Drawing from the
whole range ("full jitter") keeps many callers, who failed together, from coming back together. A `Retry-After` of
7 replaces the draw by exactly 7 s, and nobody who shares the `Gate` calls before they are over.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal, TypeVar

from tenacity import RetryCallState, Retrying

NO_ANSWER: Final = 0
"""The status of a call that nobody answered: refused, reset, timed out."""

ANY_STATUS: Final = -1
"""In a table: whatever the status."""

Repeat = Literal["always", "if-repeatable", "never"]
"""`if-repeatable`: the failed call may have had its effect, so only a call that may happen twice is made again."""

RetryTable = Mapping[tuple[int, str], Repeat]
"""(HTTP status, error code) → whether to call again; the code is "" where it does not matter."""

HTTP_RETRIES: RetryTable = {
    (NO_ANSWER, ""): "if-repeatable",
    (408, ""): "if-repeatable",
    (429, ""): "always",
    (500, ""): "if-repeatable",
    (502, ""): "if-repeatable",
    (503, ""): "always",
    (504, ""): "if-repeatable",
}
"""What RFC 9110 and RFC 6585 say of these: 429 and 503 were not carried out, the others may have been."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of a failed call; `retry_after` in seconds, None when the answer named none."""

    status: int
    code: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long; all in seconds. A `Retry-After` above `patience` is not sat out but handed back."""

    attempts: int = 5
    base: float = 0.5
    cap: float = 30.0
    patience: float = 60.0


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """Whether to call again, and after a wait drawn evenly from `shortest` to `longest` seconds."""

    again: bool
    shortest: float = 0.0
    longest: float = 0.0

    def wait(self, draw: float) -> float:
        """Give the seconds to wait, for a draw in [0, 1)."""
        return self.shortest + draw * (self.longest - self.shortest)


GIVE_UP: Final = RetryDecision(again=False)


def decide(
    failure: Failure, attempt: int, *, repeatable: bool, table: RetryTable, policy: RetryPolicy
) -> RetryDecision:
    """Decide what follows the failure of attempt number `attempt` (the first is 1); pure."""
    if attempt >= policy.attempts or not _may_repeat(failure, table, repeatable=repeatable):
        return GIVE_UP
    if failure.retry_after is not None:
        exactly = failure.retry_after
        return RetryDecision(True, exactly, exactly) if exactly <= policy.patience else GIVE_UP
    return RetryDecision(True, 0.0, min(policy.cap, policy.base * 2.0 ** (attempt - 1)))


def _may_repeat(failure: Failure, table: RetryTable, *, repeatable: bool) -> bool:
    places = ((failure.status, failure.code), (ANY_STATUS, failure.code), (failure.status, ""))
    rule = next((table[place] for place in places if place in table), "never")
    return rule == "always" or (rule == "if-repeatable" and repeatable)


def read_retry_after(header: str | None, now: datetime) -> float | None:
    """Understand a `Retry-After` header: seconds, or a date; None when there is none or it says neither."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, math.ceil((moment - now).total_seconds())) if moment.tzinfo else None


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time as a session sees it: monotonic seconds, the wall clock (aware), and how to wait."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


class Gate:
    """Shut for all callers of one destination while its `Retry-After` lasts; thread-safe.

    `clock` counts seconds and never goes back (`time.monotonic`).
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._opens_at = -math.inf

    def shut_for(self, seconds: float) -> None:
        """Stay shut for so many seconds from now, or longer if that was said before."""
        with self._lock:
            self._opens_at = max(self._opens_at, self._clock() + seconds)

    def seconds_left(self) -> float:
        """Give how long it is still shut; 0 when open."""
        with self._lock:
            return max(0.0, self._opens_at - self._clock())


Result = TypeVar("Result")


def call_with_retries(
    call: Callable[[], Result],
    decide_on: Callable[[BaseException, int], RetryDecision],
    *,
    sleep: Callable[[float], None],
    draw: Callable[[], float] = random.random,
) -> Result:
    """Call until it succeeds or `decide_on(error, attempt)` gives up; the last error is raised as it is."""

    def decision(state: RetryCallState) -> RetryDecision:
        error = state.outcome.exception() if state.outcome else None
        return decide_on(error, state.attempt_number) if error else GIVE_UP

    retrying = Retrying(
        retry=lambda state: decision(state).again,
        wait=lambda state: decision(state).wait(draw()),
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)
