"""The one way to a vendor's interface: log-in, pace, time-outs, retries, and our errors for the vendor's.

A call is made again as `middleware/retry.py` says; one that is refused for its token is made once more with a new
one. An answer that is cut short or is not JSON counts as no answer. Numbers with a point become Decimal. Some vendors
have a token in the query, so no error, log line or trace holds a query, nor what the HTTP library says of a failure.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog
from requests import RequestException, Response

from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.http import TimedAdapter, open_session
from drawbar.middleware.observe import CallRetried, Observer, ToldToWait
from drawbar.middleware.retry import (
    GIVE_UP,
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
from drawbar.middleware.vendor import UNAUTHORIZED, UNREADABLE, Refusal, Said, Vendor, VendorBusy
from drawbar.middleware.vendor_json import read_json, to_json
from drawbar.middleware.vendor_login import LogIn, Proof

Parameters = Mapping[str, str | list[str]]
Part = tuple[str, tuple[str, bytes, str]]
"""A part of a form with files: its name; then file name, content and content type."""

_REFUSED_FROM = 300
_TOO_MANY = 429
_JSON = "application/json"
_XML = "text/xml; charset=utf-8"
_log = structlog.get_logger(__name__)


class Limit(Protocol):
    """Holds calls up until they may go: `Pace`, or `MinuteLimit` (`middleware/pace.py`)."""

    def wait(self) -> None:
        """Wait until the next call may go, and count it."""
        ...


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
    record: str = ""
    parameters: Parameters | None = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    content_type: str = ""
    files: Sequence[Part] = ()
    read: Callable[[bytes], object] | None = None
    limit: Limit | None = None

    @property
    def words(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def headers(self) -> dict[str, str]:
        kind = {"Content-Type": self.content_type} if self.content_type else {}
        return {"Accept": _JSON, **kind} if self.read is None else {"Accept": "text/xml", "SOAPAction": '""', **kind}


class VendorApi:
    """Calls one vendor; thread-safe. Raises VendorBusy, CallRefused, VendorStopped, LogInRefused or the vendor's own.

    Where a call takes a `record`, that is what its error names; `limit` holds it up beside the pace of all calls.
    """

    def __init__(
        self,
        vendor: Vendor,
        log_in: LogIn,
        *,
        pace: Limit | None,
        policy: RetryPolicy,
        clocks: Clocks,
        observer: Observer | None = None,
    ) -> None:
        self._vendor = vendor
        self._log_in = log_in
        self._pace = pace
        self._policy = policy
        self._clocks = clocks
        self._retries = vendor.retry_table
        self._adapter = TimedAdapter(vendor.http, system=vendor.system, observer=observer)
        self._session = open_session(self._adapter)
        self._gate = Gate(clocks.monotonic)
        places = vendor.concurrent_calls
        self._places: AbstractContextManager[object] = threading.Semaphore(places) if places else nullcontext()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._session.close()

    def get(self, path: str, parameters: Parameters | None = None, *, record: str = "") -> object:
        """Ask for something; gives the JSON of the answer, None for an empty one."""
        return self._do(_Call("GET", path, repeatable=True, record=record, parameters=parameters))

    def post_form(self, path: str, form: Mapping[str, str], *, repeatable: bool) -> object:
        """Send a form; `repeatable` says that the same call may happen twice."""
        return self._do(_Call("POST", path, repeatable, form=form))

    def post(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        repeatable: bool,
        parameters: Parameters | None = None,
        record: str = "",
        limit: Limit | None = None,
    ) -> object:
        """Send JSON; `repeatable` says that the same call may happen twice."""
        return self._do(_Call("POST", path, repeatable, record, parameters, None, to_json(body), _JSON, limit=limit))

    def put(self, path: str, body: Mapping[str, object]) -> object:
        """Send JSON that sets something to a state; the same call may happen twice."""
        return self._do(_Call("PUT", path, repeatable=True, content=to_json(body), content_type=_JSON))

    def post_content(
        self, path: str, content: bytes, content_type: str, *, repeatable: bool, parameters: Parameters | None = None
    ) -> object:
        """Send content of another type; gives the JSON of the answer."""
        call = _Call("POST", path, repeatable, parameters=parameters, content=content, content_type=content_type)
        return self._do(call)

    def post_files(
        self, path: str, parts: Sequence[Part], *, repeatable: bool, parameters: Parameters | None = None
    ) -> object:
        """Send a form with files; gives the JSON of the answer."""
        return self._do(_Call("POST", path, repeatable, parameters=parameters, files=parts))

    def post_xml(self, path: str, content: bytes, read: Callable[[bytes], object], *, repeatable: bool) -> object:
        """Send XML; gives what `read` makes of the answer. A ValueError of it counts as an answer that is cut short."""
        return self._do(_Call("POST", path, repeatable, content=content, content_type=_XML, read=read))

    def log_in(self) -> None:
        """Log in, where that has not been done yet and is needed."""
        self._log_in.proof()

    def _do(self, call: _Call) -> object:
        outcome = self._with_retries(call)
        if isinstance(outcome, _Failed):
            raise self._as_ours(outcome, call)
        return outcome

    def _with_retries(self, call: _Call) -> object:
        """Call until it succeeds or nothing more can be hoped for.

        The failure is given back rather than raised, so that no traceback leads to an exception with a URL in it.
        """

        def decide_on(error: BaseException, attempt: int) -> RetryDecision:
            if not isinstance(error, _Failed) or error.failure.code in self._vendor.about_records:
                return GIVE_UP
            return decide(error.failure, attempt, repeatable=call.repeatable, table=self._retries, policy=self._policy)

        try:
            return call_with_retries(lambda: self._once(call), decide_on, sleep=self._pause)
        except _Failed as failed:
            return failed

    def _pause(self, seconds: float) -> None:
        self._adapter.observer.happened(CallRetried(self._vendor.system, seconds))
        self._clocks.sleep(seconds)

    def _once(self, call: _Call) -> object:
        """Call once, and once more with a new token when this one is refused.

        Where there is no other, a 401 is tried again all the same, as it may pass; a token that the vendor itself calls
        wrong is not.
        """
        self._wait_at_gate()
        proof = self._log_in.proof()
        outcome = self._attempt(call, proof)
        if isinstance(outcome, _Failed) and self._vendor.wants_another_token(outcome.failure.status, outcome.said.code):
            other = self._log_in.renew(proof)
            if other != proof or outcome.failure.status == UNAUTHORIZED:
                outcome = self._attempt(call, other)
        if isinstance(outcome, _Failed):
            raise outcome
        return outcome

    def _attempt(self, call: _Call, proof: Proof) -> object:
        """Give what the vendor answers, or how it failed, without the secrets that went along."""
        response = self._transmit(call, proof)
        if isinstance(response, str):
            return _Failed(Failure(NO_ANSWER), Said("", f"no answer ({response})"))
        if response.status_code >= _REFUSED_FROM:
            return self._refusal(response, proof)
        try:
            answer = read_json(response.content) if call.read is None else call.read(response.content)
        except ValueError:
            return _Failed(Failure(200, UNREADABLE), Said(UNREADABLE, "an answer that cannot be read"))
        said = self._vendor.find_refusal(answer)
        return answer if said is None else self._failed(response.status_code, said, None, proof)

    def _transmit(self, call: _Call, proof: Proof) -> Response | str:
        """Send a call; gives the kind of failure when nobody answers, as the failure itself would tell the URL.

        No redirect is followed: it would make a GET of what was to be written.
        """
        asked = {**proof.parameters, **(call.parameters or {})}
        with self._places:
            for limit in filter(None, (call.limit, self._pace)):
                limit.wait()
            try:
                return self._session.request(
                    call.method, f"{self._vendor.url}{call.path}", params=asked,
                    data=call.form if call.content is None else call.content, files=call.files or None,
                    headers={**call.headers, **proof.headers}, allow_redirects=False,
                )  # fmt: skip
            except RequestException as error:
                return type(error).__name__

    def _refusal(self, response: Response, proof: Proof) -> _Failed:
        status = response.status_code
        after = read_retry_after(response.headers.get("Retry-After"), self._clocks.now())
        if after is None and status == _TOO_MANY:
            after = self._vendor.throttled_seconds
        if after is not None:
            self._gate.shut_for(after)
            self._adapter.observer.happened(ToldToWait(self._vendor.system, after))
        return self._failed(status, self._vendor.read_refusal(response), after, proof)

    def _failed(self, status: int, said: Said, after: float | None, proof: Proof) -> _Failed:
        _log.info("call refused", system=self._vendor.system, status=status, code=said.code, seconds=after)
        words = self._vendor.without_secrets(said.message, proof)
        return _Failed(Failure(status, said.code, after), Said(said.code, words, said.field))

    def _wait_at_gate(self) -> None:
        left = self._gate.seconds_left()
        if left > self._policy.patience:
            raise VendorBusy(f"{self._vendor.name} asked not to be called yet", after_seconds=left)
        while left > 0:
            self._clocks.sleep(left)
            left = self._gate.seconds_left()

    def _as_ours(self, failed: _Failed, call: _Call) -> DrawbarError:
        after = failed.failure.retry_after
        refusal = Refusal(failed.failure.status, failed.said, after, call.words, call.record, call.repeatable)
        return self._vendor.error(refusal)
