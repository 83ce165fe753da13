"""Bulk API 2.0 query: all records of an object, by jobs that outlive this process and are found again by their id.

Source: Salesforce, "Bulk API 2.0 and Bulk API Developer Guide", Bulk API 2.0 Query (v67, read 2026-07).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from requests import Response
from urllib3.exceptions import HTTPError

from drawbar.connectors.salesforce.bulk import BulkJob, PollPlan, read_job, wait_for
from drawbar.connectors.salesforce.client import SalesforceClient, about_no_record
from drawbar.connectors.salesforce.errors import SalesforceBusy, SalesforceStopped
from drawbar.connectors.salesforce.payload import read_csv

PAGE_RECORDS: Final = 100_000
"""Records of one page of results: one call each."""

_TRIES: Final = 3
"""How often a page that breaks off is asked for; after a break only its missing rows are given."""


class CutShort(OSError):
    """A page ended before the records that it promised had come."""


@dataclass(frozen=True, slots=True)
class BulkQuery:
    """The query calls of Bulk API 2.0. `clock` and `sleep` count seconds."""

    client: SalesforceClient
    plan: PollPlan
    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    page_records: int = PAGE_RECORDS

    def open(self, soql: str) -> str:
        """Create a query job (a query built by `soql.select_all`) and give its id; Salesforce begins at once."""
        body = {
            "operation": "query",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        with about_no_record():
            answer = self.client.call("POST", "jobs/query", body=body)
        return str(answer.json()["id"])

    def job(self, job_id: str) -> BulkJob:
        """Ask how a job is; `gone` when Salesforce no longer knows it (it forgets after seven days)."""
        return read_job(self.client, f"jobs/query/{job_id}")

    def wait(self, job_id: str) -> int:
        """Wait until a job has its result and give the number of records.

        Raises SalesforceBusy when patience ends (the job goes on), SalesforceStopped when the job failed or is gone.
        """
        ended = wait_for(lambda: self.job(job_id), job_id, self.plan, self.patience, self.clock, self.sleep)
        if ended.state != "complete":
            raise SalesforceStopped(
                f"Bulk query {job_id} is {ended.state}: {ended.message or 'Salesforce gave no reason'}",
                remedy="Run again; if it stays, deploy the current metadata or assign the Drawbar permission set.",
            )
        return ended.processed

    def rows(self, job_id: str) -> Iterator[list[str]]:
        """Stream the header and then all records of a job that has ended, page after page; newlines in cells stay."""
        locator, first = "", True
        while True:
            page = _Page(self, job_id, locator)
            rows = page.rows()
            header = next(rows, None)
            if first and header is not None:
                yield header
            yield from rows
            if not page.following:
                return
            locator, first = page.following, False

    def page(self, job_id: str, locator: str) -> Response:
        """Ask for one page; its body is not read yet."""
        params = {"maxRecords": str(self.page_records)} | ({"locator": locator} if locator else {})
        self.client.gauge.require()
        with about_no_record():
            return self.client.call("GET", f"jobs/query/{job_id}/results", params=params, stream=True)


@dataclass(slots=True)
class _Page:
    """One page of a result; asked for again, from the row where it broke off, when the connection does."""

    query: BulkQuery
    job_id: str
    locator: str
    following: str = ""

    def rows(self) -> Iterator[list[str]]:
        given = 0
        for tries_left in reversed(range(_TRIES)):
            try:
                for row in islice(self._once(), given, None):
                    given += 1
                    yield row
            except (HTTPError, OSError) as error:
                if not tries_left:
                    text = f"the results of Bulk query {self.job_id} broke off ({type(error).__name__})"
                    raise SalesforceBusy(text, remedy="The next run asks for them again.") from error
            else:
                return

    def _once(self) -> Iterator[list[str]]:
        answer = self.query.page(self.job_id, self.locator)
        said = answer.headers.get("Sforce-Locator", "")
        self.following = "" if said == "null" else said
        promised = answer.headers.get("Sforce-NumberOfRecords")
        raw: Any = answer.raw  # urllib3's response is a binary file, which its types do not say
        raw.decode_content = True
        raw.auto_close = False  # or the text wrapper meets a closed file at the end
        records = -1  # the header is no record
        try:
            for row in read_csv(io.TextIOWrapper(raw, encoding="utf-8", newline="")):
                records += 1
                yield row
        finally:
            answer.close()
        if promised is not None and records != int(promised):
            raise CutShort(f"{records} of {promised} records came")
