"""The one way to the org: every call, ours or simple-salesforce's, gets the token, the headers and the retries here.

It is a transport adapter, so that nothing above it can go around it. Whatever address a request names, it goes to the
org that the token is for, and nowhere else. An answer of 300 and above becomes one of our errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog
from requests import PreparedRequest, RequestException, Response, Session
from requests.utils import rewind_body

from drawbar.connectors.salesforce.budget import BudgetGauge
from drawbar.connectors.salesforce.errors import (
    LoginRefused,
    OrgError,
    SalesforceBusy,
    as_exception,
    read_error,
)
from drawbar.connectors.salesforce.settings import SYSTEM, SalesforceSettings
from drawbar.connectors.salesforce.token import AccessToken, TokenProvider
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.http import TimedAdapter, Timeout, open_session
from drawbar.middleware.observe import CallRetried, Observer, ToldToWait
from drawbar.middleware.retry import (
    ANY_STATUS,
    GIVE_UP,
    HTTP_RETRIES,
    NO_ANSWER,
    Clocks,
    Failure,
    Gate,
    RetryDecision,
    RetryPolicy,
    RetryTable,
    call_with_retries,
    decide,
    read_retry_after,
)

DEFAULT_HEADERS: Final[Mapping[str, str]] = {
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Call-Options": "client=drawbar",
}
"""On every call: assignment rules must not take a Case from its owner, and our own changes must be recognisable."""

SALESFORCE_RETRIES: Final[RetryTable] = {
    **HTTP_RETRIES,
    (ANY_STATUS, "UNABLE_TO_LOCK_ROW"): "always",
    (ANY_STATUS, "SERVER_UNAVAILABLE"): "always",
    (403, "REQUEST_LIMIT_EXCEEDED"): "always",
    (400, "UNKNOWN_EXCEPTION"): "if-repeatable",
}
"""The concurrent REQUEST_LIMIT_EXCEEDED only: the daily one is never repeated."""

_REPEATABLE_POSTS: Final = ("/jobs/ingest", "/jobs/query", "/composite")
"""A second empty job, or a second query, does no harm; of composite calls we make only such as may be made twice. Any
other POST may create a record twice."""

_REFUSED_FROM: Final = 300
"""From this status on an answer is a refusal; 300 itself says that several records hold the external id."""

_log = structlog.get_logger(__name__)


_Transmit = Callable[[PreparedRequest], Response]


class _Failed(Exception):
    """A call that failed, with what is known of it; `error` is None when nobody answered."""

    def __init__(self, failure: Failure, error: OrgError | None, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.error = error


class OrgAdapter(TimedAdapter):
    """Sends requests to the org as the user that Drawbar runs as."""

    def __init__(
        self,
        settings: SalesforceSettings,
        tokens: TokenProvider,
        gauge: BudgetGauge,
        *,
        policy: RetryPolicy,
        clocks: Clocks,
        observer: Observer | None = None,
    ) -> None:
        super().__init__(settings.http, system=SYSTEM, observer=observer)
        self._tokens = tokens
        self._gauge = gauge
        self._policy = policy
        self._clocks = clocks
        self._gate = Gate(clocks.monotonic)

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request until it succeeds or must not be repeated.

        Raises SalesforceBusy, SalesforceRefused, SalesforceStopped, QuotaSpent or LoginRefused.
        """
        repeatable = _is_repeatable(request)

        def transmit(addressed: PreparedRequest) -> Response:
            response = super(OrgAdapter, self).send(addressed, stream, timeout, verify, cert, proxies)
            if not stream or response.status_code >= _REFUSED_FROM:
                _ = response.content  # read here, so that an answer cut short is seen by the retries
            return response

        def decide_on(error: BaseException, attempt: int) -> RetryDecision:
            if not isinstance(error, _Failed) or (error.error is not None and error.error.spends_the_day):
                return GIVE_UP
            return decide(error.failure, attempt, repeatable=repeatable, table=SALESFORCE_RETRIES, policy=self._policy)

        try:
            return call_with_retries(lambda: self._once(request, transmit), decide_on, sleep=self._pause)
        except _Failed as failed:
            raise _as_ours(failed, request) from failed.__cause__

    def _pause(self, seconds: float) -> None:
        self.observer.happened(CallRetried(SYSTEM, seconds))
        self._clocks.sleep(seconds)

    def _once(self, request: PreparedRequest, transmit: _Transmit) -> Response:
        """Send once, and once more with a new token when this one is refused."""
        self._wait_at_gate()
        token = self._tokens.current()
        response = _transmit_with(token, request, transmit)
        if _is_refused(response):
            response.close()
            response = _transmit_with(self._tokens.renew(token), request, transmit)
            if _is_refused(response):
                raise _lasting_refusal(response)
        return self._judge(response)

    def _judge(self, response: Response) -> Response:
        self._gauge.note_call(response.headers.get("Sforce-Limit-Info"))
        if response.status_code < _REFUSED_FROM:
            return _of_the_org(response)
        after = read_retry_after(response.headers.get("Retry-After"), self._clocks.now())
        if after is not None:
            self._gate.shut_for(after)
            self.observer.happened(ToldToWait(SYSTEM, after))
        error = read_error(response.status_code, response.text, after)
        _log.info("call refused", path=_path(response.request), status=error.status, code=error.code, seconds=after)
        raise _Failed(Failure(error.status, error.code, after), error, error.code)

    def _wait_at_gate(self) -> None:
        left = self._gate.seconds_left()
        if left > self._policy.patience:
            raise SalesforceBusy("Salesforce asked not to be called yet", after_seconds=left)
        while left > 0:
            self._clocks.sleep(left)
            left = self._gate.seconds_left()


