"""Calls an ASGI application without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def call(
    app: ASGIApp,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    content_type: str = "application/json",
    client: str = "127.0.0.1",
    breaks_off: bool = False,
    authorization: str = "",
) -> Answer:
    """Make one call as a client at the address `client` and wait for the whole answer.

    With `breaks_off` the connection is lost after `body`, before the end of the request.
    """
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", content_type.encode()),
            *([(b"authorization", authorization.encode())] if authorization else []),
        ],
        "client": (client, 50000),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Message] = []
    incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": breaks_off}]
    if breaks_off:
        incoming.append({"type": "http.disconnect"})
    asyncio.run(_run(app, scope, incoming, sent))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:]))


async def _run(app: ASGIApp, scope: dict[str, Any], incoming: list[Message], sent: list[Message]) -> None:
    complete = asyncio.Event()

    async def receive() -> Message:
        if incoming:
            return incoming.pop(0)
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            complete.set()

    await app(scope, receive, send)
