"""Calls of QuickBooks Online's Accounting API (v3): each in its turn, with token, minor version and retries.

A call that writes carries a `requestid`, so every call may be repeated: QuickBooks answers a second one with what it
said the first time. Source: Intuit developer documentation, "REST API features" and "Batch operations" (2026-11).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import structlog
from requests import RequestException, Response, Session

from drawbar.connectors.quickbooks_online.errors import (
    Fault,
    LoginRefused,
    QuickBooksBusy,
    QuickBooksStopped,
    as_exception,
    read_fault,
)
from drawbar.connectors.quickbooks_online.query import PAGE, select, select_changed
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings
from drawbar.connectors.quickbooks_online.tokens import TokenKeeper
from drawbar.connectors.quickbooks_online.turnstile import Turnstile
from drawbar.middleware.http import TimedAdapter, open_session
from drawbar.middleware.observe import CallRetried, Observer, Observers, ToldToWait
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

Document = dict[str, Any]
"""An object as QuickBooks writes it in JSON; amounts are Decimals."""

BATCH: Final = 30
"""So many items one batch call takes."""

_RETRIES: Final[RetryTable] = {**HTTP_RETRIES, (ANY_STATUS, "3001"): "always", (ANY_STATUS, "003001"): "always"}
_THROTTLED_SECONDS: Final = 60.0
"""Until a minute's calls are forgotten, where the answer does not say how long to wait."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/json"
    files: Sequence[tuple[str, tuple[str, bytes, str]]] = ()


