"""Calls of PassTime's partner interface.

No public description exists; the calls are those that partners' programs make (docs/connectors/passtime.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from requests import Response

from drawbar.connectors.passtime.records import LastLocate, TotalMiles
from drawbar.connectors.passtime.settings import SYSTEM, PassTimeSettings
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.observe import Observer
from drawbar.middleware.pace import Pace
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.settings import Secret
from drawbar.middleware.vendor import CallRefused, Said, Vendor, VendorStopped
from drawbar.middleware.vendor_answers import as_list, as_object, understood
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_login import FixedProof, LogInRefused, Proof, Token, TokenLogIn

NAME: Final = "PassTime"
_BURST: Final = 5
_FIRST_LOOK_SECONDS: Final = 5.0
_LONGEST_LOOK_SECONDS: Final = 60.0
_ZONE: Final = {"TimeZone": "EST", "TimeZonHasDayLightSavings": "0"}
"""The misspelt name is PassTime's own."""


class PassTimeClient:
    """The partner interface for one dealer; raises what `VendorApi` raises."""

    def __init__(
        self,
        settings: PassTimeSettings,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        self._clocks = clocks or Clocks()
        policy = policy or RetryPolicy()
        pace = Pace(settings.calls_per_minute, _BURST, self._clocks)
        vendor = Vendor(SYSTEM, NAME, settings.url, settings.http, read_refusal)
        self._door = VendorApi(vendor, FixedProof(), pace=pace, policy=policy, clocks=self._clocks, observer=observer)
        log_in = TokenLogIn(SYSTEM, self._fetch_token, self._clocks, observer)
        self._api = VendorApi(vendor, log_in, pace=pace, policy=policy, clocks=self._clocks, observer=observer)

    def last_locate(self, serial: str) -> LastLocate | None:
        """Give where a device last said it was; None when it never did. RecordRejected when the answer is odd."""
        found = self._of_device("GetLastLocate", serial, _ZONE)
        located = [understood(LastLocate, each, record=f"device {serial}", vendor=NAME) for each in found]
        return max(located, key=lambda each: each.at, default=None)

    def total_miles(self, serial: str) -> TotalMiles | None:
        """Give the miles that a device has counted; None when it counts none."""
        found = self._of_device("GetTotalMiles", serial, {})
        return understood(TotalMiles, found[0], record=f"device {serial}", vendor=NAME) if found else None

    def locate_now(self, serial: str) -> LastLocate:
        """Have a device say where it is, and wait for it: after 5, 10, 20, 40, 60, 60 … seconds.

        Raises RetryLater when nothing new has come within `locate_patience_seconds`.
        """
        before = self.last_locate(serial)
        self._command(serial, "UpdateMap", {}, repeatable=True)
        for seconds in self._looks():
            self._clocks.sleep(seconds)
            found = self.last_locate(serial)
            if found is not None and (before is None or found.at > before.at):
                return found
        raise RetryLater(
            f"device {serial} has not answered for {self._settings.locate_patience_seconds:g} seconds",
            record=f"device {serial}",
            remedy="It may be out of coverage or without power; the answer comes with a later reading.",
        )

    def set_starter(self, serial: str, *, enabled: bool) -> None:
        """Let a truck start, or keep it from starting; never repeated by itself.

        Raises RecordRejected when PassTime does not say that it has done so.
        """
        answer = self._command(serial, "EnableDisable", {"EnableDisable": "1" if enabled else "0"}, repeatable=False)
        results = as_object(answer, NAME).get("results")
        if not isinstance(results, Mapping) or "callresult" not in results:
            raise RecordRejected(
                "PassTime does not confirm the starter command",
                record=f"device {serial}",
                remedy="Look at the device in PassTime's portal before you ask again.",
                code="NOT_CONFIRMED",
            )

    def log_in(self) -> None:
        """Log in, if that has not been done yet."""
        self._api.log_in()

    def _looks(self) -> Iterator[float]:
        left, wait = self._settings.locate_patience_seconds, _FIRST_LOOK_SECONDS
        while left > 0:
            yield min(wait, left)
            left -= wait
            wait = min(wait * 2, _LONGEST_LOOK_SECONDS)

    def _of_device(self, call: str, serial: str, more: Mapping[str, str]) -> list[Mapping[str, object]]:
        which = {"DealerNumber": self._settings.dealer_number, "SerialNumber": serial}
        return as_list(self._api.get(f"/api/device/{call}", {**which, **more}), NAME)

    def _command(self, serial: str, action: str, more: Mapping[str, str], *, repeatable: bool) -> object:
        form = {"actionName": action, "DealerNumber": self._settings.dealer_number, "SerialNumber": serial, **more}
        return self._api.post_form("/api/device", form, repeatable=repeatable)

    def _fetch_token(self) -> Token:
        form = {
            "grant_type": "password",
            "username": self._settings.username,
            "password": _reveal(self._settings.password),
        }
        try:
            answer = as_object(self._door.post_form("/token", form, repeatable=True), NAME)
        except (CallRefused, VendorStopped) as refused:
            raise LogInRefused(
                f"PassTime refuses the log-in: {refused.message}",
                remedy="Check username and password of [passtime].",
            ) from None
        if not isinstance(answer.get("access_token"), str):
            raise LogInRefused("the log-in answer is not PassTime's", remedy="Check url of [passtime].")
        seconds = answer.get("expires_in")
        good_for = float(seconds) if isinstance(seconds, int) else None
        return Token(Proof({"Authorization": f"Bearer {answer['access_token']}"}), good_for)


def read_refusal(response: Response) -> Said:
    """Understand a refusal: OAuth's (`error`, `error_description`) or ASP.NET's (`Message`)."""
    try:
        answer: object = json.loads(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        return Said("", f"HTTP {response.status_code}")
    code = str(answer.get("error") or "")
    message = str(answer.get("error_description") or answer.get("Message") or code or f"HTTP {response.status_code}")
    return Said(code, message[:300])


def _reveal(secret: Secret | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
