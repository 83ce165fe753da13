"""The calls of FleetRock: a token in the query, an array by name in the answer, and errors in answers of status 200.

The query of a URL holds user and token, so no error, log line or trace may hold the query: errors are made from the
name of the call alone, and what the HTTP library says of a failure is not passed on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

import structlog
from requests import RequestException, Response

from drawbar.connectors.fleetrock.errors import FleetRockBusy, FleetRockRefused, FleetRockStopped, LoginRefused
from drawbar.connectors.fleetrock.records import Answer
from drawbar.connectors.fleetrock.settings import SYSTEM, FleetRockSettings
from drawbar.connectors.fleetrock.token import TokenKeeper
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.http import TimedAdapter, open_session
from drawbar.middleware.observe import CallRetried, LoggedIn, Observer, ToldToWait
from drawbar.middleware.retry import (
    GIVE_UP,
    HTTP_RETRIES,
    NO_ANSWER,
    Clocks,
    Failure,
    Gate,
    RetryDecision,
    RetryPolicy,
    call_with_retries,
    decide,
    read_retry_after,
)

Event = Literal["started", "finished", "invoiced", "received", "closed"]

_UNREADABLE: Final = "unreadable"
_TOKEN: Final = "token"  # noqa: S105  (the code of a refusal)
_REFUSED: Final = "refused"
_RETRIES: Final = {**HTTP_RETRIES, (200, _UNREADABLE): "if-repeatable"}
_NO_LOGIN: Final = Failure(401, _TOKEN)
_REFUSED_FROM: Final = 300
_LONGEST_MESSAGE: Final = 300
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call by name, without user and token; `parameters` go into the query, `body` travels as JSON."""

    name: str
    array: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    record: str = ""


