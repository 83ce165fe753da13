"""The REST API over HTTP: takes calls in, answers them on a thread, writes JSON."""

from __future__ import annotations

import json
import zlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.meter import Meter
from drawbar.sandbox.rest.call import Answer, Call, refusal
from drawbar.sandbox.rest.changes import change_endpoints
from drawbar.sandbox.rest.collections import collection_endpoints
from drawbar.sandbox.rest.composite import composite_endpoints
from drawbar.sandbox.rest.describing import describe_endpoints
from drawbar.sandbox.rest.limits import limit_endpoints
from drawbar.sandbox.rest.query import Locators, query_endpoints
from drawbar.sandbox.rest.records import record_endpoints
from drawbar.sandbox.rest.releases import check_version, versions
from drawbar.sandbox.rest.router import Router
from drawbar.sandbox.rest.tree import tree_endpoints
from drawbar.sandbox.sessions import Sessions
from drawbar.sandbox.store import Org

LARGEST_BODY = 50 * 1024 * 1024
"""Bytes, also of a body that was compressed."""

MEDIA_TYPE = "application/json;charset=UTF-8"
GZIP_WINDOW = 16 + zlib.MAX_WBITS


class RestApi:
    """The REST API of an org."""

    def __init__(self, org: Org, sessions: Sessions, *, meter: Meter, locators: Locators) -> None:
        self._org = org
        self._sessions = sessions
        endpoints = [
            *describe_endpoints(),
            *query_endpoints(locators),
            *limit_endpoints(meter),
            *tree_endpoints(),
            *collection_endpoints(),
            *change_endpoints(),
            *record_endpoints(),
        ]
        parts = Router(endpoints)
        self._router = Router([*composite_endpoints(parts.answer), *endpoints])

    def routes(self) -> list[Route]:
        """Give the routes below `/services/data`; those of the Bulk API must stand before them."""
        methods = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]
        return [
            Route("/services/data", self._versions, methods=["GET"]),
            Route("/services/data/", self._versions, methods=["GET"]),
            Route("/services/data/v{version}", self._answered, methods=methods),
            Route("/services/data/v{version}/{path:path}", self._answered, methods=methods),
        ]

    async def _versions(self, _request: Request) -> Response:
        return written(Answer(200, versions()))

    async def _answered(self, request: Request) -> Response:
        try:
            call = await self._call(request)
        except SalesforceError as error:
            return written(refusal(error))
        return await run_in_threadpool(lambda: written(self._router.answer(call)))

    async def _call(self, request: Request) -> Call:
        version = request.path_params["version"]
        user_id = self._sessions.signed_in(request)
        check_version(version)
        path = request.path_params.get("path", "")
        return Call(
            org=self._org,
            user_id=user_id,
            version=version,
            method=request.method,
            path=f"/{path}" if path else "",
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            text=await body_text(request),
        )


async def body_text(request: Request) -> str:
    """Read the body of a request, compressed or not, as UTF-8."""
    body = await _limited_body(request)
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        body = _unpacked(body)
    elif encoding != "identity":
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", f"The encoding {encoding} is not supported", status=415)
    if body and not _is_json(request):
        kind = request.headers.get("content-type", "none")
        raise SalesforceError(
            "UNSUPPORTED_MEDIA_TYPE", f"Content type must be application/json, not {kind}", status=415
        )
    try:
        return body.decode()
    except UnicodeDecodeError as problem:
        raise SalesforceError("JSON_PARSER_ERROR", f"Invalid UTF-8 at byte {problem.start}") from problem


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"


async def _limited_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _too_large()
    return bytes(body)


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(body, LARGEST_BODY)
    except zlib.error as problem:
        raise SalesforceError("JSON_PARSER_ERROR", "The body is no gzip stream") from problem
    if unpacker.unconsumed_tail:
        raise _too_large()
    return unpacked


def _too_large() -> SalesforceError:
    message = f"The request body is larger than the {LARGEST_BODY} bytes allowed"
    return SalesforceError("REQUEST_TOO_LARGE", message, status=413)


def written(answer: Answer) -> Response:
    """Write an answer as an HTTP response."""
    headers = dict(answer.headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, answer.status, headers, media_type=MEDIA_TYPE)
