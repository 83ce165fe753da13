"""The simulated token endpoint of Intuit: an access token lives for an hour, a refresh token for one use."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

ACCESS_SECONDS: Final = 3_600
REFRESH_SECONDS: Final = 8_726_400


@dataclass(frozen=True, slots=True)
class App:
    """The Intuit app: its id and secret, and the refresh token that stands for an administrator's signing in."""

    client_id: str
    client_secret: str = field(repr=False)
    first_refresh_token: str = field(repr=False)


class Logins:
    """The tokens that are good; kept in a file when one is named."""

    def __init__(self, app: App, *, clock: Callable[[], datetime], kept: Path | None = None) -> None:
        self._app = app
        self._clock = clock
        self._kept = kept
        self._lock = threading.Lock()
        self._access: dict[str, datetime] = {}
        self._refresh = app.first_refresh_token
        self.refreshes = 0
        if kept is not None and kept.exists():
            self._refresh = json.loads(kept.read_text(encoding="utf-8"))["refresh"]

    def knows(self, authorization: str) -> bool:
        """Say whether these are the app's id and secret (HTTP Basic)."""
        pair = f"{self._app.client_id}:{self._app.client_secret}"
        wanted = "Basic " + base64.b64encode(pair.encode()).decode()
        return secrets.compare_digest(authorization.encode(), wanted.encode())

    def exchange(self, refresh: str) -> dict[str, object] | None:
        """Give new tokens for the refresh token that is good now; None for any other.

        The first one stays good: it stands for an administrator who connects the company again.
        """
        with self._lock:
            if refresh not in (self._refresh, self._app.first_refresh_token):
                return None
            self._refresh = f"AB1{secrets.token_hex(20)}"
            access = secrets.token_urlsafe(32)
            self._access[access] = self._clock() + timedelta(seconds=ACCESS_SECONDS)
            self.refreshes += 1
            if self._kept is not None:
                self._kept.write_text(json.dumps({"refresh": self._refresh}), encoding="utf-8")
            return {
                "token_type": "bearer", "access_token": access, "expires_in": ACCESS_SECONDS,
                "refresh_token": self._refresh, "x_refresh_token_expires_in": REFRESH_SECONDS,
            }  # fmt: skip

    def is_good(self, authorization: str) -> bool:
        """Say whether this is a bearer token that has not ended."""
        with self._lock:
            ends = self._access.get(authorization.removeprefix("Bearer "))
        return ends is not None and self._clock() < ends

    def end_all(self) -> None:
        """End every access token at once."""
        with self._lock:
            self._access.clear()
