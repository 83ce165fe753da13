"""Lets callers in who show a key or a token, and may do what they ask for; counts their calls."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
_REMEMBERED: Final = timedelta(seconds=10)
_MOST_KNOWN: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A caller, and until when he need not be looked up again."""

    caller: Caller
    until: datetime


class _Memory:
    """Callers that were known a moment ago, by the hash of what they showed."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}

    def get(self, credential: str, now: datetime) -> Caller | None:
        known = self._known.get(_digest(credential))
        return known.caller if known is not None and now < known.until else None

    def keep(self, credential: str, known: _Known) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[_digest(credential)] = known

    def forget(self, credential: str) -> None:
        self._known.pop(_digest(credential), None)


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may pass; the hub's database says so at each call, so that a revoked key opens nothing any more."""

    engine: Engine
    tokens: Tokens
    quotas: Quotas
    clock: Callable[[], datetime]
    _memory: _Memory = field(default_factory=_Memory)

    async def admit(self, request: Request, scope: str | None) -> Caller:
        """Give who calls, with any scope or with this one; raises Unknown, Forbidden or TooManyCalls."""
        credential = _bearer(request)
        known = await run_in_threadpool(self._known, credential) if credential else None
        return self._admitted(request, scope, known.caller if known else None)

    async def admit_sender(self, request: Request, scope: str) -> Caller:
        """Do as `admit` does for a caller who has something stored in the inbox, and is its proof there.

        Who was known a moment ago is not looked up again: the transaction that stores does so for all at once, and
        refuses what comes of a caller that may not send any more. Then ask `lapsed`.
        """
        credential = _bearer(request)
        caller = self._memory.get(credential, self.clock()) if credential else None
        if credential and caller is None:
            known = await run_in_threadpool(self._known, credential)
            if known is not None:
                self._memory.keep(credential, known)
                caller = known.caller
        return self._admitted(request, scope, caller)

    def lapsed(self, request: Request) -> Unknown:
        """Give the error for a caller that was let in and may not send any more, and forget him."""
        self._memory.forget(_bearer(request))
        self.quotas.count_refusal(peer(request))
        return _unknown()

    def _admitted(self, request: Request, scope: str | None, caller: Caller | None) -> Caller:
        if caller is None:
            self.quotas.count_refusal(peer(request))
            raise _unknown()
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

    def _known(self, credential: str) -> _Known | None:
        now = self.clock()
        until = now + _REMEMBERED
        with reading(self.engine) as connection:
            if credential.startswith("dbk_"):
                caller = Callers(connection).by_key(credential, now)
            else:
                grant = self.tokens.read(credential, now)
                caller = None if grant is None else Callers(connection).by_key_id(grant.key_id, now)
                until = until if grant is None else min(until, grant.ends_at)
        return None if caller is None else _Known(caller, until)

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


def _bearer(request: Request) -> str:
    """Give the key or token that a request shows, "" when it shows none."""
    kind, _, credential = request.headers.get("Authorization", "").partition(" ")
    return credential.strip() if kind.lower() == "bearer" else ""


def _unknown() -> Unknown:
    return Unknown(
        "the key or token is missing, unknown, or not good any more",
        remedy="Send `Authorization: Bearer` with an API key, or with a token of POST /oauth/token.",
    )


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
