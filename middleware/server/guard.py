"""Stands around everything that the server answers: limits of size and time, a request id, a line in the log."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbar.middleware.server.problems import problem_answer

REQUEST_ID: Final = "x-request-id"
_QUIET: Final = frozenset({"/healthz", "/readyz"})

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Exchange:
    """One request and its answer, as far as they have got."""

    receive: Receive
    send: Send
    body_limit: int
    request_id: str
    received: int = 0
    whole: bool = False
    status: int = 0
    started: float = field(default_factory=time.monotonic)

    async def receiving(self) -> Message:
        """Pass a part of the body on; raises 413 when there is more than may be."""
        message = await self.receive()
        if message["type"] == "http.request":
            self.received += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            if self.received > self.body_limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request may have {self.body_limit} bytes")
        return message

    async def sending(self, message: Message) -> None:
        """Pass a part of the answer on, with the request's id."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            message = {**message, "headers": [*message["headers"], (REQUEST_ID.encode(), self.request_id.encode())]}
        await self.send(message)


class Guard:
    """Wraps an app: refuses bodies of more than `body_limit` bytes, ends requests that take more than `seconds`.

    Every answer has an `X-Request-Id`, which stands in each line that is logged meanwhile. The log names the route and
    not the path that was asked for, since that may name people. Who calls is told by `scope["state"]["caller"]`.
    """

    def __init__(self, app: ASGIApp, *, body_limit: int, seconds: float) -> None:
        self._app = app
        self._body_limit = body_limit
        self._seconds = seconds
        self._log = _log.bind()  # once: an unbound logger is put together anew at each line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        exchange = _Exchange(receive, send, self._body_limit, secrets.token_hex(8), whole=not _has_body(scope))
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            try:
                await self._answered(scope, exchange)
            finally:
                _tell(self._log, scope, exchange)

    async def _answered(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, exchange.receiving, exchange.sending)
        except TimeoutError:
            if not exchange.status:
                slow = HTTPStatus.SERVICE_UNAVAILABLE if exchange.whole else HTTPStatus.REQUEST_TIMEOUT
                answer = problem_answer(slow, f"it took more than {self._seconds:g} seconds")
                await answer(scope, exchange.receiving, exchange.sending)
        except Exception as error:  # noqa: BLE001  (the app has answered with 500; the server would log its message)
            place = "".join(traceback.format_tb(error.__traceback__))
            _log.error("request broke off", error_type=type(error).__name__, exception=place)


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _tell(log: structlog.stdlib.BoundLogger, scope: Scope, exchange: _Exchange) -> None:
    """Log one line for a request; without an answer its status is 0."""
    told = {
        "method": scope["method"], "path": _route(scope), "status": exchange.status, "bytes": exchange.received,
        "seconds": round(time.monotonic() - exchange.started, 4), "caller": scope["state"].get("caller", ""),
        "peer": (scope.get("client") or ("",))[0],
    }  # fmt: skip
    (log.debug if told["path"] in _QUIET else log.info)("request", **told)


def _route(scope: Scope) -> str:
    """Name the route that answered, or where it was mounted; "" when there is none."""
    route = getattr(scope.get("route"), "path", None)
    return str(route or scope.get("root_path") or "")
