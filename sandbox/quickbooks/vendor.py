"""QuickBooks Online as a simulated vendor: the token endpoint and the Accounting API of one company."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.quickbooks.company import ENTITIES, Company, Document, Refusal
from drawbar.sandbox.quickbooks.logins import App, Logins

REALM: Final = "9130350000000001"
CALLS_PER_MINUTE: Final = 500
_OLDEST_MINOR_VERSION: Final = 75
_MINUTE: Final = 60.0

SEED: Final[Mapping[str, Sequence[str]]] = {
    "Account": (
        "1010 Operating Cash", "1050 Auction Clearing", "1100 Accounts Receivable", "1200 Lease Receivables",
        "1210 Late Charges Receivable", "1290 Unearned Lease Income", "1300 Repossessed Inventory",
        "2000 Accounts Payable", "2050 Equipment Funding Payable", "2100 Unapplied Cash", "4000 Vehicle Sales",
        "4050 Documentation Fees", "4210 Late Charges", "5100 Repair Expense", "5200 Transport Expense",
        "5300 Storage Expense", "5400 Repossession Expense", "5500 Auction Expense", "5900 Deficiency Losses",
    ),
    "Class": ("Repossession", "Remarketing", "Servicing"),
    "Department": ("Main",),
    "Item": ("Vehicle sale", "Documentation fee"),
    "Vendor": ("FleetRock Repairs", "Transport Carriers", "Storage Yard", "Recovery Agency", "Auction House"),
    "Customer": ("Auction Buyer",),
}  # fmt: skip
"""What the company holds at first: the accounts that Drawbar's default rules name, and somebody to pay."""

_Handler = Callable[[Request], Awaitable[Document]]


