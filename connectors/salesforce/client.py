"""The org's calls: simple-salesforce where it works, our own thin calls where it has none or they lose things.

Both go through one session, so tokens, headers, retries and limits are the same for all. `salesforce` is open to
callers that need more of simple-salesforce (metadata); its `bulk` and `bulk2` are not to be used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from requests import Response

from drawbar.connectors.salesforce.budget import BudgetGauge
from drawbar.connectors.salesforce.describe import ObjectDescription, read_description
from drawbar.connectors.salesforce.errors import (
    OrgError,
    SalesforceBusy,
    SalesforceRefused,
    SalesforceStopped,
    as_exception,
    as_org_error,
)
from drawbar.connectors.salesforce.payload import to_json
from drawbar.connectors.salesforce.session import DEFAULT_HEADERS, open_org
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.soql import plain_name
from drawbar.connectors.salesforce.token import TokenProvider
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.observe import Observer
from drawbar.middleware.retry import Clocks, RetryPolicy

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

COLLECTION_SIZE: Final = 200
COLLECTIONS_AT_ONCE: Final = 5
"""So many parts of a composite call may be collections (REST API guide, "Composite", API 67.0)."""

COMPOSITE_SIZE: Final = 25
_REFERENCE_MARK: Final = "@{"
"""Begins a reference to an earlier part in the body of a composite call, also in the middle of a record's text."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one record of a collections call; `error` is None when it was written."""

    id: str
    created: bool
    error: OrgError | None


@dataclass(frozen=True, slots=True)
class SubRequest:
    """One call inside a composite call; `path` is below the version (`sobjects/Case/describe`)."""

    method: str
    path: str
    reference: str
    body: Mapping[str, object] | None = None

    def worded(self, version: str) -> dict[str, object]:
        """Give it as Salesforce reads it. A part takes over none of the call's own headers."""
        named = {"method": self.method, "url": f"/services/data/v{version}/{self.path}", "referenceId": self.reference}
        body = {} if self.body is None else {"body": self.body}
        return {**named, "httpHeaders": DEFAULT_HEADERS, **body}


@dataclass(frozen=True, slots=True)
class SubResponse:
    """The answer to one `SubRequest`: its HTTP status and its JSON."""

    reference: str
    status: int
    body: Any


