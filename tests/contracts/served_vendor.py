"""A simulated vendor on a free port of this machine, with bad weather on the way to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbar.sandbox.connections import Connections
from tests.sandbox.local_server import serve

Instead = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]
"""What happens to a call instead of being answered as the vendor does."""


async def let_through(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let the vendor answer: for calls before the one that something happens to."""
    await app(scope, receive, send)


def refusal(status: int, *, retry_after: str = "", body: bytes = b"{}") -> Instead:
    """Answer with a status, and with a `Retry-After` when one is given."""

    async def answer(_app: ASGIApp, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json")]
        headers += [(b"retry-after", retry_after.encode())] if retry_after else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def not_json() -> Instead:
    """Answer with a page for people, as a proxy in between does that is not well."""
    return refusal(200, body=b"<html><body>Service temporarily unavailable</body></html>")


def half_an_answer() -> Instead:
    """Send what the vendor answers, and break off in the middle."""

    async def answer(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in kept)
        await send({**kept[0], "headers": [(b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionAbortedError

    return answer


def no_answer() -> Instead:
    """Say nothing until the caller gives up."""

    async def answer(_app: ASGIApp, _scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    return answer


@dataclass
class Weather:
    """An ASGI application that lets calls through to `app`, or something else happen to the next ones.

    `only` is a glob of the paths that have weather; `calls` are the paths that were called, in order.
    """

    app: ASGIApp
    only: str = "*"
    calls: list[str] = field(default_factory=list)
    _next: deque[Instead] = field(default_factory=deque)

    def comes(self, *instead: Instead, only: str = "*") -> None:
        """Let these things happen to the next calls of the paths that `only` names, one each."""
        self.only = only
        self._next.extend(instead)

    def clears(self) -> None:
        """Let all calls through from now on, and forget those that were made."""
        self._next.clear()
        self.calls.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append(scope["path"])
        if self._next and fnmatchcase(scope["path"], self.only):
            await self._next.popleft()(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


@dataclass(frozen=True)
class ServedVendor:
    """A vendor that answers at `url`."""

    url: str
    weather: Weather


@contextmanager
def serve_vendor(routes: Sequence[BaseRoute]) -> Iterator[ServedVendor]:
    """Serve a simulated vendor's routes for a block."""
    weather = Weather(Starlette(routes=list(routes)))
    with serve(weather, Connections()) as port:
        yield ServedVendor(f"http://127.0.0.1:{port}", weather)
