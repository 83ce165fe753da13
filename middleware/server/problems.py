"""Errors as answers: `application/problem+json` (RFC 9457), by what happens next; never a word of what was sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from drawbar.middleware.database.outages import is_outage
from drawbar.middleware.errors import DrawbarError, NotThere, RecordRejected, RetryLater
from drawbar.middleware.server.quotas import TooManyCalls
from drawbar.middleware.sync.inbox import Conflict

MEDIA_TYPE: Final = "application/problem+json"
_PASSING_SECONDS: Final = 5

_log = structlog.get_logger(__name__)


class Unknown(DrawbarError):
    """The caller has not shown who he is."""


class Forbidden(DrawbarError):
    """The caller may not do this."""


class Problem(BaseModel):
    """What an error looks like (RFC 9457, 3.1); `code`, `field` and `remedy` are ours."""

    type: str = Field("about:blank", description="`about:blank`: the status says it all")
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field("", description="what is wrong")
    code: str = Field("", description="what is wrong, for programs")
    field: str = Field("", description="the field that is wrong")
    remedy: str = Field("", description="what to do next")


PROBLEM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": Problem, "description": "Refused", "content": {MEDIA_TYPE: {}}},
    "5XX": {"model": Problem, "description": "Cannot be done now", "content": {MEDIA_TYPE: {}}},
}

_STATUS: Final[tuple[tuple[type[DrawbarError], HTTPStatus], ...]] = (
    (Unknown, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotThere, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (RecordRejected, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TooManyCalls, HTTPStatus.TOO_MANY_REQUESTS),
    (DrawbarError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The status for each class of errors; the first that fits counts."""


def problem_answer(
    status: int,
    detail: str = "",
    *,
    code: str = "",
    field: str = "",
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Give the answer that tells of a problem."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, field=field, remedy=remedy
    )
    told = problem.model_dump(exclude_defaults=True) | {"type": problem.type}
    return JSONResponse(told, status, headers, MEDIA_TYPE)


def answer_for(error: DrawbarError) -> Response:
    """Give the answer for an error."""
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        seconds = error.after_seconds if isinstance(error, RetryLater) else None
        headers["Retry-After"] = str(ceil(seconds or _PASSING_SECONDS))
    return problem_answer(
        status, error.message, code=getattr(error, "code", ""), field=error.field, remedy=error.remedy, headers=headers
    )


def answer_with_problems(app: FastAPI) -> None:
    """Let an app answer every error as a problem."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def _foreseen(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DrawbarError)  # noqa: S101  (registered for these)
    return answer_for(error)


async def _database(request: Request, error: Exception) -> Response:
    if not is_outage(error):
        raise error
    return await _away(request, error)


async def _away(_request: Request, error: Exception) -> Response:
    _log.warning("database away", error_type=type(error).__name__)
    return answer_for(RetryLater("the hub's database does not answer", remedy="Send it again in a few seconds."))


async def _by_status(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    detail = "" if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    return problem_answer(error.status_code, detail, headers=error.headers)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"][1:]))
    return problem_answer(
        HTTPStatus.UNPROCESSABLE_ENTITY, str(first["msg"]), code="INVALID", field=place,
        remedy="See /openapi.json for what is expected.",
    )  # fmt: skip


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    return problem_answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Drawbar broke off; its log says where.")


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    DrawbarError: _foreseen,
    DBAPIError: _database,
    PoolTimeout: _away,
    HTTPException: _by_status,
    RequestValidationError: _invalid,
    Exception: _unforeseen,
}
"""What answers each class of errors."""
