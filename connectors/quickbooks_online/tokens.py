"""Access tokens of QuickBooks Online: the refresh token changes with each use and must not be lost.

Source: Intuit developer documentation, "OAuth 2.0" (2026-11): an access token lives for an hour; the answer to a
refresh holds a new refresh token, and the old one soon ends.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from drawbar.connectors.quickbooks_online.errors import NAME, read_refusal
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.observe import LoggedIn, Observer, Observers
from drawbar.middleware.retry import HTTP_RETRIES, Clocks, RetryPolicy
from drawbar.middleware.sync.token_vault import Tokens, TokenVault
from drawbar.middleware.vendor import Refusal, Vendor, VendorBusy
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_login import FixedProof, LogInRefused, Proof

_MARGIN: Final = timedelta(minutes=1)
_CONNECT: Final = (
    "Connect the company (an administrator signs in): drawbar quickbooks connect, with --company for a further one"
)
_ONCE: Final = RetryPolicy(attempts=1)
"""A refresh token is used once: whether the failed call has used it, nobody knows."""


class TokenKeeper:
    """Implements `LogIn`: renews the access token once for all threads and processes that find it refused."""

    def __init__(
        self,
        settings: QuickBooksOnlineSettings,
        vault: TokenVault,
        *,
        clocks: Clocks,
        observer: Observer | None = None,
    ) -> None:
        self._vault = vault
        self._now = clocks.now
        self._observer = observer or Observers()
        endpoint = Vendor(SYSTEM, NAME, settings.token_url, settings.http, read_refusal, as_error=_as_error)
        app = FixedProof(Proof({"Authorization": _basic(settings)}))
        self._endpoint = VendorApi(endpoint, app, pace=None, policy=_ONCE, clocks=clocks, observer=observer)
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def proof(self) -> Proof:
        """Give the access token, renewed when it has ended or is not known here.

        Raises LogInRefused when the company has to be connected (again), VendorBusy when nobody can say now.
        """
        with self._lock:
            if self._tokens is None or not self._lives(self._tokens):
                self._tokens = self._renewed("")
            return _bearer(self._tokens.access)

    def renew(self, refused: Proof) -> Proof:
        """Give another access token than the refused one: one that somebody has fetched meanwhile, or a new one."""
        with self._lock:
            if self._tokens is None or _bearer(self._tokens.access) == refused:
                self._tokens = self._renewed(self._tokens.access if self._tokens else "")
            return _bearer(self._tokens.access)

    def _lives(self, tokens: Tokens) -> bool:
        ends = tokens.access_ends_at
        return bool(tokens.access) and ends is not None and self._now() < ends - _MARGIN

    def _renewed(self, refused: str) -> Tokens:
        with self._vault.alone():
            stored = self._vault.load()
            if stored is None:
                raise LogInRefused("QuickBooks Online is not connected", remedy=_CONNECT)
            if stored.access != refused and self._lives(stored):
                return stored
            fresh = self.exchanged(stored.refresh)
            self._vault.store(fresh, now=self._now())
            return fresh

    def exchanged(self, refresh: str) -> Tokens:
        """Exchange a refresh token for new tokens; whoever asks stores them before anything else happens."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        try:
            answer = self._endpoint.post_form("", form, repeatable=False)
        except VendorBusy:
            self._observer.happened(LoggedIn(SYSTEM, "unanswered"))
            raise
        except LogInRefused:
            self._observer.happened(LoggedIn(SYSTEM, "refused"))
            raise
        tokens = self._read(answer)
        self._observer.happened(LoggedIn(SYSTEM, "accepted"))
        return tokens

    def _read(self, answer: object) -> Tokens:
        told = answer if isinstance(answer, Mapping) else {}
        try:
            seconds, lasting = int(told["expires_in"]), int(told["x_refresh_token_expires_in"])
            access, refresh = str(told["access_token"]), str(told["refresh_token"])
        except (ValueError, KeyError, TypeError):
            raise LogInRefused("the answer of token_url is not Intuit's", remedy="Set token_url.") from None
        now = self._now()
        return Tokens(refresh, access, now + timedelta(seconds=seconds), now + timedelta(seconds=lasting))


def _as_error(refusal: Refusal) -> DrawbarError:
    """Give the error for a refusal of the token endpoint."""
    if (refusal.status, "") in HTTP_RETRIES:
        return VendorBusy("the token endpoint of QuickBooks cannot answer now", after_seconds=refusal.retry_after)
    if refusal.said.code == "invalid_client":
        return LogInRefused("QuickBooks does not know the app", remedy="Set client_id and client_secret.")
    return LogInRefused(
        f"QuickBooks refuses the refresh token ({refusal.said.code or refusal.status})", remedy=_CONNECT
    )


def _bearer(access: str) -> Proof:
    return Proof({"Authorization": f"Bearer {access}"})


def _basic(settings: QuickBooksOnlineSettings) -> str:
    pair = f"{settings.client_id}:{settings.client_secret.get_secret_value()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
