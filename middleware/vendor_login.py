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


@dataclass(frozen=True, slots=True)
class Proof:
    """What says who calls: headers, and parameters of the query for vendors that want a token there."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


class LogIn(Protocol):
    """Gives what says who calls."""

    def proof(self) -> Proof:
        """Give it, after logging in when that is needed; raises LogInRefused or RetryLater."""
        ...

    def renew(self, refused: Proof) -> Proof:
        """Give another than the one that was refused; the same when there is no other."""
        ...


@dataclass(frozen=True, slots=True)
class FixedProof:
    """Implements `LogIn` where the same serves always: an API key, HTTP Basic, or nothing."""

    values: Proof = field(default_factory=Proof, repr=False)

    def proof(self) -> Proof:
        return self.values

    def renew(self, refused: Proof) -> Proof:
        return refused


@dataclass(frozen=True, slots=True)
class Token:
    """What carries a token, and for how many seconds it is good (None: until it is refused)."""

    proof: Proof = field(repr=False)
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

    def proof(self) -> Proof:
        with self._lock:
            if self._token is not None and self._is_good(self._token):
                return self._token.proof
            return self._log_in()

    def renew(self, refused: Proof) -> Proof:
        with self._lock:
            if self._token is not None and self._token.proof != refused:
                return self._token.proof
            return self._log_in()

    def _is_good(self, token: Token) -> bool:
        return token.seconds is None or self._clocks.monotonic() < self._ends_at

    def _log_in(self) -> Proof:
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
        return token.proof
