"""The calls of FleetRock: a token in the query, an array by name in the answer, and errors in answers of status 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from requests import Response

from drawbar.connectors.fleetrock.records import Answer
from drawbar.connectors.fleetrock.settings import SYSTEM, FleetRockSettings
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.observe import Observer
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.vendor import UNAUTHORIZED, CallRefused, Refusal, Said, Vendor, VendorBusy, VendorStopped
from drawbar.middleware.vendor_answers import as_list, as_object
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_json import read_json
from drawbar.middleware.vendor_login import FixedProof, LogIn, LogInRefused, Proof, Token, TokenLogIn

Event = Literal["started", "finished", "invoiced", "received", "closed"]

NAME: Final = "FleetRock"
_TOKEN: Final = "token"  # noqa: S105  (the code of a refusal)
_REFUSED: Final = "REFUSED"
_UPDATED: Final = "response"
"""The array of what became of each order that was to be changed."""

_LONGEST_MESSAGE: Final = 300
_TOKEN_SECONDS: Final = 24 * 3600.0
"""A public connector keeps a token for 180 days; a new one each day costs one call and outlives no change of rights."""


class FleetRockClient:
    """The interface for one account; safe for several threads. It logs in with its first call.

    Raises what `VendorApi` raises.
    """

    def __init__(
        self,
        settings: FleetRockSettings,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.settings = settings
        self.clocks = clocks or Clocks()
        policy = policy or RetryPolicy()
        vendor = _vendor(settings)
        self._door = VendorApi(vendor, FixedProof(), pace=None, policy=policy, clocks=self.clocks, observer=observer)
        log_in = self._log_in(observer)
        self._api = VendorApi(vendor, log_in, pace=None, policy=policy, clocks=self.clocks, observer=observer)

    def close(self) -> None:
        self._door.close()
        self._api.close()

    def _log_in(self, observer: Observer | None) -> LogIn:
        if self.settings.auth == "key":
            return FixedProof(Proof(parameters={"token": self.settings.key.get_secret_value()}))
        return TokenLogIn(SYSTEM, self._fetch_token, self.clocks, observer)

    def _fetch_token(self) -> Token:
        asked = {"username": self.settings.username, "key": self.settings.key.get_secret_value()}
        try:
            token = as_object(self._door.get("/GetToken", asked), NAME).get("token")
        except (CallRefused, VendorStopped) as refused:
            raise LogInRefused(refused.message, remedy=_LOG_IN_REMEDY) from None
        if not isinstance(token, str) or not token:
            raise LogInRefused("FleetRock answered GetToken without a token", remedy=_LOG_IN_REMEDY)
        return Token(Proof(parameters={"token": token}), _TOKEN_SECONDS)

    def orders(self, event: Event, start: datetime, end: datetime) -> list[Answer]:
        """Give the repair orders to which an event happened from `start` to `end`, as they are now."""
        return self._array("GetRO", "repair_orders", {"event": event, **_window(start, end)})

    def order(self, order_id: str) -> Answer | None:
        """Give one repair order as it is now; None when FleetRock answers with none."""
        record = f"repair order {order_id}"
        found = self._array("GetRO", "repair_orders", {"id": order_id}, record=record)
        return found[0] if found else None

    def purchases(self, event: Event, start: datetime, end: datetime) -> list[Answer]:
        """Give the purchase orders to which an event happened from `start` to `end`, as they are now."""
        return self._array("GetPO", "purchase_orders", {"event": event, **_window(start, end)})

    def units(self) -> list[Answer]:
        """Give every unit (truck or trailer) of the account."""
        return self._array("GetUnits", "units")

    def update_order(self, order_id: str, field_name: str, value: str) -> None:
        """Set one field of a repair order; the same call may happen twice.

        One field per call: of several dates in one call FleetRock stores times that nobody can foresee.
        """
        body = {"username": self.settings.username, "repair_orders": [{"ro_id": order_id, field_name: value}]}
        record = f"repair order {order_id}"
        answer = self._api.post("/UpdateRO", body, repeatable=True, record=record)
        self._rows("UpdateRO", _UPDATED, answer)

    def _array(
        self, call: str, array: str, asked: Mapping[str, str] | None = None, *, record: str = ""
    ) -> list[Answer]:
        parameters = {"username": self.settings.username, **(asked or {})}
        return self._rows(call, array, self._api.get(f"/{call}", parameters, record=record))

    def _rows(self, call: str, array: str, answer: object) -> list[Answer]:
        rows = as_object(answer, NAME).get(array)
        if not isinstance(rows, list):
            raise VendorBusy(
                f"FleetRock answered {call} without {array}", remedy="Check fleetrock.url; try again later."
            )
        return as_list(rows, NAME)


_LOG_IN_REMEDY: Final = "Check username and key of [fleetrock], and whether the account may use the interface."


def _vendor(settings: FleetRockSettings) -> Vendor:
    return Vendor(
        SYSTEM, NAME, settings.url, settings.http, read_refusal, find_refusal=find_refusal,
        about_tokens=frozenset({_TOKEN}), as_error=_as_error, secrets=frozenset({settings.key.get_secret_value()}),
    )  # fmt: skip


def read_refusal(response: Response) -> Said:
    """Understand a refusal with a status of its own."""
    try:
        answer = read_json(response.content)
    except ValueError:
        answer = None
    code = _TOKEN if response.status_code == UNAUTHORIZED else ""
    status = f"HTTP {response.status_code}"
    return Said(code, f"{status}, {_message(answer)}" if isinstance(answer, Mapping) else status)


def find_refusal(answer: object) -> Said | None:
    """Find the error in an answer of status 200; only its message tells whether it is about the token."""
    if not isinstance(answer, Mapping):
        return None
    if str(answer.get("result")).lower() == "error":
        message = _message(answer)
        return Said(_TOKEN if "token" in message.lower() else _REFUSED, message)
    rows = answer.get(_UPDATED)
    failed = (each for each in rows if not _succeeded(each)) if isinstance(rows, list) else ()
    return next((Said(_REFUSED, _message(each)) for each in failed), None)


def _succeeded(row: object) -> bool:
    return not isinstance(row, Mapping) or str(row.get("result")).lower() == "success"


def _as_error(refusal: Refusal) -> DrawbarError | None:
    """Give errors of status 200 that name a record to the record, and tell what to do about the log-in."""
    if refusal.said.code == _TOKEN:
        return LogInRefused(f"FleetRock answered {refusal.call}: {refusal.said.message}", remedy=_LOG_IN_REMEDY)
    if refusal.said.code == _REFUSED and refusal.record:
        return CallRefused(
            f"FleetRock refuses it: {refusal.said.message}", status=200, code=_REFUSED, record=refusal.record,
            remedy="Look at it in FleetRock.",
        )  # fmt: skip
    return None


def _window(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": _iso(start), "end": _iso(end)}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _message(answer: Mapping[str, object]) -> str:
    return str(answer.get("message") or "no reason given")[:_LONGEST_MESSAGE]