def open_org(
    settings: SalesforceSettings,
    tokens: TokenProvider,
    gauge: BudgetGauge,
    *,
    policy: RetryPolicy,
    clocks: Clocks,
    observer: Observer | None = None,
) -> Session:
    """Open the session through which all calls to the org go; it logs in with the first of them."""
    return open_session(OrgAdapter(settings, tokens, gauge, policy=policy, clocks=clocks, observer=observer))


def _transmit_with(token: AccessToken, request: PreparedRequest, transmit: _Transmit) -> Response:
    try:
        return transmit(_addressed(request, token))
    except RequestException as error:
        raise _Failed(Failure(NO_ANSWER), None, type(error).__name__) from error


def _as_ours(failed: _Failed, request: PreparedRequest) -> DrawbarError:
    if failed.error is not None:
        return as_exception(failed.error)
    return SalesforceBusy(
        f"Salesforce did not answer {request.method} {_path(request)} ({failed})",
        remedy="Check the network; the call may have had its effect.",
    )


def _addressed(request: PreparedRequest, token: AccessToken) -> PreparedRequest:
    """Give the request as it goes to the token's org, whatever it named; its body starts from the beginning."""
    addressed = request.copy()
    addressed.url = token.instance_url + request.path_url
    addressed.headers.update(DEFAULT_HEADERS)
    addressed.headers["Authorization"] = f"Bearer {token.value}"
    addressed.headers.pop("X-PrettyPrint", None)
    if hasattr(addressed.body, "seek"):
        rewind_body(addressed)
    return addressed


def _is_repeatable(request: PreparedRequest) -> bool:
    return request.method != "POST" or _path(request).endswith(_REPEATABLE_POSTS)


def _of_the_org(response: Response) -> Response:
    """Give a successful answer; a page for people is none, but comes from something in between that is not well."""
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.close()
        raise _Failed(Failure(NO_ANSWER), None, "a web page came instead of an answer")
    return response


def _is_refused(response: Response) -> bool:
    return response.status_code == 401  # noqa: PLR2004


def _lasting_refusal(response: Response) -> LoginRefused:
    error = read_error(response.status_code, response.text)
    return LoginRefused(
        f"Salesforce refuses a token that it has just given ({error.code or error.status}: {error.message}).",
        remedy=error.ruling.remedy,
    )


def _path(request: PreparedRequest) -> str:
    return request.path_url.partition("?")[0]
