"""Answers to Bulk API calls; each runs in a worker thread, because it waits for the database."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from drawbar.sandbox.bulk.ingest import CHUNK
from drawbar.sandbox.bulk.job import Job, JobType, brief, created, described, listed
from drawbar.sandbox.bulk.job_store import FileKind
from drawbar.sandbox.bulk.jobs import BulkJobs
from drawbar.sandbox.bulk.pages import find_page
from drawbar.sandbox.bulk.requests import NewIngest, NewQuery, NewState, read_body
from drawbar.sandbox.bulk.results import stored_bytes, streamed_csv
from drawbar.sandbox.bulk.upload import Upload
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.meter import note_records
from drawbar.sandbox.rest.releases import check_version

RECORDS_PER_PAGE = 50_000
"""Records of one page of query results when the client does not say."""

_TYPES: Mapping[str, JobType] = {"ingest": "V2Ingest", "query": "V2Query"}


class BulkAnswers:
    """The endpoints that neither upload nor stream in."""

    def __init__(self, jobs: BulkJobs) -> None:
        self._jobs = jobs

    def create_ingest(self, request: Request, body: bytes, user_id: str) -> Response:
        wanted = read_body(NewIngest, body)
        return JSONResponse(created(self._jobs.create_ingest(wanted, user_id=user_id, api_version=version_of(request))))

    def create_query(self, request: Request, body: bytes, user_id: str) -> Response:
        wanted = read_body(NewQuery, body)
        return JSONResponse(created(self._jobs.create_query(wanted, user_id=user_id, api_version=version_of(request))))

    def describe(self, request: Request) -> Response:
        return JSONResponse(described(self._job(request)))

    def set_state(self, request: Request, body: bytes) -> Response:
        return JSONResponse(brief(self._jobs.set_state(self._job(request), read_body(NewState, body))))

    def delete(self, request: Request) -> Response:
        self._jobs.delete(self._job(request))
        return Response(status_code=204)

    def list_jobs(self, request: Request) -> Response:
        """Give a page of jobs; filters by `jobType`, `concurrencyMode` and `isPkChunkingEnabled`."""
        job_type = _job_type(request)
        size = self._jobs.jobs_per_page
        after = _decoded(request.query_params.get("queryLocator", ""))
        found = self._jobs.store.page(job_type, after=after, size=size + 1) if _wants(request, job_type) else []
        page, more = found[:size], len(found) > size
        following = f"{request.url.path.rstrip('/')}?queryLocator={_encoded(page[-1].id)}" if more else None
        return JSONResponse({"done": not more, "records": list(map(listed, page)), "nextRecordsUrl": following})

    def successful_results(self, request: Request) -> Response:
        job = self._jobs.ended(self._job(request))
        note_records(sent=job.processed - job.failed)
        return self._stored(job, "succeeded", job.succeeded_bytes)

    def failed_results(self, request: Request) -> Response:
        job = self._jobs.ended(self._job(request))
        note_records(sent=job.failed)
        return self._stored(job, "failed", job.failed_bytes)

    def unprocessed_records(self, request: Request) -> Response:
        """Give the uploaded records that the job has not come to, as they were uploaded."""
        job = self._jobs.ended(self._job(request))
        if not job.uploaded:
            return _csv(b"")
        upload = Upload(self._jobs.store.file(job, "upload"), job)
        if job.state == "JobComplete":
            return _csv(b"".join(streamed_csv(upload.header(), [], job)))
        # An upload that could not be read is given back as it came.
        if not job.succeeded_bytes:
            return self._stored(job, "upload", self._jobs.store.file(job, "upload").stat().st_size)
        rest = upload.chunks(CHUNK, skip=job.processed)
        return StreamingResponse(streamed_csv(upload.header(), rest, job), media_type="text/csv")

    def query_results(self, request: Request) -> Response:
        """Give a page of a query's records; the locator of the next page is in `Sforce-Locator`."""
        job = self._jobs.ended(self._job(request))
        if job.state != "JobComplete":
            raise SalesforceError("INVALIDJOBSTATE", f"Job {job.id} is {job.state}: it has no results")
        path = self._jobs.store.file(job, "result")
        locator = request.query_params.get("locator")
        page = find_page(path, locator=locator if locator != "null" else None, size=_page_size(request))
        note_records(sent=page.records)
        header = b"".join(stored_bytes(path, 0, page.header_end))

        def body() -> object:
            yield header
            yield from stored_bytes(path, page.start, page.end)

        headers = {
            "Sforce-Locator": page.next or "null",
            "Sforce-NumberOfRecords": str(page.records),
            "Content-Length": str(len(header) + page.end - page.start),
        }
        return StreamingResponse(body(), media_type="text/csv", headers=headers)  # type: ignore[arg-type]

    def _job(self, request: Request) -> Job:
        job_type = _TYPES["query" if "/jobs/query/" in request.url.path else "ingest"]
        if request.path_params.get("kind", "ingest") not in _TYPES:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
        return self._jobs.find(request.path_params["job_id"], job_type)

    def _stored(self, job: Job, kind: FileKind, size: int) -> Response:
        if not size:
            return _csv(b"")
        pieces = partial(stored_bytes, self._jobs.store.file(job, kind), 0, size)
        return StreamingResponse(pieces(), media_type="text/csv", headers={"Content-Length": str(size)})


def version_of(request: Request) -> float:
    """Give the API version of a request's path; SalesforceError when it is retired (410) or does not exist (404)."""
    version = request.path_params["version"]
    check_version(version)
    return float(version)


def _csv(content: bytes) -> Response:
    return Response(content, media_type="text/csv")


def _job_type(request: Request) -> JobType:
    job_type = _TYPES.get(request.path_params["kind"])
    if job_type is None:
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
    return job_type


def _wants(request: Request, job_type: JobType) -> bool:
    filters = {name.lower(): value.lower() for name, value in request.query_params.items()}
    return (
        filters.get("jobtype", job_type.lower()) == job_type.lower()
        and filters.get("ispkchunkingenabled", "false") == "false"
        and filters.get("concurrencymode", "parallel") == "parallel"
    )


def _page_size(request: Request) -> int:
    given = request.query_params.get("maxRecords")
    if given is None:
        return RECORDS_PER_PAGE
    if not given.isdecimal() or int(given) < 1:
        raise SalesforceError("INVALIDQUERYLOCATOR", f"maxRecords is {given}, not a whole number from 1")
    return int(given)


def _encoded(job_id: str) -> str:
    return base64.urlsafe_b64encode(job_id.encode()).decode().rstrip("=")


def _decoded(locator: str) -> str:
    try:
        return base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except (ValueError, binascii.Error) as problem:
        raise SalesforceError("INVALIDQUERYLOCATOR", f"{locator} is not a locator of jobs") from problem
