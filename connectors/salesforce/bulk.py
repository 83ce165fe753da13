"""Bulk API 2.0 ingest: jobs that outlive this process, found again by their id alone.

Source: Salesforce, "Bulk API 2.0 and Bulk API Developer Guide", Bulk API 2.0 Ingest (v67, read 2026-07).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final, Literal

from urllib3.exceptions import HTTPError

from drawbar.connectors.salesforce.client import SalesforceClient, about_no_record
from drawbar.connectors.salesforce.errors import SalesforceBusy, SalesforceRefused, SalesforceStopped
from drawbar.connectors.salesforce.payload import read_csv
from drawbar.middleware.ports import BulkState

MAX_UPLOAD_BYTES: Final = 100_000_000
"""Raw bytes per job: 150 MB count after base64, so 100 MB before."""

ResultKind = Literal["successfulResults", "failedResults", "unprocessedrecords"]

_STATES: Final[Mapping[str, BulkState]] = {
    "Open": "open",
    "UploadComplete": "running",
    "InProgress": "running",
    "JobComplete": "complete",
    "Failed": "failed",
    "Aborted": "aborted",
}

_HAS_CONTENT: Final = "CLIENTINPUTERROR"
"""Salesforce's word on a second upload: a job takes one, whole or not at all."""

_GONE: Final = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED", "404"})


@dataclass(frozen=True, slots=True)
class BulkJob:
    """Where a job stands: rows processed so far and failed among them, and why a failed job failed."""

    state: BulkState
    processed: int
    failed: int
    message: str


@dataclass(frozen=True, slots=True)
class PollPlan:
    """When to ask a running job how it is, in seconds; pure.

    The first waits are `first`, 1.5 and 2.5 times that, then a tenth of what has passed, but never below three
    times `first` and never above `longest`. With the defaults it asks after 2, 5, 10, 16, 22 ... 58, 64, 70, 77 ...
    seconds: a job of 60 s is seen to be done on the twelfth call, at 64 s.
    """

    first: float = 2.0
    longest: float = 120.0

    def waits(self) -> Iterator[float]:
        """Give the wait before each question, without end."""
        elapsed, floor = 0.0, 3 * self.first
        for factor in (1.0, 1.5, 2.5):
            elapsed += factor * self.first
            yield factor * self.first
        while True:
            wait = min(self.longest, max(floor, elapsed / 10))
            elapsed += wait
            yield wait


@dataclass(frozen=True, slots=True)
class BulkIngest:
    """The ingest calls of Bulk API 2.0. `clock` and `sleep` count seconds."""

    client: SalesforceClient
    plan: PollPlan
    patience: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def open_upsert(self, object_name: str, key_field: str) -> str:
        """Create an upsert job and give its id. No assignment rule runs: none is named."""
        body = {
            "object": object_name,
            "operation": "upsert",
            "externalIdFieldName": key_field,
            "contentType": "CSV",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        with about_no_record():
            answer = self.client.call("POST", "jobs/ingest", body=body)
        return str(answer.json()["id"])

    def upload(self, job_id: str, content: IO[bytes]) -> None:
        """Upload the CSV of an open job, and tell Salesforce to begin.

        May be called again after a crash with the same content: a job that holds it already is only told to begin,
        and one that has begun is left alone. An open job that refuses its upload otherwise is aborted, so that the
        next run does not meet it again, and the refusal raised.
        """
        try:
            with about_no_record():
                self.client.send_csv(f"jobs/ingest/{job_id}/batches", content)
        except SalesforceStopped as refused:
            if self.job(job_id).state != "open":
                return
            if refused.code != _HAS_CONTENT:
                self.abort(job_id)
                raise
        self._begin(job_id)

    def _begin(self, job_id: str) -> None:
        try:
            with about_no_record():
                self._set_state(job_id, "UploadComplete")
        except SalesforceStopped:
            if self.job(job_id).state == "open":
                raise

    def abort(self, job_id: str) -> None:
        """Abort a job that has not ended; one that has ended, or is gone, is left alone."""
        if self.job(job_id).state in {"open", "running"}:
            with about_no_record():
                self._set_state(job_id, "Aborted")

    def job(self, job_id: str) -> BulkJob:
        """Ask how a job is; `gone` when Salesforce no longer knows it (it forgets after seven days)."""
        return read_job(self.client, f"jobs/ingest/{job_id}")

    def wait(self, job_id: str) -> BulkJob:
        """Wait until a job no longer runs, say how it ended; SalesforceBusy when patience ends (the job goes on)."""
        return wait_for(lambda: self.job(job_id), job_id, self.plan, self.patience, self.clock, self.sleep)

    def results(self, job_id: str, kind: ResultKind, columns: Sequence[str]) -> Iterator[list[str]]:
        """Stream some columns of one of the three results, row by row; newlines inside cells stay."""
        with about_no_record():
            answer = self.client.call("GET", f"jobs/ingest/{job_id}/{kind}/", stream=True)
        raw: Any = answer.raw  # urllib3's response is a binary file, which its types do not say
        raw.decode_content = True
        raw.auto_close = False  # or the text wrapper meets a closed file at the end
        try:
            rows = read_csv(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
            if header := next(rows, []):
                places = [header.index(name) for name in columns]
                yield from ([cells[place] for place in places] for cells in _whole(rows, len(header)))
        except (HTTPError, OSError, ValueError) as error:
            raise SalesforceBusy(f"the results of Bulk job {job_id} broke off ({type(error).__name__})") from error
        finally:
            answer.close()

    def _set_state(self, job_id: str, state: str) -> None:
        self.client.call("PATCH", f"jobs/ingest/{job_id}", body={"state": state})


def _whole(rows: Iterator[list[str]], columns: int) -> Iterator[list[str]]:
    """Give rows; ValueError for one that is cut short."""
    for cells in rows:
        if len(cells) != columns:
            message = f"{len(cells)} cells of {columns}"
            raise ValueError(message)
        yield cells


def read_job(client: SalesforceClient, path: str) -> BulkJob:
    """Ask how an ingest or query job is; `gone` when Salesforce no longer knows it."""
    try:
        answer = client.call("GET", path).json()
    except (SalesforceRefused, SalesforceStopped) as error:
        if error.code in _GONE:
            return BulkJob("gone", 0, 0, "")
        raise
    return BulkJob(
        state=_STATES.get(answer["state"], "running"),
        processed=int(answer.get("numberRecordsProcessed") or 0),
        failed=int(answer.get("numberRecordsFailed") or 0),
        message=str(answer.get("errorMessage") or ""),
    )


def wait_for(
    ask: Callable[[], BulkJob],
    job_id: str,
    plan: PollPlan,
    patience: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> BulkJob:
    """Ask by the plan until a job no longer runs; raise SalesforceBusy when patience ends, while the job goes on."""
    began = clock()
    for wait in plan.waits():
        sleep(wait)
        job = ask()
        if job.state != "running":
            return job
        if clock() - began > patience:
            break
    raise SalesforceBusy(
        f"Bulk job {job_id} still runs after {patience:.0f} s", remedy="The next run picks it up again."
    )
