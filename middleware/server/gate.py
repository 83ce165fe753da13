"""Lets callers in who show a key or a token, and may do what they ask for; counts their calls."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from drawbar.middleware.database.engine import reading
from drawbar.middleware.server.callers import Caller, Callers
from drawbar.middleware.server.problems import Forbidden, Unknown
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.tokens import Tokens

_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may pass; the hub's database says so at each call, so that a revoked key opens nothing any more."""

    engine: Engine
    tokens: Tokens
    quotas: Quotas
    clock: Callable[[], datetime]

    async def admit(self, request: Request, scope: str | None) -> Caller:
        """Give who calls, with any scope or with this one; raises Unknown, Forbidden or TooManyCalls."""
        kind, _, credential = request.headers.get("Authorization", "").partition(" ")
        caller = None
        if kind.lower() == "bearer":
            caller = await run_in_threadpool(self._known, credential.strip())
        if caller is None:
            self.quotas.count_refusal(peer(request))
            raise Unknown(
                "the key or token is missing, unknown, or not good any more",
                remedy="Send `Authorization: Bearer` with an API key, or with a token of POST /oauth/token.",
            )
        request.state.caller = caller.name
        request.state.scopes = caller.scopes
        self.quotas.count_call(caller.name)
        if scope is not None and scope not in caller.scopes:
            raise Forbidden(
                f"{caller.name} may not do this: its key lacks the scope {scope}", remedy="Ask the hub's operator."
            )
        return caller

    def needs(self, scope: str | None) -> Callable[[Request], Awaitable[None]]:
        """Give what a route depends on that only callers with a scope may use.

        `request.state` then has the `caller`, by name, and its `scopes`.
        """

        async def admitted(request: Request) -> None:
            await self.admit(request, scope)

        return admitted

    def _known(self, credential: str) -> Caller | None:
        now = self.clock()
        with reading(self.engine) as connection:
            if credential.startswith("dbk_"):
                return Callers(connection).by_key(credential, now)
            key_id = self.tokens.key_id(credential, now)
            return None if key_id is None else Callers(connection).by_key_id(key_id, now)

    def _client(self, name: str, key: str) -> Caller | None:
        with reading(self.engine) as connection:
            caller = Callers(connection).by_key(key, self.clock())
        return caller if caller is not None and caller.name == name else None

    def token_routes(self) -> APIRouter:
        """Give the route on which a caller gets a token for its name and key (RFC 6749, 4.4)."""
        router = APIRouter(tags=["access"])
        router.add_api_route(
            "/oauth/token", self._token, methods=["POST"], summary="Get an access token for a client and its key",
            response_model=None,
        )  # fmt: skip
        return router

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode("ascii", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return _refusal("unsupported_grant_type", HTTPStatus.BAD_REQUEST)
        name, key = _credentials(request, form)
        caller = await run_in_threadpool(self._client, name, key)
        if caller is None:
            self.quotas.count_refusal(peer(request))
            return _refusal("invalid_client", HTTPStatus.UNAUTHORIZED)
        request.state.caller = caller.name
        self.quotas.count_call(caller.name)
        token = self.tokens.issue(caller, self.clock())
        told = {
            "access_token": token, "token_type": "Bearer", "expires_in": self.tokens.seconds,
            "scope": " ".join(sorted(caller.scopes)),
        }  # fmt: skip
        return JSONResponse(told, headers=_NO_STORE)


def peer(request: Request) -> str:
    """Give the address that calls: that of the caller itself where a trusted proxy told it."""
    return request.client.host if request.client else ""


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Give name and key: from the header, as RFC 6749 prefers it (2.3.1), or from the form."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, key = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(key)


def _refusal(error: str, status: HTTPStatus) -> Response:
    challenge = {"WWW-Authenticate": "Basic"} if status is HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse({"error": error}, status, {**_NO_STORE, **challenge})
