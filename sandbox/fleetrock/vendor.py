"""The simulated FleetRock: a token in the query, windows of events, errors in answers of status 200.

What it does beyond what public connectors show is ours: docs/connectors/fleetrock.md says which.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.fleetrock.purchases import purchases_of
from drawbar.sandbox.fleetrock.shop import Refused, Shop
from drawbar.sandbox.leaseworks.login import write_secret
from drawbar.sandbox.store import system_clock

USER: Final = "drawbar_lender"
BASE: Final = "/API"
Answer = Callable[[Request], dict[str, Any]]


@dataclass
class FleetRockVendor:
    """Implements `Vendor`: the trucks below LeaseWorks' folder `files`, one account whose key is kept in `folder`."""

    folder: Path
    files: Path
    clock: Callable[[], datetime] = system_clock
    section: str = "fleetrock"
    _tokens: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.shop = Shop(self.folder, self.files, self.clock)

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route(f"{BASE}/GetToken", _answering(self._token)),
            Route(f"{BASE}/GetUnits", _answering(self._signed(self._units))),
            Route(f"{BASE}/GetRO", _answering(self._signed(self._orders))),
            Route(f"{BASE}/GetPO", _answering(self._signed(self._purchases))),
            Route(f"{BASE}/AddRO", self._add, methods=["POST"]),
            Route(f"{BASE}/UpdateRO", self._update, methods=["POST"]),
        ]

    def where_found(self, url: str) -> Mapping[str, object]:
        self.key()
        return {"url": f"{url}{BASE}", "username": USER, "key": f"file:{self._key_file()}"}

    def key(self) -> str:
        """Give the API key; one is made up the first time, which only its owner may read."""
        path = self._key_file()
        if not path.exists():
            write_secret(path, secrets.token_urlsafe(24) + "\n")
        return path.read_text(encoding="utf-8").strip()

    def tokens(self) -> frozenset[str]:
        """Give the tokens that are good now."""
        with self._lock:
            return frozenset(self._tokens)

    def forget_tokens(self) -> None:
        """Let every token be refused from now on."""
        with self._lock:
            self._tokens.clear()

    def _key_file(self) -> Path:
        return self.folder / "keys" / "api_key"

    def _token(self, request: Request) -> dict[str, Any]:
        given = request.query_params.get("key", "")
        if request.query_params.get("username") != USER or not hmac.compare_digest(given.encode(), self.key().encode()):
            raise Refused("Invalid username or key")
        token = secrets.token_hex(16)
        with self._lock:
            self._tokens.add(token)
        return {"token": token}

    def _signed(self, answer: Answer) -> Answer:
        def signed(request: Request) -> dict[str, Any]:
            self._let_in(request, request.query_params.get("username", ""))
            return answer(request)

        return signed

    def _let_in(self, request: Request, user: str) -> None:
        token = request.query_params.get("token", "")
        with self._lock:
            known = token in self._tokens
        if user != USER or not (known or hmac.compare_digest(token.encode(), self.key().encode())):
            raise Refused("Invalid token")

    def _units(self, _request: Request) -> dict[str, Any]:
        return {"units": [{"unit_number": each.number, "vin": each.vin} for each in self.shop.units()]}

    def _orders(self, request: Request) -> dict[str, Any]:
        asked, now = request.query_params, self.clock()
        orders = self.shop.orders()
        if "id" in asked:
            if asked["id"] not in orders:
                raise Refused(f"Repair order {asked['id']} not found")
            return {"repair_orders": [orders[asked["id"]].answer(now)]}
        if "status" in asked:
            return {"repair_orders": [o.answer(now) for o in orders.values() if o.status(now) == asked["status"]]}
        start, end = _window(asked)
        event = asked.get("event", "")
        if event not in ("started", "finished", "invoiced"):
            raise Refused("Invalid event")
        happened = [
            each for each in orders.values() if (moment := each.happened(event, now)) and start <= moment <= end
        ]
        return {"repair_orders": [each.answer(now) for each in happened]}

    def _purchases(self, request: Request) -> dict[str, Any]:
        start, end = _window(request.query_params)
        event = request.query_params.get("event", "")
        if event not in ("received", "closed"):
            raise Refused("Invalid event")
        return {"purchase_orders": list(purchases_of(self.shop.orders().values(), event, start, end, self.clock()))}

    async def _add(self, request: Request) -> Response:
        return await self._written(request, lambda each: {"result": "success", "ro_id": self.shop.add(each)})

    async def _update(self, request: Request) -> Response:
        return await self._written(request, self._changed)

    def _changed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: str(value) for name, value in row.items() if name != "ro_id"}
        self.shop.change(str(row.get("ro_id", "")), values)
        return {"result": "success", "ro_id": row.get("ro_id")}

    async def _written(self, request: Request, write: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Response:
        try:
            body = json.loads(await request.body())
            self._let_in(request, str(body.get("username") or body.get("customer_id", "")))
        except (ValueError, Refused) as refused:
            return JSONResponse(_error(str(refused)))
        rows = await run_in_threadpool(lambda: [_row(write, each) for each in body.get("repair_orders", ())])
        return JSONResponse({"response": rows})


def _answering(answer: Answer) -> Callable[[Request], Response]:
    def answered(request: Request) -> Response:
        try:
            return JSONResponse(answer(request))
        except Refused as refused:
            return JSONResponse(_error(str(refused)))

    return answered


def _row(write: Callable[[Mapping[str, Any]], dict[str, Any]], row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return write(row)
    except Refused as refused:
        return _error(str(refused))


def _error(message: str) -> dict[str, Any]:
    return {"result": "error", "message": message}


def _window(asked: Mapping[str, str]) -> tuple[datetime, datetime]:
    try:
        start, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
    except (KeyError, ValueError):
        raise Refused("start and end are required") from None
    return _aware(start), _aware(end)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
