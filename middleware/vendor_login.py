"""How a vendor's interface knows who calls: headers that never change, or a token that is fetched and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from drawbar.middleware.errors import RetryLater, StopRun
from drawbar.middleware.observe import LoggedIn, Observer, Observers
from drawbar.middleware.retry import Clocks

_REFUSAL_HOLDS_SECONDS: Final = 60.0
_EARLY_SECONDS: Final = 60.0


class LogInRefused(StopRun):
    """A vendor does not accept our user, password or token."""


class LogIn(Protocol):
    """Gives the headers that say who calls."""

    def headers(self) -> Mapping[str, str]:
        """Give the headers, after logging in when that is needed; raises LogInRefused or RetryLater."""
        ...

    def renew(self, refused: Mapping[str, str]) -> Mapping[str, str]:
        """Give other headers than those that were refused; the same when there are no others."""
        ...


@dataclass(frozen=True, slots=True)
class FixedHeaders:
    """Implements `LogIn` where the same headers serve always: an API key, HTTP Basic, or nothing."""

    values: Mapping[str, str] = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        return self.values

    def renew(self, refused: Mapping[str, str]) -> Mapping[str, str]:
        return refused


@dataclass(frozen=True, slots=True)
class Token:
    """The headers that carry a token, and for how many seconds it is good (None: until it is refused)."""

    values: Mapping[str, str] = field(repr=False)
    seconds: float | None = None


class TokenLogIn:
    """Implements `LogIn` with a token that `fetch` gets; any number of threads share one, and one of them fetches.

    A log-in that was refused is not tried again for a minute, so that many calls do not lock the user out.
    """

    def __init__(
        self, system: str, fetch: Callable[[], Token], clocks: Clocks, observer: Observer | None = None
    ) -> None:
        self._system = system
        self._fetch = fetch
        self._clocks = clocks
        self._observer = observer or Observers()
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ends_at = 0.0
        self._refusal: LogInRefused | None = None
        self._refused_at = 0.0

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if self._token is not None and self._is_good(self._token):
                return self._token.values
            return self._log_in()

    def renew(self, refused: Mapping[str, str]) -> Mapping[str, str]:
        with self._lock:
            if self._token is not None and self._token.values != refused:
                return self._token.values
            return self._log_in()

    def _is_good(self, token: Token) -> bool:
        return token.seconds is None or self._clocks.monotonic() < self._ends_at

    def _log_in(self) -> Mapping[str, str]:
        if self._refusal is not None and self._clocks.monotonic() - self._refused_at < _REFUSAL_HOLDS_SECONDS:
            raise LogInRefused(self._refusal.message, remedy=self._refusal.remedy)
        try:
            token = self._fetch()
        except LogInRefused as refusal:
            self._refusal, self._refused_at = refusal, self._clocks.monotonic()
            self._observer.happened(LoggedIn(self._system, "refused"))
            raise
        except RetryLater:
            self._observer.happened(LoggedIn(self._system, "unanswered"))
            raise
        self._observer.happened(LoggedIn(self._system, "accepted"))
        self._token, self._refusal = token, None
        self._ends_at = self._clocks.monotonic() + (token.seconds or 0) - _EARLY_SECONDS
        return token.values
