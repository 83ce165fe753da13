"""Takes in the data of an ingest job, piece by piece, to disk."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from drawbar.sandbox.bulk.answers import version_of
from drawbar.sandbox.bulk.job import Job, created
from drawbar.sandbox.bulk.jobs import BulkJobs
from drawbar.sandbox.bulk.requests import NewIngest, read_body
from drawbar.sandbox.bulk.upload import MAX_BYTES
from drawbar.sandbox.errors import SalesforceError

MAX_MULTIPART_CHARACTERS = 100_000

_TOO_LARGE = SalesforceError(
    "REQUEST_ENTITY_TOO_LARGE",
    "The upload is larger than 150 MB after base64 encoding; split it into several jobs",
    status=413,
)


async def receive_upload(request: Request, jobs: BulkJobs) -> Response:
    """Answer `PUT …/batches`: 201 when all of the data are on disk."""
    job = await run_in_threadpool(jobs.find, request.path_params["job_id"], "V2Ingest")
    jobs.check_open_for_upload(job)
    _check_headers(request)
    received = _new_file(jobs, job)
    try:
        await _save(request, received)
        await run_in_threadpool(jobs.accept_upload, job, received)
    except ClientDisconnect:
        # Nobody reads this answer; the job stays Open and takes another upload.
        return Response(status_code=400)
    finally:
        received.unlink(missing_ok=True)
    return Response(status_code=201)


async def receive_multipart(request: Request, jobs: BulkJobs, user_id: str) -> Response:
    """Answer the creation of a job that brings its data along: a part `job` (JSON) and a part `content` (CSV)."""
    async with request.form() as form:
        wanted = read_body(NewIngest, await _part(form, "job"))
        content = await _part(form, "content")
    if len(content) > MAX_MULTIPART_CHARACTERS:
        raise _TOO_LARGE
    return await run_in_threadpool(_create_with_data, jobs, wanted, content, user_id, version_of(request))


def _create_with_data(jobs: BulkJobs, wanted: NewIngest, content: bytes, user_id: str, version: float) -> Response:
    with jobs.org.transaction():
        job = jobs.create_ingest(wanted, user_id=user_id, api_version=version)
        received = _new_file(jobs, job)
        received.write_bytes(content)
        jobs.accept_upload(job, received)
    return JSONResponse(created(jobs.close(job)))


async def _part(form: FormData, name: str) -> bytes:
    part = form.get(name)
    if part is None:
        raise SalesforceError("INVALIDJOB", f"InvalidJob : The multipart request has no part named {name}")
    return await part.read() if isinstance(part, UploadFile) else part.encode()


async def _save(request: Request, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > MAX_BYTES:
                raise _TOO_LARGE
            file.write(piece)


def _new_file(jobs: BulkJobs, job: Job) -> Path:
    final = jobs.store.file(job, "upload")
    handle, name = mkstemp(dir=final.parent, prefix=final.name, suffix=".part")
    os.close(handle)
    return Path(name)


def _check_headers(request: Request) -> None:
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "text/csv":
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", f"Content-Type is {content_type}, not text/csv", status=415)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", "The sandbox takes no compressed uploads", status=415)