class SalesforceClient:
    """One org, one user, one API version; safe for several threads. It logs in with its first call."""

    def __init__(
        self,
        settings: SalesforceSettings,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        policy, clocks = policy or RetryPolicy(), clocks or Clocks()
        self.version = settings.api_version
        self.address = settings.login_url
        self._username = settings.username
        self.gauge = BudgetGauge(settings.api_reserve_percent, clocks.monotonic)
        tokens = TokenProvider(
            settings, policy=policy, clock=clocks.monotonic, wall_clock=clocks.now, sleep=clocks.sleep,
            observer=observer,
        )  # fmt: skip
        self._tokens = tokens
        self._session = open_org(settings, tokens, self.gauge, policy=policy, clocks=clocks, observer=observer)
        self._base = f"{settings.login_url}/services/data/v{self.version}"
        self._lock = threading.Lock()
        self._described: dict[str, ObjectDescription] = {}

    @cached_property
    def salesforce(self) -> Salesforce:
        """The org by simple-salesforce; imported when it is asked for: most runs do without, and it takes 16 MB."""
        from simple_salesforce.api import Salesforce  # noqa: PLC0415

        return Salesforce(
            session_id="held by the session",
            instance=urlsplit(self.address).netloc,
            version=self.version,
            session=self._session,
            parse_float=Decimal,
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        params: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Response:
        """Make a call below the API version; `body` travels as JSON, Decimals as exact numbers."""
        return self._session.request(
            method,
            f"{self._base}/{path}",
            params=params,
            data=None if body is None else to_json(body).encode(),
            headers={"Content-Type": "application/json; charset=UTF-8"},
            stream=stream,
        )

    def soap(self, api: str, envelope: Callable[[str], bytes]) -> Response:
        """Make a SOAP call of an API (`m`: metadata); `envelope` writes it with the session's id, which it has to hold.

        A fault is raised as the refusal of any other call is.
        """
        return self._session.post(
            f"{self.address}/services/Soap/{api}/{self.version}",
            data=envelope(self._tokens.current().value),
            headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
        )

    def send_csv(self, path: str, content: Any) -> None:
        """Upload CSV in UTF-8; `content` is bytes or an open binary file."""
        self._session.put(f"{self._base}/{path}", data=content, headers={"Content-Type": "text/csv; charset=UTF-8"})

    def send_parts(self, path: str, parts: Mapping[str, tuple[str | None, bytes, str]]) -> Response:
        """Send a form of several parts: name → file name (None: none), content, media type."""
        return self._session.post(f"{self._base}/{path}", files=dict(parts))

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Mapping[str, Any]]:
        """Run a query (built by `soql`) and stream its records, following pages; `deleted` ones too when asked for."""
        with about_no_record():
            yield from self.salesforce.query_all_iter(soql, include_deleted=deleted)

    def user_id(self) -> str:
        """Ask which user these calls are made as (Identity URLs, UserInfo endpoint, read 2026-11)."""
        with about_no_record():
            answer = self._session.get(f"{self._base.partition('/services/')[0]}/services/oauth2/userinfo")
        return str(answer.json()["user_id"])

    def describe(self, object_name: str) -> ObjectDescription:
        """Describe an object, asking the org once per process; raises SalesforceStopped for one that it lacks."""
        with self._lock:
            if object_name not in self._described:
                with about_no_record():
                    answer = self.salesforce.restful(f"sobjects/{plain_name(object_name)}/describe") or {}
                self._described[object_name] = read_description(answer)
            return self._described[object_name]

    def describe_all(self, object_names: Sequence[str]) -> dict[str, ObjectDescription]:
        """Describe objects, 25 per call and always afresh; those that the org lacks, or hides, are left out."""
        found: dict[str, ObjectDescription] = {}
        for start in range(0, len(object_names), COMPOSITE_SIZE):
            names = object_names[start : start + COMPOSITE_SIZE]
            asked = [SubRequest("GET", f"sobjects/{plain_name(name)}/describe", name) for name in names]
            with about_no_record():
                answers = self._composite(asked)
            found.update((each.reference, read_description(each.body)) for each in answers if each.status == 200)  # noqa: PLR2004
        with self._lock:
            self._described.update(found)
        return found

    def _composite(self, requests: Sequence[SubRequest]) -> list[SubResponse]:
        """Make up to 25 calls as one, each for itself; only such as may be made twice, for the whole is repeated."""
        inner = [each.worded(self.version) for each in requests]
        answer = self.call("POST", "composite", body={"allOrNone": False, "compositeRequest": inner})
        parsed = answer.json(parse_float=Decimal)["compositeResponse"]
        return [SubResponse(each["referenceId"], each["httpStatusCode"], each["body"]) for each in parsed]

    def upsert(
        self, object_name: str, key_field: str, parts: Sequence[Sequence[Mapping[str, object]]]
    ) -> list[list[Saved] | SalesforceRefused]:
        """Upsert up to five collections of at most 200 records by external id, several of them in one composite call.

        Gives the results of each in order, failed rows among them, or the refusal of one that is refused as a whole.
        Raises SalesforceRefused when the call itself is.
        """
        path = f"composite/sobjects/{plain_name(object_name)}/{plain_name(key_field)}"
        bodies = [_each_alone(part) for part in parts]
        if len(bodies) == 1 or _REFERENCE_MARK in to_json(bodies):
            return [[_saved(each) for each in self.call("PATCH", path, body=body).json()] for body in bodies]
        asked = [SubRequest("PATCH", path, f"part{number}", body) for number, body in enumerate(bodies)]
        answers = self._composite(asked)
        return [_saved_part(answer, len(part)) for part, answer in zip(parts, answers, strict=True)]

    def update(self, object_name: str, records: Sequence[Mapping[str, object]]) -> list[Saved]:
        """Update up to 200 records by Salesforce's own id, their field `Id`; results in order, failed rows among them.

        Raises SalesforceRefused when the call itself is refused.
        """
        rows = [{"attributes": {"type": object_name}, **each} for each in records]
        return [_saved(each) for each in self.call("PATCH", "composite/sobjects", body=_each_alone(rows)).json()]

    def delete(self, ids: Sequence[str]) -> list[Saved]:
        """Delete up to 1,000 records by id in one call; results in order, failed rows among them."""
        parts = list(in_chunks(ids, COLLECTION_SIZE))
        if len(parts) == 1:
            with about_no_record():
                answer = self.call("DELETE", "composite/sobjects", params={"ids": ",".join(ids), "allOrNone": "false"})
            return [_saved(each) for each in answer.json()]
        asked = [
            SubRequest("DELETE", f"composite/sobjects?ids={','.join(part)}&allOrNone=false", f"part{number}")
            for number, part in enumerate(parts)
        ]
        with about_no_record():
            answers = self._composite(asked)
            return [saved for part, answer in zip(parts, answers, strict=True) for saved in _written(answer, len(part))]

    def versions(self) -> tuple[list[str], datetime | None]:
        """Give the API versions that the org offers, and the time on its clock when it answered."""
        with about_no_record():
            answer = self._session.get(self._base.rpartition("/")[0] + "/")
        said = answer.headers.get("Date")
        return [each["version"] for each in answer.json()], parsedate_to_datetime(said) if said else None

    def own_username(self) -> str:
        """Give the name of the user that Drawbar runs as, which the org tells where the settings do not."""
        if self._username:
            return self._username
        with about_no_record():
            return str(self._session.get(f"{self.address}/services/oauth2/userinfo").json()["preferred_username"])

    def limits(self) -> Mapping[str, Any]:
        """Give the org's limits as it words them (`DailyApiRequests` → `Max`, `Remaining`)."""
        with about_no_record():
            limits: Mapping[str, Any] = self.salesforce.limits()
        return limits


@contextmanager
def about_no_record() -> Iterator[None]:
    """Turn a refusal that concerns no record of ours into one that stops the run."""
    try:
        yield
    except SalesforceRefused as refused:
        raise SalesforceStopped(refused.message, code=refused.code, remedy=refused.remedy) from None


def _each_alone(records: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"allOrNone": False, "records": list(records)}


def _saved_part(answer: SubResponse, rows: int) -> list[Saved] | SalesforceRefused:
    try:
        return _written(answer, rows)
    except SalesforceRefused as refused:
        return refused


def _written(answer: SubResponse, rows: int) -> list[Saved]:
    """Give the results of one collection inside a composite call; all rows are tried later when it was too busy.

    Raises SalesforceRefused, or what stops the run, when it was refused as a whole.
    """
    if answer.status < 300:  # noqa: PLR2004  (success, RFC 9110)
        return [_saved(each) for each in answer.body]
    error = as_org_error(answer.status, answer.body[0] if isinstance(answer.body, list) and answer.body else {})
    raised = as_exception(error)
    if isinstance(raised, SalesforceBusy):
        return [Saved("", created=False, error=error)] * rows
    raise raised


def _saved(answer: Mapping[str, Any]) -> Saved:
    errors = answer.get("errors") or ()
    if answer.get("success") or not errors:
        return Saved(answer.get("id") or "", bool(answer.get("created")), None)
    return Saved(answer.get("id") or "", created=False, error=as_org_error(0, errors[0]))
