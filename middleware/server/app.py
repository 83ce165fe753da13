"""Puts the server's app together from the parts that the hub gives it: routes, mounted apps, and what guards them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp

from drawbar.middleware.server.direct import DirectRoute, Front
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.guard import Guard
from drawbar.middleware.server.problems import PROBLEM_RESPONSES, answer_with_problems


@dataclass(frozen=True, slots=True)
class ServerParts:
    """What the server consists of.

    `routers` are routes that ask the gate themselves, `direct` are those for what comes often; `mounts` are apps of
    their own, by the path below which they answer and authenticate their callers. All of them are guarded alike: size,
    time, log. `ready` raises when the hub cannot work.
    """

    gate: Gate
    ready: Callable[[], None]
    body_limit: int
    request_seconds: float
    direct: Sequence[DirectRoute] = ()
    routers: Sequence[APIRouter] = ()
    mounts: Mapping[str, ASGIApp] = field(default_factory=dict)


def open_app(parts: ServerParts) -> ASGIApp:
    """Give the app that answers everything."""
    app = FastAPI(title="Drawbar", version=version("drawbar"), openapi_url=None, docs_url=None, redoc_url=None)
    answer_with_problems(app)
    app.router.routes.extend(parts.direct)
    mounts = [Mount(path, mounted) for path, mounted in parts.mounts.items()]
    app.router.routes.extend(mounts)
    app.include_router(_health(parts.ready))
    app.include_router(_description(app, parts.gate))
    app.include_router(parts.gate.token_routes())
    for router in parts.routers:
        app.include_router(router)
    front = Front(app, parts.direct, mounts)
    return Guard(front, body_limit=parts.body_limit, seconds=parts.request_seconds)


def _health(ready: Callable[[], None]) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", status_code=HTTPStatus.NO_CONTENT, summary="Whether the process answers")
    async def alive() -> None:
        """Nobody is asked who he is."""

    @router.get(
        "/readyz", status_code=HTTPStatus.NO_CONTENT, summary="Whether the hub can take messages in",
        responses=PROBLEM_RESPONSES,
    )  # fmt: skip
    def able() -> None:
        """503 while the database is away, has other tables than this release, or has been moved."""
        ready()

    return router


def _description(app: FastAPI, gate: Gate) -> APIRouter:
    router = APIRouter(include_in_schema=False, dependencies=[Depends(gate.needs(None))])

    @router.get("/openapi.json")
    async def openapi() -> dict[str, Any]:
        return app.openapi()

    return router
