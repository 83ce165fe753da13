"""A Bulk API 2.0 job: its states, and how Salesforce describes it in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

JobType = Literal["V2Ingest", "V2Query"]
Operation = Literal["insert", "update", "upsert", "delete", "hardDelete", "query", "queryAll"]
State = Literal["Open", "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"]

ENDED: frozenset[State] = frozenset({"JobComplete", "Failed", "Aborted"})
TO_DO: frozenset[State] = frozenset({"UploadComplete", "InProgress"})

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands.

    `processed` counts all records that have been tried, `failed` those of them that were refused; `succeeded_bytes`
    and `failed_bytes` are how much of the result files is valid. `processing_seconds` is the time the job is made to
    take; `processing_ms` what it has taken. `uploaded` tells that its data have arrived.
    """

    id: str
    type: JobType
    operation: Operation
    object: str
    created_by: str
    created: datetime
    modified: datetime
    state: State
    api_version: float
    external_id_field: str | None = None
    query: str | None = None
    column_delimiter: str = "COMMA"
    line_ending: str = "LF"
    assign_cases: bool = True
    processing_seconds: float = 0.0
    stop_after_share: float | None = None
    stop_message: str | None = None
    uploaded: bool = False
    processed: int = 0
    failed: int = 0
    succeeded_bytes: int = 0
    failed_bytes: int = 0
    processing_ms: int = 0
    error_message: str | None = None

    @property
    def delimiter(self) -> str:
        return DELIMITERS[self.column_delimiter]

    @property
    def line_end(self) -> str:
        return LINE_ENDINGS[self.line_ending]

    @property
    def path(self) -> str:
        """Where the job is found, without the host and the leading slash, as Salesforce writes a `contentUrl`."""
        kind = "ingest" if self.type == "V2Ingest" else "query"
        return f"services/data/v{self.api_version:.1f}/jobs/{kind}/{self.id}"


def brief(job: Job) -> dict[str, object]:
    """Describe a job as an answer to a change of state does."""
    upsert = {"externalIdFieldName": job.external_id_field} if job.external_id_field else {}
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.created_by,
        "createdDate": written(job.created),
        "systemModstamp": written(job.modified),
        "state": job.state,
        **upsert,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": job.api_version,
    }


def created(job: Job) -> dict[str, object]:
    """Describe a job as the answer to its creation does."""
    return {**brief(job), **_content(job), **_dialect(job)}


def listed(job: Job) -> dict[str, object]:
    """Describe a job as the list of jobs does."""
    return {**brief(job), "jobType": job.type, **_content(job), **_dialect(job)}


def described(job: Job) -> dict[str, object]:
    """Describe a job fully, as a GET of it does."""
    return {**listed(job), **_progress(job), **_times(job), **_failure(job)}


def written(when: datetime) -> str:
    """Write an instant as the REST API does: `2018-12-18T22:51:36.000+0000`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _content(job: Job) -> dict[str, object]:
    is_open = job.type == "V2Ingest" and job.state == "Open"
    return {"contentUrl": f"{job.path}/batches"} if is_open else {}


def _dialect(job: Job) -> dict[str, object]:
    return {"lineEnding": job.line_ending, "columnDelimiter": job.column_delimiter}


def _progress(job: Job) -> dict[str, object]:
    if job.state == "Open":
        return {}
    refused = {"numberRecordsFailed": job.failed} if job.type == "V2Ingest" else {}
    return {"numberRecordsProcessed": job.processed, **refused}


def _times(job: Job) -> dict[str, object]:
    total = {"retries": 0, "totalProcessingTime": job.processing_ms}
    if job.type == "V2Query":
        return {**total, "isPkChunkingSupported": True}
    return {**total, "apiActiveProcessingTime": job.processing_ms, "apexProcessingTime": 0}


def _failure(job: Job) -> dict[str, object]:
    return {"errorMessage": job.error_message} if job.error_message else {}
