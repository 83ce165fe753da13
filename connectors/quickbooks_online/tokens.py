"""Access tokens of QuickBooks Online: the refresh token changes with each use and must not be lost.

Source: Intuit developer documentation, "OAuth 2.0" (2026-11): an access token lives for an hour; the answer to a
refresh holds a new refresh token, and the old one soon ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from requests import RequestException, Response, Session

from drawbar.connectors.quickbooks_online.errors import LoginRefused, QuickBooksBusy, read_fault
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings
from drawbar.middleware.http import TimedAdapter, open_session
from drawbar.middleware.observe import LoggedIn, Observer, Observers
from drawbar.middleware.retry import HTTP_RETRIES, read_retry_after
from drawbar.middleware.sync.token_vault import Tokens, TokenVault

_MARGIN: Final = timedelta(minutes=1)
_CONNECT: Final = "Connect the company (an administrator signs in): drawbar quickbooks connect"


class TokenKeeper:
    """Gives the access token, and renews it once for all threads and processes that find it refused."""

    def __init__(
        self,
        settings: QuickBooksOnlineSettings,
        vault: TokenVault,
        *,
        now: Callable[[], datetime],
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._now = now
        self._observer = observer or Observers()
        self._session: Session = open_session(TimedAdapter(settings.http, system=SYSTEM, observer=observer))
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def current(self) -> str:
        """Give the access token, renewed when it has ended or is not known here.

        Raises LoginRefused when the company has to be connected (again), QuickBooksBusy when nobody can say now.
        """
        with self._lock:
            if self._tokens is None or not self._lives(self._tokens):
                self._tokens = self._renewed("")
            return self._tokens.access

    def renew(self, refused: str) -> str:
        """Give another access token than `refused`: one that somebody has fetched meanwhile, or a new one."""
        with self._lock:
            if self._tokens is None or self._tokens.access == refused:
                self._tokens = self._renewed(refused)
            return self._tokens.access

    def _lives(self, tokens: Tokens) -> bool:
        ends = tokens.access_ends_at
        return bool(tokens.access) and ends is not None and self._now() < ends - _MARGIN

    def _renewed(self, refused: str) -> Tokens:
        with self._vault.alone():
            stored = self._vault.load()
            if stored is None:
                raise LoginRefused("QuickBooks Online is not connected", remedy=_CONNECT)
            if stored.access != refused and self._lives(stored):
                return stored
            fresh = self.exchanged(stored.refresh)
            self._vault.store(fresh, now=self._now())
            return fresh

    def exchanged(self, refresh: str) -> Tokens:
        """Exchange a refresh token for new tokens; whoever asks stores them before anything else happens."""
        try:
            response = self._session.post(
                self._settings.token_url,
                data={"grant_type": "refresh_token", "refresh_token": refresh},
                auth=(self._settings.client_id, self._settings.client_secret.get_secret_value()),
                headers={"Accept": "application/json"},
                allow_redirects=False,
            )
            _ = response.content
        except RequestException as error:
            self._observer.happened(LoggedIn(SYSTEM, "unanswered"))
            raise QuickBooksBusy(
                f"the token endpoint of QuickBooks does not answer ({type(error).__name__})",
                remedy="Check token_url, the network and ca_file.",
            ) from error
        if response.status_code != 200:  # noqa: PLR2004
            raise self._refused(response)
        tokens = self._read(response)
        self._observer.happened(LoggedIn(SYSTEM, "accepted"))
        return tokens

    def _refused(self, response: Response) -> Exception:
        after = read_retry_after(response.headers.get("Retry-After"), self._now())
        fault = read_fault(response.status_code, response.text, after)
        if (response.status_code, "") in HTTP_RETRIES:
            self._observer.happened(LoggedIn(SYSTEM, "unanswered"))
            return QuickBooksBusy("the token endpoint of QuickBooks cannot answer now", after_seconds=after)
        self._observer.happened(LoggedIn(SYSTEM, "refused"))
        if fault.code == "invalid_client":
            return LoginRefused("QuickBooks does not know the app", remedy="Set client_id and client_secret.")
        return LoginRefused(f"QuickBooks refuses the refresh token ({fault.code or fault.status})", remedy=_CONNECT)

    def _read(self, response: Response) -> Tokens:
        try:
            answer = response.json()
            seconds, lasting = int(answer["expires_in"]), int(answer["x_refresh_token_expires_in"])
            access, refresh = str(answer["access_token"]), str(answer["refresh_token"])
        except (ValueError, KeyError, TypeError):
            raise LoginRefused("the answer of token_url is not Intuit's", remedy="Set token_url.") from None
        now = self._now()
        return Tokens(refresh, access, now + timedelta(seconds=seconds), now + timedelta(seconds=lasting))
