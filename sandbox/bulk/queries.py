"""Processes a query job: its records go to a CSV file, a part at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from drawbar.sandbox.bulk.job import Job
from drawbar.sandbox.bulk.job_store import JobStore
from drawbar.sandbox.bulk.results import csv_bytes
from drawbar.sandbox.bulk.worker import Pause
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.soql.compiled import CompiledQuery
from drawbar.sandbox.soql.compiler import compile_query
from drawbar.sandbox.soql.parser import parse_query
from drawbar.sandbox.store import Org

ROWS_AT_A_TIME = 2_000


def open_query(org: Org, text: str, *, user_id: str, include_deleted: bool) -> CompiledQuery:
    """Compile a query for a flat file; SalesforceError when it is wrong, or is one that a Bulk query cannot be."""
    query = compile_query(text, org.schema, now=org.now(), user_id=user_id, include_deleted=include_deleted)
    if parse_query(text).offset is not None:
        raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", "OFFSET is not supported in Bulk Query")
    if not query.csv_header:
        raise SalesforceError("MALFORMED_QUERY", "A Bulk query selects at least one field")
    return query


class QueryRun:
    """The processing of one query job; an interrupted one begins again."""

    def __init__(self, job: Job, *, org: Org, store: JobStore, pause: Pause) -> None:
        self._job = job
        self._org = org
        self._store = store
        self._pause = pause

    def run(self) -> None:
        """Write the result and end the job."""
        started = time.monotonic()
        if not self._pause(self._job.processing_seconds):
            return
        try:
            records = self._write(self._store.file(self._job, "result"))
        except SalesforceError as refused:
            self._end(started, state="Failed", error_message=f"{refused.code} : {refused.message}")
            return
        if records is not None:
            self._end(started, state="JobComplete", processed=records)

    def _end(self, started: float, **changes: object) -> None:
        spent = round((time.monotonic() - started) * 1000)
        self._store.change(self._job.id, {"InProgress"}, processing_ms=spent, **changes)

    def _write(self, path: Path) -> int | None:
        """Write header and records and give the number of records; None when the job was stopped meanwhile."""
        lines = self._lines()
        written = 0
        with path.open("wb") as file:
            while part := list(islice(lines, ROWS_AT_A_TIME)):
                if not self._pause(0):
                    return None
                file.write(csv_bytes(part, self._job))
                written += len(part)
        return written - 1

    def _lines(self) -> Iterator[Sequence[str]]:
        job = self._job
        include_deleted = job.operation == "queryAll"
        query = open_query(self._org, job.query or "", user_id=job.created_by, include_deleted=include_deleted)
        with self._org.reading() as connection:
            yield from chain([query.csv_header], query.csv_rows(connection))