class _Failed(Exception):
    """A call that failed; `fault` is None when nobody answered, or the answer cannot be read."""

    def __init__(self, failure: Failure, fault: Fault | None, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.fault = fault


class QuickBooksClient:
    """One company; safe for any number of threads."""

    def __init__(
        self,
        settings: QuickBooksOnlineSettings,
        tokens: TokenKeeper,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.clocks = clocks or Clocks()
        self.realm_id = settings.realm_id
        self._settings = settings
        self._tokens = tokens
        self._policy = policy or RetryPolicy()
        self._observer = observer or Observers()
        self._gate = Gate(self.clocks.monotonic)
        self._turnstile = Turnstile(settings, self.clocks)
        self._session: Session = open_session(TimedAdapter(settings.http, system=SYSTEM, observer=observer))
        self._counting = threading.Lock()
        self._calls = 0

    @property
    def calls(self) -> int:
        """How many calls have gone out from this process."""
        return self._calls

    def company(self) -> Document:
        """Give the company's name, country and settings."""
        found: Document = self._part(_Call("GET", f"companyinfo/{self.realm_id}"), "CompanyInfo")
        return found

    def query(self, entity: str, field_name: str = "", values: Sequence[str] = ()) -> Iterator[Document]:
        """Give all active objects of an entity, or those whose field is one of the values, page by page."""
        return self._pages(entity, lambda start: select(entity, field_name, values, start=start))

    def changed(self, entity: str, since: datetime, until: datetime) -> Iterator[Document]:
        """Give the objects that were last changed in a span of time and are still there, page by page."""
        return self._pages(entity, lambda start: select_changed(entity, since, until, start=start))

    def _pages(self, entity: str, statement: Callable[[int], str]) -> Iterator[Document]:
        start = 1
        while True:
            call = _Call("POST", "query", body=statement(start).encode(), content_type="application/text")
            page: list[Document] = self._part(call, "QueryResponse").get(entity, [])
            yield from page
            if len(page) < PAGE:
                return
            start += len(page)

    def read(self, entity: str, number: str) -> Document | None:
        """Give one object by QuickBooks' id, None when it is not there (any more)."""
        from_wire = self._do_or_fault(_Call("GET", f"{entity.lower()}/{number}"), missing_is_none=True)
        return None if from_wire is None else from_wire[entity]

    def write(self, entity: str, document: Document, request_id: str) -> Document:
        """Create an object, or change the one whose Id and SyncToken it names; gives it as it stands now."""
        body = to_json(document)
        written: Document = self._part(_Call("POST", entity.lower(), {"requestid": request_id}, body), entity)
        return written

    def batch(self, items: Sequence[Document], request_id: str) -> list[Document]:
        """Do at most 30 things in one call; gives the answers in the order of the items, each with an object or Fault.

        Raises QuickBooksBusy when an item has no answer.
        """
        if len(items) > BATCH:
            raise ValueError(f"a batch takes {BATCH} items, not {len(items)}")
        numbered = [{**item, "bId": str(number)} for number, item in enumerate(items)]
        call = _Call("POST", "batch", {"requestid": request_id}, to_json({"BatchItemRequest": numbered}))
        answers = {str(each.get("bId")): each for each in self._part(call, "BatchItemResponse")}
        if len(answers) != len(items):
            raise QuickBooksBusy("QuickBooks left items of a batch without an answer")
        return [answers[each["bId"]] for each in numbered]

    def changes(self, entities: Sequence[str], since: datetime) -> dict[str, list[Document]]:
        """Give what changed since an instant by entity, at most 1,000 objects in all; deleted ones say so."""
        parameters = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="milliseconds")}
        answers = self._part(_Call("GET", "cdc", parameters), "CDCResponse")[0]["QueryResponse"]
        found: dict[str, list[Document]] = {}
        for answer in answers:
            for entity in entities:
                found.setdefault(entity, []).extend(answer.get(entity, []))
        return found

    def attach(self, entity: str, number: str, name: str, content: bytes, content_type: str, request_id: str) -> str:
        """Attach a file to an object; gives the attachment's id.

        Source: Intuit developer documentation, "Attachable", upload (multipart, read 2026-11).
        """
        reference = {"AttachableRef": [{"EntityRef": {"type": entity, "value": number}}], "FileName": name}
        metadata = to_json({**reference, "ContentType": content_type})
        parts = (
            ("file_metadata_01", ("attachment.json", metadata, "application/json")),
            ("file_content_01", (name, content, content_type)),
        )
        call = _Call("POST", "upload", {"requestid": request_id}, content_type="", files=parts)
        answer = self._part(call, "AttachableResponse")[0]
        if "Fault" in answer:
            raise as_exception(read_fault(0, json.dumps(answer)))
        return str(answer["Attachable"]["Id"])

    def _part(self, call: _Call, name: str) -> Any:
        """Call, and give the part of the answer that matters; QuickBooksStopped when it is not there."""
        answer = self._do_or_fault(call, missing_is_none=False)
        if answer is None or name not in answer:
            raise QuickBooksStopped(
                f"the answer to {call.method} {call.path} holds no {name}", remedy="See that api_url is Intuit's."
            )
        return answer[name]

    def _do_or_fault(self, call: _Call, *, missing_is_none: bool) -> Document | None:
        def decide_on(error: BaseException, attempt: int) -> RetryDecision:
            if not isinstance(error, _Failed):
                return GIVE_UP
            return decide(error.failure, attempt, repeatable=True, table=_RETRIES, policy=self._policy)

        try:
            return call_with_retries(lambda: self._once(call), decide_on, sleep=self._pause)
        except _Failed as failed:
            if failed.fault is None:
                raise QuickBooksBusy(
                    f"QuickBooks did not answer {call.method} {call.path} ({failed})",
                    remedy="Check the network; the call may have had its effect, and repeating it does no harm.",
                ) from failed
            if missing_is_none and failed.fault.code == "610":
                return None
            raise as_exception(failed.fault) from failed

    def _pause(self, seconds: float) -> None:
        self._observer.happened(CallRetried(SYSTEM, seconds))
        self.clocks.sleep(seconds)

    def _once(self, call: _Call) -> Document:
        """Call once, and once more with a new token when this one is refused."""
        self._wait_at_gate()
        token = self._tokens.current()
        response = self._transmit(call, token)
        if response.status_code == 401:  # noqa: PLR2004
            response = self._transmit(call, self._tokens.renew(token))
            if response.status_code == 401:  # noqa: PLR2004
                raise LoginRefused(
                    "QuickBooks refuses a token that it has just given",
                    remedy="See that realm_id is the company that was connected: drawbar quickbooks connect",
                )
        return self._judge(response)

    def _transmit(self, call: _Call, token: str) -> Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        headers |= {"Content-Type": call.content_type} if call.content_type else {}
        parameters = {**call.parameters, "minorversion": str(self._settings.minor_version)}
        with self._turnstile.turn(batch=call.path == "batch"):
            with self._counting:
                self._calls += 1
            try:
                response = self._session.request(
                    call.method, f"{self._settings.company_url}/{call.path}", params=parameters, data=call.body,
                    files=call.files or None, headers=headers, allow_redirects=False,
                )  # fmt: skip
                _ = response.content
            except RequestException as error:
                raise _Failed(Failure(NO_ANSWER), None, type(error).__name__) from error
        return response

    def _judge(self, response: Response) -> Document:
        if response.status_code == 200:  # noqa: PLR2004
            return self._readable(response)
        after = read_retry_after(response.headers.get("Retry-After"), self.clocks.now())
        if response.status_code == 429:  # noqa: PLR2004
            after = _THROTTLED_SECONDS if after is None else after
            self._gate.shut_for(after)
            self._observer.happened(ToldToWait(SYSTEM, after))
        fault = read_fault(response.status_code, response.text, after)
        _log.info("call refused", system=SYSTEM, status=fault.status, code=fault.code, seconds=after)
        raise _Failed(Failure(fault.status, fault.code, after), fault, fault.code)

    def _readable(self, response: Response) -> Document:
        try:
            answer = json.loads(response.content, parse_float=Decimal)
        except ValueError:
            raise _Failed(Failure(NO_ANSWER), None, "an answer that is not JSON") from None
        if not isinstance(answer, dict):
            raise _Failed(Failure(NO_ANSWER), None, "an answer that is not an object")
        if "Fault" in answer:
            fault = read_fault(response.status_code, response.text)
            raise _Failed(Failure(fault.status, fault.code), fault, fault.code)
        return answer

    def _wait_at_gate(self) -> None:
        left = self._gate.seconds_left()
        if left > self._policy.patience:
            raise QuickBooksBusy("QuickBooks asked not to be called yet", after_seconds=left)
        while left > 0:
            self.clocks.sleep(left)
            left = self._gate.seconds_left()


def to_json(document: Mapping[str, object]) -> bytes:
    """Write a document; amounts become JSON numbers with the digits that they have."""
    return json.dumps(document, default=_number).encode()


def _number(value: object) -> float:
    """Give a number that JSON writes with the same digits: so it is for all amounts below ten trillion dollars."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    number = float(value)
    if Decimal(repr(number)) != value:
        raise ValueError(f"{value} has too many digits for JSON")
    return number
