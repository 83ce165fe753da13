"""Makes the armed faults happen to HTTP calls."""

from __future__ import annotations

import asyncio
import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbar.sandbox.connections import Connections
from drawbar.sandbox.faults import Fault, Faults
from drawbar.sandbox.meter import request_limit_body

_ANSWERS: dict[str, tuple[int, str, str]] = {
    "401": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "429": (429, "TOO_MANY_REQUESTS", "Too many requests"),
    "500": (
        500,
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1-1 (1)",
    ),
    "503": (503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable"),
}

_PAGE = b"<html><body>Service temporarily unavailable</body></html>"


class FaultMiddleware:
    """Delays, refuses, cuts or truncates the calls that a fault is armed for."""

    def __init__(self, app: ASGIApp, *, faults: Faults, connections: Connections) -> None:
        self._app = app
        self._faults = faults
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        for fault in self._faults.on_call(scope["method"], scope["path"]):
            if fault.kind != "latency":
                await self._instead(fault, scope, receive, send)
                return
            await asyncio.sleep(fault.seconds or 0)
        await self._app(scope, receive, send)

    async def _instead(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "reset-before":
            await self._connections.reset(scope, receive)
        elif fault.kind == "reset-after":
            await self._app(scope, receive, _discard)
            await self._connections.reset(scope, receive)
        elif fault.kind == "truncate":
            await self._truncate(scope, receive, send)
        elif fault.kind == "malformed":
            await self._app(scope, receive, _discard)
            await _page_for_people(send)
        else:
            await _answer(fault, send)

    async def _truncate(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in answer)
        await send(_with_content_length(answer[0], len(body)))
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await self._connections.close(scope, receive)


async def _discard(_message: Message) -> None:
    """Lose an answer, as a connection does that breaks after the server has done its work."""


async def _page_for_people(send: Send) -> None:
    """Answer as a proxy in between does that is not well: with a page, and a status that says all is well."""
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(_PAGE)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _PAGE})


async def _answer(fault: Fault, send: Send) -> None:
    headers = [(b"content-type", b"application/json;charset=UTF-8")]
    if fault.kind == "request-limit":
        status, body = 403, request_limit_body()
    else:
        status, code, message = _ANSWERS[fault.kind]
        body = json.dumps([{"message": message, "errorCode": code}]).encode()
    if fault.retry_after is not None:
        headers.append((b"retry-after", str(fault.retry_after).encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_content_length(start: Message, length: int) -> Message:
    headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}
