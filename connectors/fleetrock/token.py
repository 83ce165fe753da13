"""The token that goes along with every call: fetched with the key, or the key itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from drawbar.connectors.fleetrock.settings import FleetRockSettings
from drawbar.middleware.retry import Clocks

_GOOD_FOR_SECONDS: Final = 24 * 3600.0
"""A public connector keeps a token for 180 days; a new one each day costs one call and outlives no change of rights."""


class TokenKeeper:
    """Keeps one token for any number of threads, of which one fetches.

    `fetch` raises when FleetRock gives none; what it raises goes up as it is.
    """

    def __init__(self, settings: FleetRockSettings, fetch: Callable[[], str], clocks: Clocks) -> None:
        self._fixed = settings.key.get_secret_value() if settings.auth == "key" else ""
        self._fetch = fetch
        self._clocks = clocks
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0

    @property
    def known(self) -> str:
        """The token that is kept now, "" for none."""
        return self._token

    def token(self) -> str:
        """Give the token, after fetching one when that is needed."""
        if self._fixed:
            return self._fixed
        with self._lock:
            if self._token and self._clocks.monotonic() < self._ends_at:
                return self._token
            return self._renewed()

    def renew(self, refused: str) -> str:
        """Give another token than the one that was refused."""
        with self._lock:
            return self._token if self._token != refused else self._renewed()

    def _renewed(self) -> str:
        self._token = ""
        self._token = self._fetch()
        self._ends_at = self._clocks.monotonic() + _GOOD_FOR_SECONDS
        return self._token
