"""The simulated MBSi: bearer token, orders, the reconciliation feed by pages, recoveries, documents, invoices.

What it does beyond the public help pages is ours: docs/connectors/mbsi.md says which.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.agents.desk import Case, Desk, Happening
from drawbar.sandbox.gps.door import is_same, kept_secret
from drawbar.sandbox.store import system_clock

BASE: Final = "/api/v150"
CLIENT: Final = "310"
LIENHOLDER: Final = "42"
MOST: Final = 250
PDF: Final = b"%PDF-1.4\n% condition report of a simulated agent\n%%EOF\n"
_NEEDED: Final = ("case_type_id", "client_id", "lienholder_id", "collaterals", "borrowers")
_STATUSES: Final[Mapping[str, str]] = {
    "accepted": "2", "declined": "3", "repossessed": "5", "completed": "6", "close acknowledged": "15",
    "hold acknowledged": "16",
}  # fmt: skip
_CHANGES: Final[Mapping[str, str]] = {"15": "closed", "16": "on hold", "2": "reopened"}
_VIN: Final = 17
_DOCUMENT: Final = ("file_name", "document_name", "type", "data")

Answer = Callable[[Request], Awaitable[Response]]


@dataclass
class MbsiVendor:
    """Implements `Vendor`: the orders of one client, whose token is kept in `folder`."""

    folder: Path
    clock: Callable[[], datetime] = system_clock
    section: str = "mbsi"
    desk: Desk = field(init=False)
    called: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.folder / "orders.json", self.clock)

    def routes(self) -> Sequence[BaseRoute]:
        signed, order = self._signed, f"{BASE}/orders/{{id}}"
        return [
            Route(f"{BASE}/recon/orders", signed(self._recon)),
            Route(f"{BASE}/orders", signed(self._create), methods=["POST"]),
            Route(order, signed(self._update), methods=["PUT"]),
            Route(order, signed(self._order)),
            Route(f"{order}/recoveries/{{recovery}}", signed(self._recovery)),
            Route(f"{order}/recoveries/{{recovery}}/documents", signed(self._documents)),
            Route(f"{order}/recoveries/{{recovery}}/documents", signed(self._add_document), methods=["POST"]),
            Route(f"{order}/invoices/{{invoice}}/service_items", signed(self._invoice)),
        ]

    def where_found(self, url: str) -> Mapping[str, object]:
        self.token()
        return {
            "url": f"{url}{BASE}", "token": f"file:{self.folder / 'keys' / 'token'}", "client_id": CLIENT,
            "lienholder_id": LIENHOLDER, "calls_per_minute": 6_000,
        }  # fmt: skip

    def token(self) -> str:
        """Give the client's token; one is made up the first time."""
        return kept_secret(self.folder / "keys" / "token")

    def _signed(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            self.called.append(f"{request.method} {request.url.path.rpartition(BASE)[2]}")
            kind, _, token = request.headers.get("authorization", "").partition(" ")
            if kind != "Bearer" or not is_same(token, self.token()):
                return JSONResponse({"message": "Unauthenticated."}, 401)
            return await answer(request)

        return guarded

    async def _recon(self, request: Request) -> Response:
        """Page through the orders; the filters that we know are exact."""
        wanted = request.query_params
        rows = [self._shown(each) for each in self.desk.cases.values()]
        for name in ("other_refno", "status"):
            if name in wanted:
                rows = [each for each in rows if each[name] == wanted[name]]
        if wanted.get("client_id") != CLIENT:
            rows = []
        size = min(int(wanted.get("per_page", MOST)), MOST)
        begin = (int(wanted.get("page", 1)) - 1) * size
        return JSONResponse({"orders": rows[begin : begin + size], "total": len(rows)})

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        missing = {name: ["is required"] for name in _NEEDED if not body.get(name)}
        vin = body.get("collaterals", [{}])[0].get("identification_number", "")
        if len(vin) != _VIN:
            missing["collaterals.0.identification_number"] = ["must be 17 characters"]
        if missing:
            return JSONResponse({"message": "The given data was invalid.", "errors": missing}, 422)
        case = self.desk.place({"body": json.dumps(body)})
        return JSONResponse({"success": True, "id": case.number}, 201)

    async def _update(self, request: Request) -> Response:
        case = self._case(request)
        if case is None:
            return _not_found()
        body = await request.json()
        status, note = str(body.pop("status", "")), str(body.pop("status_note", ""))
        if body:
            held = json.loads(case.fields["body"])
            self.desk.update(case, {"body": json.dumps({**held, **body})})
        if status and status != self._shown(case)["status"] and status in _CHANGES:
            self.desk.change(case, _CHANGES[status], note)
        elif note:
            self.desk.change(case, "comment", note)
        return JSONResponse({"success": True, "id": case.number})

    async def _order(self, request: Request) -> Response:
        case = self._case(request)
        return JSONResponse({"id": case.number, **json.loads(case.fields["body"])}) if case else _not_found()

    async def _recovery(self, request: Request) -> Response:
        found = self._happened(request, "repossessed")
        if found is None:
            return _not_found()
        day = f"{found.at:%Y-%m-%d}"
        return JSONResponse(
            {
                "recovery_id": found.case.number, "recovery_date": day, "recovery_police_notified_date": day,
                "color": "white", "driveable": True, "miles": 412_000, "keys": "1", "access_to_interior": "yes",
                "storage_location": "9 Pound Street, Waco TX 76701", "personal_property": "none",
            }
        )  # fmt: skip

    async def _documents(self, request: Request) -> Response:
        if self._happened(request, "condition report") is None:
            return JSONResponse({"documents": []})
        document = {
            "file_name": "condition.pdf", "document_name": "Condition report", "type": "condition_report",
            "data": base64.b64encode(PDF).decode(),
        }  # fmt: skip
        return JSONResponse({"documents": [document, *self._uploaded(self._case(request))]})

    async def _add_document(self, request: Request) -> Response:
        case = self._case(request)
        if case is None or self._happened(request, "condition report") is None:
            return _not_found()
        body = await request.json()
        missing = {name: ["is required"] for name in _DOCUMENT if not body.get(name)}
        if missing:
            return JSONResponse({"message": "The given data was invalid.", "errors": missing}, 422)
        held = [*self._uploaded(case), {name: body[name] for name in _DOCUMENT}]
        self.desk.update(case, {"documents": json.dumps(held)})
        return JSONResponse({"success": True}, 201)

    def _uploaded(self, case: Case | None) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(case.fields.get("documents", "[]")) if case else []
        return found

    async def _invoice(self, request: Request) -> Response:
        if self._happened(request, "invoice") is None:
            return _not_found()
        priced = {"tax_amount": 0, "quantity": 1, "is_expense": False, "approval_status": "pending"}
        items = [
            {"item_name": "Recovery", "gross_amount": 700.5, "net_amount": 700.5, **priced},
            {"item_name": "Keys", "gross_amount": 99.5, "net_amount": 99.5, **priced},
        ]
        return JSONResponse({"service_items": items})

    def _case(self, request: Request) -> Case | None:
        return self.desk.find(str(request.path_params["id"]))

    def _happened(self, request: Request, kind: str) -> Happening | None:
        case = self._case(request)
        return next((each for each in self.desk.happened() if each.case is case and each.kind == kind), None)

    def _shown(self, case: Case) -> dict[str, Any]:
        """Show an order as the feed does: the last status with its time and note."""
        mine = [each for each in self.desk.happened() if each.case is case]
        stands = [each for each in mine if each.kind in _STATUSES]
        notes = [each for each in mine if each.text and each.kind == "comment of the lender"]
        reopened = [each for each in case.changes if each.kind == "reopened"]
        status, at = ("1", datetime.fromisoformat(case.placed_at))
        if stands:
            status, at = _STATUSES[stands[-1].kind], stands[-1].at
        if reopened and reopened[-1].when >= at:
            status, at = "2", reopened[-1].when
        happened = {each.kind for each in mine}
        body = json.loads(case.fields["body"])
        return {
            "id": case.number, "other_refno": body.get("other_refno"), "status": status,
            "status_date": f"{at:%Y-%m-%dT%H:%M:%S}Z", "status_note": notes[-1].text if notes else None,
            "assign_service_provider_id": body.get("assign_service_provider_id"),
            "recovery_id": case.number if "condition report" in happened else None,
            "invoice_id": f"INV{case.number}" if "invoice" in happened else None,
        }  # fmt: skip


def _not_found() -> Response:
    return JSONResponse({"message": "Not found."}, 404)
