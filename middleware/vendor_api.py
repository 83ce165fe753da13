"""The one way to a vendor's JSON interface: log-in, pace, time-outs, retries, and our errors for the vendor's.

A call is made again as `middleware/retry.py` says; one that is refused for its token is made once more with a new
one. An answer that is cut short or is not JSON counts as no answer. Numbers with a point become Decimal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

import structlog
from requests import RequestException, Response

from drawbar.middleware.errors import DrawbarError, RecordRejected, RetryLater, StopRun
from drawbar.middleware.http import HttpOptions, TimedAdapter, open_session
from drawbar.middleware.observe import CallRetried, Observer, ToldToWait
from drawbar.middleware.pace import Pace
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
from drawbar.middleware.vendor_login import LogIn, LogInRefused

UNREADABLE: Final = "unreadable answer"
"""The code of an answer that is cut short or is not JSON: repeatable calls are made again."""

_RETRIES: Final = {**HTTP_RETRIES, (200, UNREADABLE): "if-repeatable"}
_UNAUTHORIZED: Final = 401
_REFUSED_FROM: Final = 300
_ABOUT_THE_RECORD: Final = frozenset({400, 404, 409, 410, 422})
_log = structlog.get_logger(__name__)


class VendorBusy(RetryLater):
    """A vendor cannot answer now, or does not answer; `maybe_done` says that the call may have had its effect."""

    def __init__(
        self, message: str, *, after_seconds: float | None = None, remedy: str = "", maybe_done: bool = False
    ) -> None:
        super().__init__(message, after_seconds=after_seconds, remedy=remedy)
        self.maybe_done = maybe_done


class CallRefused(RecordRejected):
    """A vendor refuses a call because of the record that it is about; `status` is the HTTP status."""

    def __init__(self, message: str, *, status: int, code: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, code=code or str(status))
        self.status = status


class VendorStopped(StopRun):
    """A vendor refuses in a way that a person has to mend."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a vendor says in a refusal: its code and its words, with whatever its support needs to find the call."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Vendor:
    """How a vendor is called and reached: `system` in metrics and logs, `name` for people, `url` without a last slash.

    `read_refusal` understands the body of a refusal. `about_records` are codes of refusals that concern the record
    alone, whatever the HTTP status: SOAP tells every refusal with status 500.
    """

    system: str
    name: str
    url: str
    http: HttpOptions
    read_refusal: Callable[[Response], Said]
    about_records: frozenset[str] = frozenset()


class _Failed(Exception):
    """A call that failed, with what is known of it."""

    def __init__(self, failure: Failure, said: Said) -> None:
        super().__init__(said.message)
        self.failure = failure
        self.said = said


@dataclass(frozen=True, slots=True)
class _Call:
    method: Literal["GET", "POST", "PUT"]
    path: str
    repeatable: bool
    parameters: Mapping[str, str | list[str]] | None = None
    form: Mapping[str, str] | None = None
    body: Mapping[str, object] | None = None
    content: bytes | None = None
    content_type: str = ""
    read: Callable[[bytes], object] | None = None


