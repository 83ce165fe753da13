"""Who is signed in: the access tokens that the org has given out, each for a settable time."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request

from drawbar.sandbox.errors import SalesforceError

TOKEN_BYTES = 72
DEFAULT_SESSION_SECONDS = 7200
SCHEMES = frozenset({"bearer", "oauth"})


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user, until `expires_at`."""

    user_id: str
    expires_at: datetime


def invalid_session() -> SalesforceError:
    """The refusal of a request without a session that holds."""
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid", status=401)


class Sessions:
    """The sessions of an org; thread-safe, in memory, none after a restart.

    A session ends `seconds` after the log-in, used or not; `seconds` may be changed while the org runs and then holds
    for the log-ins that follow.
    """

    def __init__(
        self, organization_id: str, *, clock: Callable[[], datetime], seconds: float = DEFAULT_SESSION_SECONDS
    ) -> None:
        self.seconds = seconds
        self._organization_id = organization_id
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def start(self, user_id: str) -> str:
        """Sign a user in and give the access token."""
        token = f"{self._organization_id[:15]}!{secrets.token_urlsafe(TOKEN_BYTES)}"
        with self._lock:
            self._sessions[token] = Session(user_id, self._clock() + timedelta(seconds=self.seconds))
        return token

    def user_of(self, token: str) -> str:
        """Give the user of an access token; INVALID_SESSION_ID when it is unknown, revoked or expired."""
        with self._lock:
            session = self._sessions.get(token)
            if session is None or session.expires_at <= self._clock():
                self._sessions.pop(token, None)
                raise invalid_session()
        return session.user_id

    def revoke(self, token: str) -> bool:
        """End a session; say whether there was one."""
        with self._lock:
            return self._sessions.pop(token, None) is not None

    def expire_all(self) -> int:
        """End every session, as an administrator can; say how many there were."""
        with self._lock:
            ended = len(self._sessions)
            self._sessions.clear()
        return ended

    def signed_in(self, request: Request) -> str:
        """Give the user whose session a request carries; INVALID_SESSION_ID when it carries none that holds."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in SCHEMES:
            raise invalid_session()
        return self.user_of(token.strip())
