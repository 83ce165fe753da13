"""Routes for what comes often: the endpoint takes the request and gives the answer, with nothing in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from drawbar.middleware.server.problems import HANDLERS

Endpoint = Callable[[Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """A route that OpenAPI tells of like any other, and that costs half as much.

    FastAPI neither reads the request nor writes the answer, so the endpoint does both, and asks the gate itself.
    Parameters and body are told by `openapi_extra`; `dependencies` are told as well, and not asked.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint


class Front:
    """Stands before an app: answers direct routes and mounted apps itself, and leaves everything else to the app.

    What stands around an app of FastAPI costs as much as taking a message in. Errors are answered as the app does.
    """

    def __init__(self, app: ASGIApp, direct: Sequence[DirectRoute], mounts: Sequence[Mount]) -> None:
        self._app = app
        self._routes: list[DirectRoute | Mount] = [*direct, *mounts]
        handlers = dict(HANDLERS)
        unforeseen = handlers.pop(Exception)
        self._direct = ServerErrorMiddleware(ExceptionMiddleware(_answer, handlers), handler=unforeseen)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for route in self._routes:
            match, told = route.matches(scope)
            if match is Match.FULL:
                scope.update(told)
                await (route.handle if isinstance(route, Mount) else self._direct)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    answer = await scope["route"].endpoint(Request(scope, receive))
    await answer(scope, receive, send)