class VendorApi:
    """Calls one vendor; thread-safe. Raises VendorBusy, CallRefused, VendorStopped or LogInRefused."""

    def __init__(
        self,
        vendor: Vendor,
        log_in: LogIn,
        *,
        pace: Pace,
        policy: RetryPolicy,
        clocks: Clocks,
        observer: Observer | None = None,
    ) -> None:
        self._vendor = vendor
        self._log_in = log_in
        self._pace = pace
        self._policy = policy
        self._clocks = clocks
        self._adapter = TimedAdapter(vendor.http, system=vendor.system, observer=observer)
        self._session = open_session(self._adapter)
        self._gate = Gate(clocks.monotonic)

    def get(self, path: str, parameters: Mapping[str, str | list[str]] | None = None) -> object:
        """Ask for something; gives the JSON of the answer, None for an empty one."""
        return self._do(_Call("GET", path, repeatable=True, parameters=parameters))

    def post_form(self, path: str, form: Mapping[str, str], *, repeatable: bool) -> object:
        """Send a form; `repeatable` says that the same call may happen twice."""
        return self._do(_Call("POST", path, repeatable, form=form))

    def post(self, path: str, body: Mapping[str, object], *, repeatable: bool) -> object:
        """Send JSON; `repeatable` says that the same call may happen twice."""
        return self._do(_Call("POST", path, repeatable, body=body))

    def put(self, path: str, body: Mapping[str, object]) -> object:
        """Send JSON that sets something to a state; the same call may happen twice."""
        return self._do(_Call("PUT", path, repeatable=True, body=body))

    def post_xml(self, path: str, content: bytes, read: Callable[[bytes], object], *, repeatable: bool) -> object:
        """Send XML; gives what `read` makes of the answer. A ValueError of it counts as an answer that is cut short."""
        call = _Call("POST", path, repeatable, content=content, content_type="text/xml; charset=utf-8", read=read)
        return self._do(call)

    def log_in(self) -> None:
        """Log in, where that has not been done yet and is needed."""
        self._log_in.headers()

    def _do(self, call: _Call) -> object:
        def decide_on(error: BaseException, attempt: int) -> RetryDecision:
            if not isinstance(error, _Failed) or error.failure.code in self._vendor.about_records:
                return GIVE_UP
            return decide(error.failure, attempt, repeatable=call.repeatable, table=_RETRIES, policy=self._policy)

        try:
            return call_with_retries(lambda: self._once(call), decide_on, sleep=self._pause)
        except _Failed as failed:
            raise self._as_ours(failed, call) from failed.__cause__

    def _pause(self, seconds: float) -> None:
        self._adapter.observer.happened(CallRetried(self._vendor.system, seconds))
        self._clocks.sleep(seconds)

    def _once(self, call: _Call) -> object:
        """Call once, and once more with a new token when this one is refused."""
        self._wait_at_gate()
        headers = self._log_in.headers()
        response = self._transmit(call, headers)
        if response.status_code == _UNAUTHORIZED:
            response = self._transmit(call, self._log_in.renew(headers))
        if response.status_code >= _REFUSED_FROM:
            raise self._refusal(response)
        return _json_of(response) if call.read is None else _read(call.read, response)

    def _transmit(self, call: _Call, headers: Mapping[str, str]) -> Response:
        self._pace.wait()
        try:
            return self._session.request(
                call.method, f"{self._vendor.url}{call.path}", params=call.parameters,
                data=call.form if call.content is None else call.content, json=call.body,
                headers={**_accepted(call), **headers},
            )  # fmt: skip
        except RequestException as error:
            raise _Failed(Failure(NO_ANSWER), Said("", f"no answer ({type(error).__name__})")) from error

    def _refusal(self, response: Response) -> _Failed:
        after = read_retry_after(response.headers.get("Retry-After"), self._clocks.now())
        if after is not None:
            self._gate.shut_for(after)
            self._adapter.observer.happened(ToldToWait(self._vendor.system, after))
        said = self._vendor.read_refusal(response)
        status = response.status_code
        _log.info("call refused", system=self._vendor.system, status=status, code=said.code, seconds=after)
        return _Failed(Failure(status, said.code, after), said)

    def _wait_at_gate(self) -> None:
        left = self._gate.seconds_left()
        if left > self._policy.patience:
            raise VendorBusy(f"{self._vendor.name} asked not to be called yet", after_seconds=left)
        while left > 0:
            self._clocks.sleep(left)
            left = self._gate.seconds_left()

    def _as_ours(self, failed: _Failed, call: _Call) -> DrawbarError:
        status, name = failed.failure.status, self._vendor.name
        text = f"{name} answered {call.method} {call.path}: {failed.said.message}"
        if status == _UNAUTHORIZED:
            return LogInRefused(text, remedy=f"Check the user and password of [{self._vendor.system}].")
        if failed.failure.code in self._vendor.about_records:
            return CallRefused(text, status=status, code=failed.said.code, remedy=f"Ask {name} about it.")
        if (status, "") in HTTP_RETRIES or failed.failure.code == UNREADABLE:
            maybe_done = HTTP_RETRIES.get((status, "")) != "always"
            lost = maybe_done and not call.repeatable
            remedy = "The call may have had its effect: look before you repeat it." if lost else ""
            return VendorBusy(text, after_seconds=failed.failure.retry_after, remedy=remedy, maybe_done=maybe_done)
        if status in _ABOUT_THE_RECORD:
            return CallRefused(text, status=status, code=failed.said.code, remedy=f"Ask {name} about it.")
        return VendorStopped(text, remedy=f"Check url and rights of [{self._vendor.system}], or ask {name}.")


def _accepted(call: _Call) -> Mapping[str, str]:
    if call.read is None:
        return {"Accept": "application/json"}
    return {"Accept": "text/xml", "Content-Type": call.content_type, "SOAPAction": '""'}


def _read(read: Callable[[bytes], object], response: Response) -> object:
    try:
        return read(response.content)
    except ValueError as error:
        raise _Failed(Failure(200, UNREADABLE), Said(UNREADABLE, "an answer that cannot be read")) from error


def _json_of(response: Response) -> object:
    if not response.content:
        return None
    try:
        answer: object = json.loads(response.content, parse_float=Decimal)
    except ValueError as error:
        raise _Failed(Failure(200, UNREADABLE), Said(UNREADABLE, "an answer that is not JSON")) from error
    return answer