class _Failed(Exception):
    """A call that failed, with what is known of it."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message


class FleetRockClient:
    """The interface for one account; safe for several threads. It logs in with its first call.

    Raises FleetRockBusy, FleetRockRefused, FleetRockStopped or LoginRefused.
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
        self._policy = policy or RetryPolicy()
        self._adapter = TimedAdapter(settings.http, system=SYSTEM, observer=observer)
        self._session = open_session(self._adapter)
        self._gate = Gate(self.clocks.monotonic)
        self._tokens = TokenKeeper(settings, self._fetch_token, self.clocks)

    def close(self) -> None:
        self._session.close()

    def orders(self, event: Event, start: datetime, end: datetime) -> list[Answer]:
        """Give the repair orders to which an event happened from `start` to `end`, as they are now."""
        return self._array(_Call("GetRO", "repair_orders", {"event": event, **_window(start, end)}))

    def order(self, order_id: str) -> Answer | None:
        """Give one repair order as it is now; None when FleetRock answers with none."""
        record = f"repair order {order_id}"
        found = self._array(_Call("GetRO", "repair_orders", {"id": order_id}, record=record))
        return found[0] if found else None

    def purchases(self, event: Event, start: datetime, end: datetime) -> list[Answer]:
        """Give the purchase orders to which an event happened from `start` to `end`, as they are now."""
        return self._array(_Call("GetPO", "purchase_orders", {"event": event, **_window(start, end)}))

    def units(self) -> list[Answer]:
        """Give every unit (truck or trailer) of the account."""
        return self._array(_Call("GetUnits", "units"))

    def update_order(self, order_id: str, field_name: str, value: str) -> None:
        """Set one field of a repair order; the same call may happen twice.

        One field per call: of several dates in one call FleetRock stores times that nobody can foresee.
        """
        body = {"username": self.settings.username, "repair_orders": [{"ro_id": order_id, field_name: value}]}
        record = f"repair order {order_id}"
        rows = self._array(_Call("UpdateRO", "response", body=body, record=record))
        for row in rows:
            if str(row.get("result")).lower() != "success":
                raise self._refused(record, _said(row))

    def _array(self, call: _Call) -> list[Answer]:
        answer = self._do(call)
        rows = answer.get(call.array)
        if not isinstance(rows, list) or not all(isinstance(each, Mapping) for each in rows):
            raise FleetRockBusy(
                f"FleetRock answered {call.name} without {call.array}", remedy="Check fleetrock.url; try again later."
            )
        return rows

    def _do(self, call: _Call) -> Answer:
        outcome = self._with_retries(call)
        if isinstance(outcome, _Failed):
            raise self._as_ours(outcome, call)
        return outcome

    def _with_retries(self, call: _Call) -> Answer | _Failed:
        """Call until it succeeds or nothing more can be hoped for.

        The failure is given back rather than raised, so that no traceback leads to an exception with a URL in it.
        """

        def decide_on(error: BaseException, attempt: int) -> RetryDecision:
            if not isinstance(error, _Failed):
                return GIVE_UP
            return decide(error.failure, attempt, repeatable=True, table=_RETRIES, policy=self._policy)

        try:
            return call_with_retries(lambda: self._once(call), decide_on, sleep=self._pause)
        except _Failed as failed:
            return failed

    def _pause(self, seconds: float) -> None:
        self._adapter.observer.happened(CallRetried(SYSTEM, seconds))
        self.clocks.sleep(seconds)

    def _once(self, call: _Call) -> Answer:
        """Call once, and once more with a new token when this one is refused."""
        self._wait_at_gate()
        token = self._tokens.token()
        try:
            return self._answer(call, token)
        except _Failed as failed:
            if failed.failure.code != _TOKEN or self.settings.auth == "key":
                raise
        return self._answer(call, self._tokens.renew(token))

    def _fetch_token(self) -> str:
        key = self.settings.key.get_secret_value()
        call = _Call("GetToken", "token", {"key": key})
        try:
            token = self._answer(call, "").get("token")
        except _Failed as failed:
            refused = failed.failure.code in (_TOKEN, _REFUSED)
            self._adapter.observer.happened(LoggedIn(SYSTEM, "refused" if refused else "unanswered"))
            raise (_Failed(_NO_LOGIN, failed.message) if refused else failed) from None
        if not isinstance(token, str) or not token:
            self._adapter.observer.happened(LoggedIn(SYSTEM, "refused"))
            raise _Failed(_NO_LOGIN, "an answer without a token")
        self._adapter.observer.happened(LoggedIn(SYSTEM, "accepted"))
        return token

    def _answer(self, call: _Call, token: str) -> Answer:
        response = self._transmit(call, token)
        if isinstance(response, str):
            raise _Failed(Failure(NO_ANSWER), f"no answer ({response})")
        if response.status_code >= _REFUSED_FROM:
            raise self._refusal(response)
        answer = _json_of(response)
        if answer is None:
            raise _Failed(Failure(200, _UNREADABLE), "an answer that is cut short or is not JSON")
        if str(answer.get("result")).lower() == "error":
            said = _said(answer)
            raise _Failed(Failure(200, _TOKEN if "token" in said.lower() else _REFUSED), said)
        return answer

    def _transmit(self, call: _Call, token: str) -> Response | str:
        """Send a call; gives the kind of failure when nobody answers, as the failure itself would tell the URL."""
        method = "GET" if call.body is None else "POST"
        shown = {"token": token} if token else {}
        user = {"username": self.settings.username} if method == "GET" else {}
        try:
            return self._session.request(
                method, f"{self.settings.url}/{call.name}", params={**user, **shown, **call.parameters}, json=call.body,
                headers={"Accept": "application/json"}, allow_redirects=False,
            )  # fmt: skip
        except RequestException as error:
            return type(error).__name__

    def _refusal(self, response: Response) -> _Failed:
        after = read_retry_after(response.headers.get("Retry-After"), self.clocks.now())
        if after is not None:
            self._gate.shut_for(after)
            self._adapter.observer.happened(ToldToWait(SYSTEM, after))
        status = response.status_code
        _log.info("call refused", system=SYSTEM, status=status, seconds=after)
        answer = _json_of(response)
        said = f"HTTP {status}" if answer is None else f"HTTP {status}, {_said(answer)}"
        return _Failed(Failure(status, _TOKEN if status == 401 else "", after), said)  # noqa: PLR2004

    def _wait_at_gate(self) -> None:
        left = self._gate.seconds_left()
        if left > self._policy.patience:
            raise FleetRockBusy("FleetRock asked not to be called yet", after_seconds=left)
        while left > 0:
            self.clocks.sleep(left)
            left = self._gate.seconds_left()

    def _as_ours(self, failed: _Failed, call: _Call) -> DrawbarError:
        failure, said = failed.failure, self._masked(failed.message)
        text = f"FleetRock answered {call.name}: {said}"
        if failure.code == _TOKEN:
            remedy = "Check username and key of [fleetrock], and whether the account may use the interface."
            return LoginRefused(text, remedy=remedy)
        if (failure.status, "") in HTTP_RETRIES or failure.code == _UNREADABLE:
            return FleetRockBusy(text, after_seconds=failure.retry_after, record=call.record)
        if failure.code == _REFUSED and call.record:
            return self._refused(call.record, said)
        return FleetRockStopped(text, remedy="Check url and rights of [fleetrock], or ask FleetRock.")

    def _refused(self, record: str, said: str) -> FleetRockRefused:
        return FleetRockRefused(
            f"FleetRock refuses it: {self._masked(said)}", record=record, remedy="Look at it in FleetRock.",
            code="REFUSED",
        )  # fmt: skip

    def _masked(self, text: str) -> str:
        """Take our secrets out of what FleetRock says, should it ever repeat them."""
        for secret in (self.settings.key.get_secret_value(), self._tokens.known):
            text = text.replace(secret, "***") if secret else text
        return text


def _window(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": _iso(start), "end": _iso(end)}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json_of(response: Response) -> Answer | None:
    try:
        answer: object = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        return None
    return answer if isinstance(answer, Mapping) else None


def _said(answer: Answer) -> str:
    return str(answer.get("message") or "no reason given")[:_LONGEST_MESSAGE]
