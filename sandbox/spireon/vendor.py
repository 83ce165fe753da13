"""The simulated Spireon: application token with HTTP Basic or an identity token, paging, refusals with a call's id.

What it does beyond the public description is ours: docs/connectors/spireon.md says which.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.gps.door import is_same, kept_secret
from drawbar.sandbox.gps.trucks import Truck, Yard
from drawbar.sandbox.spireon import shapes
from drawbar.sandbox.store import system_clock

USER: Final = "drawbar@spireon.example"
BASE: Final = "/v0/rest"
MOST: Final = 100
"""The most records in a page, whatever was asked for."""

TOKEN_SECONDS: Final = 86_340
_HISTORY: Final = timedelta(days=90)

Answer = Callable[[Request], Response]


@dataclass
class SpireonVendor:
    """Implements `Vendor`: the trucks of `yard`, one user whose password and application token are kept in `folder`."""

    folder: Path
    yard: Yard
    clock: Callable[[], datetime] = system_clock
    section: str = "spireon"
    asked: dict[str, datetime] = field(default_factory=dict)
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> Sequence[BaseRoute]:
        signed = self._signed
        return [
            Route("/identity/token", self._token),
            Route(f"{BASE}/identity", signed(self._identity)),
            Route(f"{BASE}/assets", signed(self._assets)),
            Route(f"{BASE}/assets/{{id}}", signed(self._asset)),
            Route(f"{BASE}/assets/{{id}}/events", signed(self._events)),
            Route(f"{BASE}/assets/{{id}}/geofences", signed(self._geofences)),
            Route(f"{BASE}/devices", signed(self._devices)),
            Route(f"{BASE}/commandRequests", self._command, methods=["POST"]),
        ]

    def where_found(self, url: str) -> Mapping[str, object]:
        self.password()
        self.app_token()
        return {
            "url": f"{url}{BASE}", "identity_url": url, "app_token": f"file:{self._file('app_token')}",
            "username": USER, "password": f"file:{self._file('password')}", "calls_per_minute": 6_000,
        }  # fmt: skip

    def password(self) -> str:
        """Give the user's password; one is made up the first time."""
        return kept_secret(self._file("password"))

    def app_token(self) -> str:
        """Give the application token; one is made up the first time."""
        return kept_secret(self._file("app_token"))

    def revoke_tokens(self) -> None:
        """Forget all identity tokens."""
        with self._lock:
            self._tokens.clear()

    def _file(self, name: str) -> Path:
        return self.folder / "keys" / name

    def _signed(self, answer: Answer) -> Answer:
        """Let an answer be given only to a caller with application token and log-in."""

        def guarded(request: Request) -> Response:
            return answer(request) if self._may_enter(request) else self._unauthorized(request)

        return guarded

    def _may_enter(self, request: Request) -> bool:
        if not is_same(request.headers.get("x-nspire-apptoken", ""), self.app_token()):
            return False
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = request.headers.get("x-nspire-usertoken") or (bearer if kind.lower() == "bearer" else "")
        if token:
            with self._lock:
                return token in self._tokens and self._tokens[token] > self.clock()
        return kind.lower() == "basic" and self._is_user(bearer)

    def _is_user(self, encoded: str) -> bool:
        try:
            pair = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return is_same(pair, f"{USER}:{self.password()}")

    def _token(self, request: Request) -> Response:
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic" or not self._is_user(encoded):
            return self._unauthorized(request)
        token, ends = secrets.token_urlsafe(32), self.clock() + timedelta(seconds=TOKEN_SECONDS)
        with self._lock:
            self._tokens[token] = ends
        given = {
            "token": token, "scope": "ACCOUNT_USER_SCOPE", "expiresOn": shapes.written(ends),
            "refreshBy": shapes.written(ends), "refreshInSeconds": TOKEN_SECONDS,
        }  # fmt: skip
        return JSONResponse(given)

    def _identity(self, _request: Request) -> Response:
        return JSONResponse({"scope": "ACCOUNT_USER_SCOPE", "username": USER})

    def _assets(self, request: Request) -> Response:
        """Page through the assets; the filter `active` lets every second inactive one through."""
        wanted = request.query_params
        trucks = [truck for truck in self.yard.trucks() if wanted.get("vin") in (None, truck.vin)]
        if wanted.get("active") == "true":
            trucks = [truck for truck in trucks if shapes.is_active(truck) or truck.luck % 2]
        now = self.clock()
        return _page(request, trucks, lambda truck: shapes.asset(truck, now))

    def _asset(self, request: Request) -> Response:
        truck = self._truck(request)
        return JSONResponse(shapes.asset(truck, self.clock())) if truck else self._no_asset(request)

    def _devices(self, request: Request) -> Response:
        return _page(request, self.yard.trucks(), shapes.device)

    def _events(self, request: Request) -> Response:
        """Page through the events of an asset, newest first."""
        truck, now = self._truck(request), self.clock()
        if truck is None:
            return self._no_asset(request)
        try:
            since, until = _instant(request, "startDate", now - _HISTORY), _instant(request, "endDate", now)
        except ValueError:
            return self._refusal(request, 400, "BAD_REQUEST", "startDate and endDate must be dates")
        kinds = set(request.query_params.getlist("type"))
        found = [*shapes.events(truck, since, min(until, now)), *self._answered(truck, since, min(until, now))]
        chosen = [each for each in found if not kinds or each["type"] in kinds]
        return _page(request, sorted(chosen, key=lambda each: str(each["date"]), reverse=True), lambda each: each)

    def _answered(self, truck: Truck, since: datetime, until: datetime) -> list[dict[str, Any]]:
        asked = self.asked.get(shapes.asset_id(truck))
        at = asked + shapes.LOCATE_DELAY if asked else None
        return [shapes.located(truck, at)] if at and since <= at <= until else []

    def _geofences(self, request: Request) -> Response:
        truck = self._truck(request)
        return _page(request, [truck], shapes.geofence) if truck else self._no_asset(request)

    async def _command(self, request: Request) -> Response:
        if not self._may_enter(request):
            return self._unauthorized(request)
        body = await request.json()
        truck = next((each for each in self.yard.trucks() if shapes.asset_id(each) == body.get("assetId")), None)
        if truck is None or body.get("command") != "locate":
            return self._refusal(request, 404, "ASSET_NOT_FOUND", f"Asset ID {body.get('assetId')} not found")
        self.asked[shapes.asset_id(truck)] = self.clock()
        taken = {"id": uuid4().hex, "deviceId": shapes.device_id(truck), "requestedBy": USER, **body}
        return JSONResponse(taken, 201)

    def _truck(self, request: Request) -> Truck | None:
        wanted = request.path_params["id"]
        return next((each for each in self.yard.trucks() if shapes.asset_id(each) == wanted), None)

    def _unauthorized(self, request: Request) -> Response:
        return self._refusal(request, 401, "UNAUTHORIZED", "Unauthorized")

    def _no_asset(self, request: Request) -> Response:
        return self._refusal(request, 404, "ASSET_NOT_FOUND", f"Asset ID {request.path_params['id']} not found")

    def _refusal(self, request: Request, status: int, code: str, message: str) -> Response:
        correlation = request.headers.get("x-nspire-correlationid") or str(uuid4())
        return JSONResponse({"code": code, "message": message, "Correlationid": correlation}, status)


def _page(request: Request, rows: Sequence[Any], shown: Callable[[Any], dict[str, Any]]) -> Response:
    limit = min(MOST, _number(request, "limit", MOST))
    offset = _number(request, "offset", 0)
    content = [shown(row) for row in rows[offset : offset + limit]]
    return JSONResponse({"content": content, "count": len(content), "total": len(rows)})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdigit() else default


def _instant(request: Request, name: str, default: datetime) -> datetime:
    text = request.query_params.get(name)
    return datetime.fromisoformat(text) if text else default
