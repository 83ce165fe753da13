"""Processes an ingest job: chunk by chunk, each with its progress in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from drawbar.sandbox.bulk.columns import Columns, InvalidBatch, read_header
from drawbar.sandbox.bulk.job import Job
from drawbar.sandbox.bulk.job import Operation as BulkOperation
from drawbar.sandbox.bulk.job_store import JobStore
from drawbar.sandbox.bulk.results import FAILED, SUCCEEDED, ResultFile, failed_rows, succeeded_rows
from drawbar.sandbox.bulk.upload import Upload
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.store import Org
from drawbar.sandbox.writing.results import Operation, RowResult, WriteContext

CHUNK = 10_000
"""Records of one internal batch, as Salesforce cuts them."""

Pause = Callable[[float], bool]
"""Waits so many seconds; False when the sandbox is stopping."""

_OPERATIONS: dict[BulkOperation, Operation] = {
    "insert": "create",
    "update": "update",
    "upsert": "upsert",
    "delete": "delete",
    "hardDelete": "hardDelete",
}


class _NoLongerWanted(Exception):
    """The job was aborted or deleted meanwhile; the chunk is rolled back."""


class IngestRun:
    """The processing of one job, from where it stands to its end."""

    def __init__(self, job: Job, *, org: Org, store: JobStore, pause: Pause) -> None:
        self._job = job
        self._org = org
        self._store = store
        self._pause = pause
        self._upload = Upload(store.file(job, "upload"), job)
        self._started = time.monotonic()
        self._spent_before = job.processing_ms

    def run(self) -> int:
        """Process the rest of the job; give the number of records tried.

        A stop of the sandbox leaves the job InProgress, to go on after the next start.
        """
        before = self._job.processed
        try:
            self._process()
        except InvalidBatch as refused:
            self._end("Failed", str(refused))
        except SalesforceError as refused:
            self._end("Failed", f"InvalidBatch : {refused.message}")
        except _NoLongerWanted:
            pass
        return self._job.processed - before

    def _process(self) -> None:
        if not self._job.uploaded:
            self._end("JobComplete")
            return
        columns = self._columns()
        total = self._upload.count()
        stop_at = total if self._job.stop_after_share is None else int(total * self._job.stop_after_share)
        self._begin_files(columns)
        for cells in self._upload.chunks(CHUNK, skip=self._job.processed):
            wanted = cells[: stop_at - self._job.processed]
            if not wanted:
                break
            if not self._pause(self._job.processing_seconds * len(wanted) / total):
                return
            self._write(wanted, columns)
        if self._job.stop_after_share is None:
            self._end("JobComplete")
        else:
            self._end("Failed", self._job.stop_message)

    def _columns(self) -> Columns:
        return read_header(self._upload.header(), self._org.schema, self._sobject(), self._job.operation)

    def _sobject(self) -> SObject:
        sobject = self._org.schema.get(self._job.object)
        if sobject is None:
            raise InvalidBatch(f"Entity '{self._job.object}' is not supported by the Bulk API.", kind="InvalidEntity")
        return sobject

    def _begin_files(self, columns: Columns) -> None:
        if self._job.succeeded_bytes:
            return
        succeeded, failed = self._files()
        self._record(
            succeeded_bytes=succeeded.append([(*SUCCEEDED, *columns.header)], size=0),
            failed_bytes=failed.append([(*FAILED, *columns.header)], size=0),
        )

    def _write(self, cells: Sequence[Sequence[str]], columns: Columns) -> None:
        succeeded, failed = self._files()
        with self._org.transaction():
            results = self._results(cells, columns)
            self._record(
                processed=self._job.processed + len(cells),
                failed=self._job.failed + sum(not result.success for result in results),
                succeeded_bytes=succeeded.append(succeeded_rows(cells, results), size=self._job.succeeded_bytes),
                failed_bytes=failed.append(failed_rows(cells, results), size=self._job.failed_bytes),
            )

    def _results(self, cells: Sequence[Sequence[str]], columns: Columns) -> list[RowResult]:
        return self._org.write(
            _OPERATIONS[self._job.operation],
            self._job.object,
            [columns.record(row) for row in cells],
            external_id=self._job.external_id_field,
            context=WriteContext(self._job.created_by, auto_assign=self._job.assign_cases, source="csv"),
        )

    def _files(self) -> tuple[ResultFile, ResultFile]:
        job = self._job
        return (
            ResultFile(self._store.file(job, "succeeded"), job),
            ResultFile(self._store.file(job, "failed"), job),
        )

    def _record(self, **changes: object) -> None:
        spent = self._spent_before + round((time.monotonic() - self._started) * 1000)
        job = self._store.change(self._job.id, {"InProgress"}, processing_ms=spent, **changes)
        if job is None:
            raise _NoLongerWanted
        self._job = job

    def _end(self, state: str, error_message: str | None = None) -> None:
        self._record(state=state, error_message=error_message)
