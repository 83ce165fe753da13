"""Calls of QuickBooks Online's Accounting API (v3): each in its turn, with token, minor version and retries.

A call that writes carries a `requestid`, so every call may be repeated: QuickBooks answers a second one with what it
said the first time. Source: Intuit developer documentation, "REST API features" and "Batch operations" (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from drawbar.connectors.quickbooks_online.errors import (
    NAME,
    NOT_FOUND,
    QuickBooksRefused,
    as_error,
    as_exception,
    as_fault,
    find_refusal,
    read_refusal,
)
from drawbar.connectors.quickbooks_online.query import PAGE, select, select_changed
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings
from drawbar.middleware.observe import Observer
from drawbar.middleware.pace import MinuteLimit
from drawbar.middleware.retry import ANY_STATUS, HTTP_RETRIES, Clocks, RetryPolicy, RetryTable
from drawbar.middleware.vendor import Vendor, VendorBusy, VendorStopped
from drawbar.middleware.vendor_answers import as_object
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_json import to_json
from drawbar.middleware.vendor_login import LogIn

Document = dict[str, Any]
"""An object as QuickBooks writes it in JSON; amounts are Decimals."""

BATCH: Final = 30
"""So many items one batch call takes."""

_RETRIES: Final[RetryTable] = {**HTTP_RETRIES, (ANY_STATUS, "3001"): "always", (ANY_STATUS, "003001"): "always"}
_THROTTLED_SECONDS: Final = 60.0
"""Until a minute's calls are forgotten, where the answer does not say how long to wait."""


class QuickBooksClient:
    """One company; safe for any number of threads. Raises what `VendorApi` raises, and QuickBooksRefused."""

    def __init__(
        self,
        settings: QuickBooksOnlineSettings,
        log_in: LogIn,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.clocks = clocks or Clocks()
        self.realm_id = settings.realm_id
        self._version = str(settings.minor_version)
        self._batches = MinuteLimit(settings.batches_per_minute, self.clocks)
        pace = MinuteLimit(settings.calls_per_minute, self.clocks)
        policy = policy or RetryPolicy()
        self._api = VendorApi(
            _vendor(settings), log_in, pace=pace, policy=policy, clocks=self.clocks, observer=observer
        )

    def company(self) -> Document:
        """Give the company's name, country and settings."""
        found: Document = self._part(self._get(f"/companyinfo/{self.realm_id}"), "CompanyInfo")
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
            answer = self._api.post_content(
                "/query", statement(start).encode(), "application/text", repeatable=True,
                parameters={"minorversion": self._version},
            )  # fmt: skip
            page: list[Document] = self._part(answer, "QueryResponse").get(entity, [])
            yield from page
            if len(page) < PAGE:
                return
            start += len(page)

    def read(self, entity: str, number: str) -> Document | None:
        """Give one object by QuickBooks' id, None when it is not there (any more)."""
        try:
            found: Document = self._part(self._get(f"/{entity.lower()}/{number}"), entity)
        except QuickBooksRefused as refused:
            if refused.code == NOT_FOUND:
                return None
            raise
        return found

    def write(self, entity: str, document: Document, request_id: str) -> Document:
        """Create an object, or change the one whose Id and SyncToken it names; gives it as it stands now."""
        parameters = self._written(request_id)
        answer = self._api.post(f"/{entity.lower()}", document, repeatable=True, parameters=parameters)
        written: Document = self._part(answer, entity)
        return written

    def batch(self, items: Sequence[Document], request_id: str) -> list[Document]:
        """Do at most 30 things in one call; gives the answers in the order of the items, each with an object or Fault.

        Raises VendorBusy when an item has no answer.
        """
        if len(items) > BATCH:
            raise ValueError(f"a batch takes {BATCH} items, not {len(items)}")
        numbered = [{**item, "bId": str(number)} for number, item in enumerate(items)]
        parameters, body = self._written(request_id), {"BatchItemRequest": numbered}
        answer = self._api.post("/batch", body, repeatable=True, parameters=parameters, limit=self._batches)
        answers = {str(each.get("bId")): each for each in self._part(answer, "BatchItemResponse")}
        if len(answers) != len(items):
            raise VendorBusy("QuickBooks left items of a batch without an answer")
        return [answers[each["bId"]] for each in numbered]

    def changes(self, entities: Sequence[str], since: datetime) -> dict[str, list[Document]]:
        """Give what changed since an instant by entity, at most 1,000 objects in all; deleted ones say so."""
        parameters = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="milliseconds")}
        answers = self._part(self._get("/cdc", parameters), "CDCResponse")[0]["QueryResponse"]
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
        parameters = self._written(request_id)
        answer = self._api.post_files("/upload", parts, repeatable=True, parameters=parameters)
        made = self._part(answer, "AttachableResponse")[0]
        if "Fault" in made:
            raise as_exception(as_fault(0, made["Fault"]))
        return str(made["Attachable"]["Id"])

    def _get(self, path: str, parameters: Mapping[str, str] | None = None) -> object:
        return self._api.get(path, {**(parameters or {}), "minorversion": self._version})

    def _part(self, answer: object, name: str) -> Any:
        """Give the part of an answer that matters; VendorStopped when it is not there."""
        found = as_object(answer, NAME)
        if name not in found:
            raise VendorStopped(f"the answer of QuickBooks holds no {name}", remedy="See that api_url is Intuit's.")
        return found[name]

    def _written(self, request_id: str) -> dict[str, str]:
        return {"requestid": request_id, "minorversion": self._version}


def _vendor(settings: QuickBooksOnlineSettings) -> Vendor:
    return Vendor(
        SYSTEM, NAME, settings.company_url, settings.http, read_refusal, find_refusal=find_refusal, retries=_RETRIES,
        throttled_seconds=_THROTTLED_SECONDS, concurrent_calls=settings.concurrent_calls, as_error=as_error,
    )  # fmt: skip
