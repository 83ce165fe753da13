"""What clients do with Bulk jobs: create, fill, close, abort, watch, delete."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from drawbar.sandbox.bulk.ingest import IngestRun
from drawbar.sandbox.bulk.job import ENDED, Job, JobType, Operation, State
from drawbar.sandbox.bulk.job_store import JobStore
from drawbar.sandbox.bulk.queries import QueryRun, open_query
from drawbar.sandbox.bulk.requests import NewIngest, NewQuery, NewState
from drawbar.sandbox.bulk.worker import Pause, Worker
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.meter import Count, Meter
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.store import Org

JOBS_PER_PAGE = 1000

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_CLOSABLE: frozenset[State] = frozenset({"Open"})
_ABORTABLE: frozenset[State] = frozenset({"Open", "UploadComplete", "InProgress"})


class BulkJobs:
    """The Bulk API 2.0 of an org; every method may be called from any thread.

    `folder` holds the CSV files; `processing_seconds` is the time that each job is made to take, unless it is
    created with its own.
    """

    def __init__(
        self,
        org: Org,
        folder: Path,
        *,
        faults: Faults,
        meter: Meter,
        processing_seconds: float = 0.0,
        jobs_per_page: int = JOBS_PER_PAGE,
    ) -> None:
        self.org = org
        self.store = JobStore(org, folder)
        self.jobs_per_page = jobs_per_page
        self._faults = faults
        self._meter = meter
        self._processing_seconds = processing_seconds
        self._worker = Worker(self.store, self._run)

    def start(self) -> None:
        """Begin to process jobs, first those that were waiting or interrupted."""
        self._worker.start()

    def stop(self) -> None:
        """Stop after the chunks in hand."""
        self._worker.stop()

    def create_ingest(self, wanted: NewIngest, *, user_id: str, api_version: float) -> Job:
        """Create an ingest job; it is Open."""
        sobject = self._supported(wanted.object)
        external_id = _external_id(sobject, wanted)
        return self.store.add(
            Job(
                id="",
                type="V2Ingest",
                operation=wanted.operation,
                object=sobject.name,
                created_by=user_id,
                created=_NEVER,
                modified=_NEVER,
                state="Open",
                api_version=api_version,
                external_id_field=external_id,
                column_delimiter=wanted.column_delimiter,
                line_ending=wanted.line_ending,
                assign_cases=wanted.assignment_rule_id is not None,
                processing_seconds=self._seconds(wanted.processing_seconds),
            )
        )

    def create_query(self, wanted: NewQuery, *, user_id: str, api_version: float) -> Job:
        """Create a query job; it is processed at once. SalesforceError when the query is refused."""
        include_deleted = wanted.operation == "queryAll"
        object_name = open_query(self.org, wanted.query, user_id=user_id, include_deleted=include_deleted).entity
        job = self.store.add(
            Job(
                id="",
                type="V2Query",
                operation=wanted.operation,
                object=object_name,
                created_by=user_id,
                created=_NEVER,
                modified=_NEVER,
                state="UploadComplete",
                api_version=api_version,
                query=wanted.query,
                column_delimiter=wanted.column_delimiter,
                line_ending=wanted.line_ending,
                processing_seconds=self._seconds(wanted.processing_seconds) + self._faults.bulk_delay(object_name),
            )
        )
        self._worker.take(job)
        return job

    def find(self, job_id: str, job_type: JobType) -> Job:
        """Find a job; 404 NOT_FOUND when there is none of that type."""
        job = self.store.get(job_id)
        if job is None or job.type != job_type:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
        return job

    def check_open_for_upload(self, job: Job) -> None:
        """Refuse an upload to a job that has one, or is closed."""
        if job.state != "Open":
            raise _wrong_state(job, "data can be uploaded only to an Open job")
        if job.uploaded:
            raise SalesforceError(
                "CLIENTINPUTERROR",
                f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job "
                "then create a new Job and make sure you only do 'PUT' once on a given Job.",
            )

    def accept_upload(self, job: Job, received: Path) -> None:
        """Make a received file the job's data."""
        with self.org.transaction():
            self.check_open_for_upload(self.find(job.id, "V2Ingest"))
            received.replace(self.store.file(job, "upload"))
            self.store.change(job.id, _CLOSABLE, uploaded=True)

    def set_state(self, job: Job, wanted: NewState) -> Job:
        """Close an ingest job for processing, or abort a job."""
        if wanted.state == "Aborted":
            return self._changed(job, _ABORTABLE, state="Aborted")
        if job.type == "V2Query":
            raise SalesforceError("INVALIDJOBSTATE", "A query job can only be Aborted")
        return self.close(job)

    def close(self, job: Job) -> Job:
        """Close an ingest job and have it processed; a fault that is armed for a job now becomes its own."""
        failure = self._faults.bulk_failure(job.object)
        seconds = job.processing_seconds + self._faults.bulk_delay(job.object)
        share, message = (failure.share, failure.message) if failure else (None, None)
        closed = self._changed(
            job,
            _CLOSABLE,
            state="UploadComplete",
            processing_seconds=seconds,
            stop_after_share=share,
            stop_message=message,
        )
        self._worker.take(closed)
        return closed

    def delete(self, job: Job) -> None:
        """Delete a job that has ended."""
        if job.state not in ENDED:
            raise _wrong_state(job, "only a job that has ended can be deleted")
        self.store.delete(job)

    def ended(self, job: Job) -> Job:
        """Give the job if its results can be read."""
        if job.state not in ENDED:
            raise _wrong_state(job, "results can be read when the job has ended")
        return job

    def _changed(self, job: Job, expected: frozenset[State], **changes: object) -> Job:
        changed = self.store.change(job.id, expected, **changes)
        if changed is None:
            raise _wrong_state(self.find(job.id, job.type), f"it cannot become {changes['state']}")
        return changed

    def _supported(self, object_name: str) -> SObject:
        sobject = self.org.schema.get(object_name)
        if sobject is None:
            raise SalesforceError("INVALIDENTITY", f"Entity '{object_name}' is not supported by the Bulk API.")
        return sobject

    def _seconds(self, wanted: float | None) -> float:
        return self._processing_seconds if wanted is None else wanted

    def _run(self, job: Job, pause: Pause) -> None:
        if job.type == "V2Query":
            QueryRun(job, org=self.org, store=self.store, pause=pause).run()
            return
        tried = IngestRun(job, org=self.org, store=self.store, pause=pause).run()
        self._meter.add("bulk ingest", Count(records_in=tried))


def _external_id(sobject: SObject, wanted: NewIngest) -> str | None:
    operation: Operation = wanted.operation
    if operation != "upsert":
        return None
    if not wanted.external_id_field_name:
        raise SalesforceError("INVALIDJOB", "InvalidJob : External ID was blank for an upsert job")
    field = sobject.field(wanted.external_id_field_name)
    if field is None or not (field.external_id or field.id_lookup or field.type == "id"):
        raise SalesforceError(
            "INVALIDJOB", f"InvalidJob : Field name provided, {wanted.external_id_field_name} is not an External ID"
        )
    return field.name


def _wrong_state(job: Job, reason: str) -> SalesforceError:
    return SalesforceError("INVALIDJOBSTATE", f"Job {job.id} is {job.state}: {reason}")
