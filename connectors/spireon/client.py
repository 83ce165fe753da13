"""Calls of Spireon's NSpire interface.

Source: the unofficial OpenAPI description of lojack-clients 1.0.2 (PyPI, read 2026-07), docs/connectors/spireon.md.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from requests import Response

from drawbar.connectors.spireon.records import CommandRequest, Geofence
from drawbar.connectors.spireon.settings import SYSTEM, SpireonSettings
from drawbar.middleware.observe import Observer
from drawbar.middleware.pace import Pace
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.vendor import CallRefused, Said, Vendor, VendorStopped
from drawbar.middleware.vendor_answers import Answer, as_list, as_object, understood
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_login import FixedProof, LogIn, LogInRefused, Proof, Token, TokenLogIn

NAME: Final = "Spireon"
_BURST: Final = 10
_APP_TOKEN: Final = "X-Nspire-AppToken"  # noqa: S105
_USER_TOKEN: Final = "X-Nspire-UserToken"  # noqa: S105  (the name of a header)


class SpireonClient:
    """The interface for one user; raises what `VendorApi` raises."""

    def __init__(
        self,
        settings: SpireonSettings,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        clocks, policy = clocks or Clocks(), policy or RetryPolicy()
        pace = Pace(settings.calls_per_minute, _BURST, clocks)
        app = {_APP_TOKEN: settings.app_token.get_secret_value()}
        basic = FixedProof(Proof({**app, "Authorization": _basic(settings)}))
        identity = Vendor(SYSTEM, NAME, settings.identity_url, settings.http, read_refusal)
        self._identity = VendorApi(identity, basic, pace=pace, policy=policy, clocks=clocks, observer=observer)
        self._app = app
        log_in: LogIn = basic if settings.auth == "basic" else TokenLogIn(SYSTEM, self._fetch_token, clocks, observer)
        vendor = Vendor(SYSTEM, NAME, settings.url, settings.http, read_refusal)
        self._api = VendorApi(vendor, log_in, pace=pace, policy=policy, clocks=clocks, observer=observer)

    def identity(self) -> Answer:
        """Ask who we are."""
        return as_object(self._api.get("/identity"), NAME)

    def assets(self, filters: Mapping[str, str | list[str]] | None = None) -> Iterator[Answer]:
        """Stream the assets as they are answered, page by page."""
        return self._pages("/assets", filters or {})

    def asset(self, asset_id: str) -> Answer:
        """Give one asset; raises CallRefused with status 404 when Spireon has none of this id."""
        return as_object(self._api.get(f"/assets/{asset_id}"), NAME)

    def devices(self) -> Iterator[Answer]:
        """Stream the devices as they are answered, page by page."""
        return self._pages("/devices", {})

    def events(self, asset_id: str, since: datetime, until: datetime) -> Iterator[Answer]:
        """Stream the events of an asset from `since` to `until` as they are answered, page by page."""
        when: dict[str, str | list[str]] = {"startDate": spireon_time(since), "endDate": spireon_time(until)}
        return self._pages(f"/assets/{asset_id}/events", when)

    def geofences(self, asset_id: str) -> list[Geofence]:
        """List the geofences of an asset; raises RecordRejected for one that cannot be understood."""
        found = self._pages(f"/assets/{asset_id}/geofences", {})
        return [understood(Geofence, each, record=f"geofence of asset {asset_id}", vendor=NAME) for each in found]

    def ask_where(self, asset_id: str) -> CommandRequest:
        """Have the device of an asset say where it is; the answer comes as an event, and may take minutes."""
        body = {
            "assetId": asset_id,
            "command": "locate",
            "responseChannel": f"drawbar_assetId_{asset_id}",
            "responseStrategy": "PUSH_NOTIFICATION",
        }
        answer = self._api.post("/commandRequests", body, repeatable=True)
        return understood(CommandRequest, answer, record=f"asset {asset_id}", vendor=NAME)

    def _pages(self, path: str, filters: Mapping[str, str | list[str]]) -> Iterator[Answer]:
        """Stream all pages; a record that moves between pages while they are read comes once.

        The last page is one that is not full, or has nothing new: `total` is not given everywhere.
        """
        size, offset = self._settings.page_size, 0
        seen: set[object] = set()
        while True:
            answer = self._api.get(path, {**filters, "limit": str(size), "offset": str(offset)})
            page = as_list(as_object(answer, NAME).get("content"), NAME)
            fresh = [each for each in page if each.get("id") not in seen]
            seen.update(each.get("id") for each in fresh)
            yield from fresh
            offset += len(page)
            if len(page) < size or not fresh:
                return

    def _fetch_token(self) -> Token:
        try:
            answer = as_object(self._identity.get("/identity/token"), NAME)
        except (CallRefused, VendorStopped) as refused:
            raise LogInRefused(
                f"Spireon refuses the log-in: {refused.message}",
                remedy="Check user, password and app_token of [spireon].",
            ) from None
        token, seconds = answer.get("token"), answer.get("refreshInSeconds")
        if not isinstance(token, str):
            raise LogInRefused("the log-in answer is not Spireon's", remedy="Check identity_url of [spireon].")
        return Token(Proof({**self._app, _USER_TOKEN: token}), float(seconds) if isinstance(seconds, int) else None)


def spireon_time(instant: datetime) -> str:
    """Write an instant as Spireon does: UTC, milliseconds, an offset without colon."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def read_refusal(response: Response) -> Said:
    """Understand a refusal, and keep the correlation id by which Spireon's support finds the call."""
    try:
        answer: object = json.loads(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        return Said("", f"HTTP {response.status_code}")
    code, message = str(answer.get("code") or ""), str(answer.get("message") or f"HTTP {response.status_code}")
    correlation = str(answer.get("Correlationid") or answer.get("correlationId") or "")
    return Said(code, f"{message[:300]} (correlation id {correlation})" if correlation else message[:300])


def _basic(settings: SpireonSettings) -> str:
    pair = f"{settings.username}:{settings.password.get_secret_value()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
