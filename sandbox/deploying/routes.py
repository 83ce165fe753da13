"""The deployments of the Metadata API over REST: `/services/data/vXX.0/metadata/deployRequest`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawbar.sandbox.deploying.answers import accepted, standing
from drawbar.sandbox.deploying.deployments import Deployments, Options
from drawbar.sandbox.deploying.upload import LARGEST_ZIP
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.rest.releases import check_version

OLDEST_WITH_DEPLOY = 49
"""deployRequest came with this version; older ones have no such resource."""

OVERHEAD = 64 * 1024
"""Bytes that the other part and the boundaries of a request may take."""

Endpoint = Callable[[Request, str], Awaitable[Response]]


def deploy_routes(deployments: Deployments, *, signed_in: Callable[[Request], str]) -> list[Route]:
    """Give the routes; they must stand before those of the REST API."""

    async def bring(request: Request, user_id: str) -> Response:
        content, options = await _received(request)
        deployment = await run_in_threadpool(deployments.take, content, options, user_id)
        return JSONResponse(accepted(deployment, _root(request)), status_code=201)

    async def look(request: Request, _user_id: str) -> Response:
        deployment = deployments.get(request.path_params["deployment"])
        details = request.query_params.get("includeDetails", "false").lower() == "true"
        return JSONResponse(standing(deployment, _root(request), details=details))

    async def cancel(request: Request, _user_id: str) -> Response:
        wanted = _json(await request.body())
        result = wanted.get("deployResult")
        if not isinstance(result, Mapping) or result.get("status") != "Canceling":
            raise SalesforceError("INVALID_FIELD", "deployResult.status must be Canceling")
        deployment = deployments.cancel(request.path_params["deployment"])
        return JSONResponse(standing(deployment, _root(request), details=False), status_code=202)

    base = "/services/data/v{version}/metadata/deployRequest"
    table: tuple[tuple[str, str, Endpoint], ...] = (
        (base, "POST", bring),
        (f"{base}/{{deployment}}", "GET", look),
        (f"{base}/{{deployment}}", "PATCH", cancel),
    )
    return [Route(path, _answered(endpoint, signed_in), methods=[method]) for path, method, endpoint in table]


def _root(request: Request) -> str:
    version = request.path_params["version"]
    return f"{request.url.scheme}://{request.url.netloc}/services/data/v{version}/metadata/deployRequest"


def _answered(endpoint: Endpoint, signed_in: Callable[[Request], str]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            user_id = await run_in_threadpool(signed_in, request)
            _check_version(request.path_params["version"])
            return await endpoint(request, user_id)
        except SalesforceError as refused:
            body = [{"errorCode": refused.code, "message": refused.message}]
            return JSONResponse(body, status_code=refused.status)

    return answer


def _check_version(version: str) -> None:
    check_version(version)
    if float(version) < OLDEST_WITH_DEPLOY:
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)


async def _received(request: Request) -> tuple[bytes, Options]:
    """Read both parts of the request: the options as JSON, and the zip."""
    if int(request.headers.get("content-length", "0")) > LARGEST_ZIP + OVERHEAD:
        raise _too_large()
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", "Content type must be multipart/form-data", status=415)
    async with request.form(max_part_size=LARGEST_ZIP) as form:
        file, described = form.get("file"), form.get("json")
        if not isinstance(file, UploadFile):
            raise SalesforceError("INVALID_MULTIPART_REQUEST", "The part 'file' with the zip is missing")
        text = await described.read() if isinstance(described, UploadFile) else str(described or "").encode()
        content = await file.read()
    if len(content) > LARGEST_ZIP:
        raise _too_large()
    return content, _read_options(_json(text))


def _too_large() -> SalesforceError:
    return SalesforceError("LIMIT_EXCEEDED", f"The zip is larger than the {LARGEST_ZIP} bytes allowed", status=413)


def _json(body: bytes) -> Mapping[str, object]:
    try:
        value: object = json.loads(body)
    except ValueError as error:
        raise SalesforceError("JSON_PARSER_ERROR", "The JSON cannot be read") from error
    if not isinstance(value, Mapping):
        raise SalesforceError("JSON_PARSER_ERROR", "The JSON must be an object")
    return value


def _read_options(body: Mapping[str, object]) -> Options:
    given = body.get("deployOptions")
    if not isinstance(given, Mapping):
        raise SalesforceError("REQUIRED_FIELD_MISSING", "deployOptions is missing")

    def flag(name: str, *, default: bool) -> bool:
        value = given.get(name, default)
        if not isinstance(value, bool):
            raise SalesforceError("JSON_PARSER_ERROR", f"deployOptions.{name} must be true or false")
        return value

    return Options(
        check_only=flag("checkOnly", default=False),
        rollback_on_error=flag("rollbackOnError", default=True),
        ignore_warnings=flag("ignoreWarnings", default=False),
        single_package=flag("singlePackage", default=False),
    )
