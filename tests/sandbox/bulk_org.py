"""A local org with the Bulk API and no network, for tests of what jobs do."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request

from drawbar.sandbox.bulk.jobs import BulkJobs
from drawbar.sandbox.bulk.routes import bulk_routes
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.locks import LockingWriter
from drawbar.sandbox.meter import Meter, MeterMiddleware
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import INTEGRATION_USER_ID, open_org
from drawbar.sandbox.store import Org
from tests.sandbox.asgi import Answer, call

INGEST = "/services/data/v67.0/jobs/ingest"
QUERY = "/services/data/v67.0/jobs/query"
ENDED = {"JobComplete", "Failed", "Aborted"}


class BulkOrg:
    """The org, its jobs, and a client of them."""

    def __init__(self, org: Org, jobs: BulkJobs, faults: Faults, meter: Meter) -> None:
        self.org = org
        self.jobs = jobs
        self.faults = faults
        self.meter = meter

        def signed_in(_request: Request) -> str:
            return INTEGRATION_USER_ID

        self._app = MeterMiddleware(Starlette(routes=bulk_routes(jobs, signed_in=signed_in)), meter=meter)

    def call(self, method: str, target: str, body: bytes = b"", content_type: str = "application/json") -> Answer:
        return call(self._app, method, target, body, content_type=content_type)

    def create(self, **wanted: object) -> dict[str, Any]:
        answer = self.call("POST", INGEST, json.dumps({"object": "Account", "operation": "insert", **wanted}).encode())
        assert answer.status == 200, answer.body
        job: dict[str, Any] = answer.json()
        return job

    def upload(self, job_id: str, content: str | bytes) -> Answer:
        body = content if isinstance(content, bytes) else content.encode()
        return self.call("PUT", f"{INGEST}/{job_id}/batches", body, "text/csv; charset=UTF-8")

    def break_off_upload(self, job_id: str, content: bytes) -> None:
        """Send the beginning of an upload and lose the connection."""
        call(self._app, "PUT", f"{INGEST}/{job_id}/batches", content, content_type="text/csv", breaks_off=True)

    def set_state(self, job_id: str, state: str, kind: str = INGEST) -> Answer:
        return self.call("PATCH", f"{kind}/{job_id}", json.dumps({"state": state}).encode())

    def describe(self, job_id: str, kind: str = INGEST) -> dict[str, Any]:
        job: dict[str, Any] = self.call("GET", f"{kind}/{job_id}").json()
        return job

    def wait(self, job_id: str, *states: str, kind: str = INGEST) -> dict[str, Any]:
        """Wait until the job has ended, or is in one of these states."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            job = self.describe(job_id, kind)
            if job["state"] in (states or ENDED):
                return job
            time.sleep(0.005)
        raise AssertionError(job)

    def load(self, content: str | bytes, **wanted: object) -> dict[str, Any]:
        """Run a whole ingest job and give it as it ended."""
        job_id = self.create(**wanted)["id"]
        assert self.upload(job_id, content).status == 201
        assert self.set_state(job_id, "UploadComplete").status == 200
        return self.wait(job_id)

    def text(self, job: Mapping[str, Any], results: str) -> str:
        return self.call("GET", f"{INGEST}/{job['id']}/{results}").body.decode()

    def rows(self, job: Mapping[str, Any], results: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(job, results), newline="")))

    def select(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.org.read(sql)]


@contextmanager
def bulk_org(folder: Path, schema: Schema, **options: Any) -> Iterator[BulkOrg]:
    """Open an org in a folder, as often as wanted, and close it as a stop of the sandbox does."""
    faults, meter = Faults(), Meter()
    org = open_org(folder / "org.sqlite", schema)
    org.intercept(lambda writer: LockingWriter(writer, faults=faults, schema=schema))
    jobs = BulkJobs(org, folder / "bulk", faults=faults, meter=meter, **options)
    jobs.start()
    try:
        yield BulkOrg(org, jobs, faults, meter)
    finally:
        jobs.stop()
        org.close()
