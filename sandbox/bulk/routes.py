"""The Bulk API 2.0 over HTTP: `/services/data/vXX.0/jobs/ingest` and `/jobs/query`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawbar.sandbox.bulk.answers import BulkAnswers, version_of
from drawbar.sandbox.bulk.jobs import BulkJobs
from drawbar.sandbox.bulk.receiving import receive_multipart, receive_upload
from drawbar.sandbox.errors import SalesforceError

SignedIn = Callable[[Request], str]
"""Gives the id of the user whose session a request carries; raises SalesforceError when there is none."""

_Endpoint = Callable[[Request], Awaitable[Response]]
_Answer = Callable[[Request, str], Response]
_JOBS = "/services/data/v{version}/jobs"


def bulk_routes(jobs: BulkJobs, *, signed_in: SignedIn) -> list[Route]:
    """Give the routes of the Bulk API; each works with and without a slash at its end."""
    answers = BulkAnswers(jobs)

    async def create_ingest(request: Request) -> Response:
        user_id = await run_in_threadpool(signed_in, request)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            return await receive_multipart(request, jobs, user_id)
        return await run_in_threadpool(answers.create_ingest, request, await request.body(), user_id)

    async def create_query(request: Request) -> Response:
        user_id = await run_in_threadpool(signed_in, request)
        return await run_in_threadpool(answers.create_query, request, await request.body(), user_id)

    async def upload(request: Request) -> Response:
        await run_in_threadpool(signed_in, request)
        return await receive_upload(request, jobs)

    async def set_state(request: Request) -> Response:
        await run_in_threadpool(signed_in, request)
        return await run_in_threadpool(answers.set_state, request, await request.body())

    def read(answer: Callable[[Request], Response]) -> _Endpoint:
        async def endpoint(request: Request) -> Response:
            await run_in_threadpool(signed_in, request)
            return await run_in_threadpool(answer, request)

        return endpoint

    table: list[tuple[str, str, _Endpoint]] = [
        ("/ingest", "POST", create_ingest),
        ("/query", "POST", create_query),
        ("/ingest/{job_id}/batches", "PUT", upload),
        ("/ingest/{job_id}/successfulResults", "GET", read(answers.successful_results)),
        ("/ingest/{job_id}/failedResults", "GET", read(answers.failed_results)),
        ("/ingest/{job_id}/unprocessedrecords", "GET", read(answers.unprocessed_records)),
        ("/ingest/{job_id}/unprocessedRecords", "GET", read(answers.unprocessed_records)),
        ("/query/{job_id}/results", "GET", read(answers.query_results)),
        ("/{kind}", "GET", read(answers.list_jobs)),
        ("/{kind}/{job_id}", "GET", read(answers.describe)),
        ("/{kind}/{job_id}", "PATCH", set_state),
        ("/{kind}/{job_id}", "DELETE", read(answers.delete)),
    ]
    return [
        Route(_JOBS + path + slash, _in_salesforce_words(endpoint), methods=[method])
        for path, method, endpoint in table
        for slash in ("", "/")
    ]


def _in_salesforce_words(endpoint: _Endpoint) -> _Endpoint:
    async def answered(request: Request) -> Response:
        try:
            version_of(request)
            return await endpoint(request)
        except SalesforceError as refused:
            body = [{"errorCode": refused.code, "message": refused.message}]
            return JSONResponse(body, status_code=refused.status)

    return answered