class QuickBooksOnline:
    """Implements `Vendor`; `kept` names the folder for books and secrets, None keeps nothing.

    `beside` are further companies that are connected with the same app: each has its realm, books, tokens and limits.
    """

    section = "quickbooks_online"

    def __init__(
        self,
        app: App,
        *,
        clock: Callable[[], datetime],
        kept: Path | None = None,
        calls_per_minute: int = CALLS_PER_MINUTE,
        realm_id: str = REALM,
        beside: Sequence[QuickBooksOnline] = (),
    ) -> None:
        self.calls_per_minute = calls_per_minute
        self.company = Company(realm_id, clock=clock, seed=SEED, kept=kept / "company.json" if kept else None)
        self.logins = Logins(app, clock=clock, kept=kept / "logins.json" if kept else None)
        self._beside = beside
        self._app = app
        self._clock = clock
        self._kept = kept
        self._lock = threading.Lock()
        self._calls: deque[datetime] = deque()

    def routes(self) -> Sequence[BaseRoute]:
        """Give its routes: the token endpoint, and the API below `/v3/company/{realm}`."""
        further = [route for each in self._beside for route in each.api_routes(each.company.realm_id)]
        token = Route("/oauth2/v1/tokens/bearer", self._token, methods=["POST"])
        return [token, *further, *self.api_routes("{realm}")]

    @property
    def _companies(self) -> Sequence[QuickBooksOnline]:
        return (self, *self._beside)

    def api_routes(self, realm: str) -> Sequence[BaseRoute]:
        """Give the routes of the API for a realm, or for all that are no company's (`{realm}`)."""
        base = f"/v3/company/{realm}"
        return [
            Route(f"{base}/query", self._guarded(self._query), methods=["POST"]),
            Route(f"{base}/batch", self._guarded(self._batch), methods=["POST"]),
            Route(f"{base}/cdc", self._guarded(self._changes), methods=["GET"]),
            Route(f"{base}/upload", self._guarded(self._upload), methods=["POST"]),
            Route(f"{base}/companyinfo/{{number}}", self._guarded(self._info), methods=["GET"]),
            Route(f"{base}/{{entity}}/{{number}}", self._guarded(self._read), methods=["GET"]),
            Route(f"{base}/{{entity}}", self._guarded(self._write), methods=["POST"]),
        ]

    def where_found(self, url: str) -> Mapping[str, object]:
        """Give what the table in drawbar.toml needs; secrets by the files that hold them."""
        folder = self._kept
        secrets_at = {} if folder is None else {name: f"file:{folder / name}" for name in _SECRET_FILES}
        return {
            "realm_id": REALM, "client_id": self._app.client_id, "api_url": url,
            "token_url": f"{url}/oauth2/v1/tokens/bearer", **secrets_at,
        }  # fmt: skip

    async def _token(self, request: Request) -> Response:
        if not self.logins.knows(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        form = await request.form()
        if form.get("grant_type") != "refresh_token":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        given = str(form.get("refresh_token"))
        tokens = next(filter(None, (each.logins.exchange(given) for each in self._companies)), None)
        if tokens is None:
            wrong = {"error": "invalid_grant", "error_description": "Incorrect Token type or clientID"}
            return JSONResponse(wrong, status_code=400)
        return JSONResponse(tokens)

    def _guarded(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            shown = request.headers.get("authorization", "")
            if not any(each.logins.is_good(shown) for each in self._companies):
                return _json(_NOT_AUTHENTICATED, 401)
            realm = request.path_params.get("realm", self.company.realm_id)
            if realm != self.company.realm_id or not self.logins.is_good(shown):
                return _json(_NOT_AUTHORISED, 403)
            if self._is_throttled():
                return PlainTextResponse("message=ThrottleExceeded; errorCode=003001; statusCode=429", status_code=429)
            try:
                _check_minor_version(request)
                return _json({**await handler(request), "time": self._clock().isoformat()}, 200)
            except Refusal as refusal:
                return _json({"Fault": refusal.fault, "time": self._clock().isoformat()}, 400)

        return answer

    def _is_throttled(self) -> bool:
        with self._lock:
            now = self._clock()
            while self._calls and (now - self._calls[0]).total_seconds() >= _MINUTE:
                self._calls.popleft()
            if len(self._calls) >= self.calls_per_minute:
                return True
            self._calls.append(now)
            return False

    async def _info(self, _request: Request) -> Document:
        return {"CompanyInfo": {"CompanyName": "Sandbox Trucks", "Country": "US", "Id": "1", "SyncToken": "0"}}

    async def _query(self, request: Request) -> Document:
        return self.company.query((await request.body()).decode())

    async def _read(self, request: Request) -> Document:
        entity = _entity(request)
        return {entity: self.company.get(entity, request.path_params["number"])}

    async def _write(self, request: Request) -> Document:
        entity, given = _entity(request), await _body(request)
        action = self.company.delete if request.query_params.get("operation") == "delete" else self.company.write
        return self.company.once(_request_id(request), lambda: {entity: action(entity, given)})

    async def _batch(self, request: Request) -> Document:
        items = (await _body(request)).get("BatchItemRequest", [])
        return self.company.once(_request_id(request), lambda: self.company.batch(items))

    async def _changes(self, request: Request) -> Document:
        entities = request.query_params["entities"].split(",")
        try:
            since = datetime.fromisoformat(request.query_params["changedSince"])
        except ValueError as problem:
            raise Refusal("4000", "Invalid changedSince", str(problem)) from problem
        return self.company.changes(entities, since)

    async def _upload(self, request: Request) -> Document:
        async with request.form() as form:
            metadata, content = form.get("file_metadata_01"), form.get("file_content_01")
            if not isinstance(metadata, UploadFile) or not isinstance(content, UploadFile):
                raise Refusal("2020", "Required param missing", "file_metadata_01 and file_content_01 are needed")
            described, held = json.loads(await metadata.read()), await content.read()
        return self.company.once(_request_id(request), lambda: self.company.attach(described, held))


_SECRET_FILES: Final = ("client_secret", "encryption_key")
_NOT_AUTHENTICATED: Final = {
    "fault": {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired or invalid", "code": "3200", "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    }
}  # fmt: skip
_NOT_AUTHORISED: Final = {
    "fault": {
        "error": [{"message": "ApplicationAuthorizationFailed", "detail": "Wrong realm", "code": "3100"}],
        "type": "AUTHORIZATION",
    }
}


def open_quickbooks(folder: Path, clock: Callable[[], datetime]) -> QuickBooksOnline:
    """Open the company that is kept in a folder; secrets that are not there yet are made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = {name: _kept_secret(folder / name) for name in ("client_secret", "encryption_key", "refresh_token")}
    app = App("drawbar-sandbox", made["client_secret"], made["refresh_token"])
    return QuickBooksOnline(app, clock=clock, kept=folder)


def _kept_secret(path: Path) -> str:
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
    return path.read_text(encoding="utf-8").strip()


def _json(content: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(content, default=float), status_code=status, media_type="application/json")


def _entity(request: Request) -> str:
    name = ENTITIES.get(request.path_params["entity"])
    if name is None:
        raise Refusal("2010", "Request has invalid or unsupported property", "no such entity")
    return name


async def _body(request: Request) -> Document:
    try:
        given: Document = json.loads(await request.body(), parse_float=Decimal)
    except ValueError as problem:
        raise Refusal("2010", "Request has invalid or unsupported property", str(problem)) from problem
    return given


def _request_id(request: Request) -> str:
    return request.query_params.get("requestid", "")


def _check_minor_version(request: Request) -> None:
    version = request.query_params.get("minorversion", "0")
    if not version.isdigit() or int(version) < _OLDEST_MINOR_VERSION:
        raise Refusal("2010", "Unsupported minor version", f"minorversion {version} is below {_OLDEST_MINOR_VERSION}")
