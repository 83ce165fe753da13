"""The simulated RDN: cases by SOAP with a key in the header, pages, faults with status 500, and the FireHose.

What it does beyond what is publicly known is ours: docs/connectors/rdn.md says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.agents.desk import Case, Desk, Happening
from drawbar.sandbox.gps.door import is_same, kept_secret
from drawbar.sandbox.rdn.envelope import Call, answer, fault, read_call
from drawbar.sandbox.store import system_clock

PATH: Final = "/soap"
RESTRICTED: Final = "RESTRICTED"
"""A client reference that begins so is a case of a lender who lets nobody see it."""

CODES: Final[Mapping[str, str]] = {
    "accepted": "600", "declined": "601", "close acknowledged": "602", "hold acknowledged": "603", "repossessed": "300",
    "completed": "302", "comment": "200", "invoice": "811", "condition report": "1300",
}  # fmt: skip
_LISTS: Final[Mapping[str, frozenset[str]]] = {
    "getPendingCases": frozenset({"Pending"}),
    "getOpenCases": frozenset({"Open", "Declined", "Pending Close"}),
    "getOnHoldCases": frozenset({"On Hold", "Pending On Hold"}),
    "getClosedCasesRange": frozenset({"Closed"}),
    "getRepossessedCasesRange": frozenset({"Repossessed"}),
}
_UPDATES: Final = frozenset({"updateCaseAccountInfo", "updateCaseAddress", "updateCaseCollateral", "updateCaseDebtor"})
_TO_A_CASE: Final[Mapping[str, str]] = {
    "holdCase": "on hold", "reopenCase": "reopened", "closeCase": "closed", "addCaseUpdate": "comment",
}  # fmt: skip


class _Fault(Exception):
    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.content = fault(code, words)


@dataclass
class RdnVendor:
    """Implements `Vendor`: the cases of one lender, whose key is kept in `folder`."""

    folder: Path
    clock: Callable[[], datetime] = system_clock
    section: str = "rdn"
    desk: Desk = field(init=False)
    called: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.folder / "cases.json", self.clock)

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(PATH, self._call, methods=["POST"])]

    def where_found(self, url: str) -> Mapping[str, object]:
        self.api_key()
        return {"url": f"{url}{PATH}", "api_key": f"file:{self.folder / 'keys' / 'api_key'}", "calls_per_minute": 6_000}

    def api_key(self) -> str:
        """Give the lender's key; one is made up the first time."""
        return kept_secret(self.folder / "keys" / "api_key")

    async def _call(self, request: Request) -> Response:
        try:
            call = read_call(await request.body())
        except ValueError as error:
            return Response(fault("SOAP-ENV:Client", str(error)), 500, media_type="text/xml")
        self.called.append(call.name)
        if not is_same(call.api_key, self.api_key()):
            return Response(fault("AUTH", "The API key is not valid"), 401, media_type="text/xml")
        try:
            return Response(self._answer(call), media_type="text/xml")
        except _Fault as refusal:
            return Response(refusal.content, 500, media_type="text/xml")

    def _answer(self, call: Call) -> bytes:
        if call.name in _LISTS:
            return self._list(call)
        if call.name == "addCase":
            return self._add(call)
        if call.name == "getLastEventId":
            return answer(call, str(max((each.number for each in self._events()), default=0)))
        if call.name == "getFireHose":
            last = int(call.values["last_event_id"] or 0)
            found = [_event(each) for each in self._events() if each.number > last]
            return _page(call, found, inside="meta_data")
        return self._about(call, self._case(call))

    def _about(self, call: Call, case: Case) -> bytes:
        if call.name in _UPDATES:
            (told,) = call.nested.values()
            self.desk.update(case, told)
        elif call.name in _TO_A_CASE:
            text = call.values.get("reason") or call.values.get("update_text") or ""
            self.desk.change(case, _TO_A_CASE[call.name], text)
        elif call.name == "reassignCase":
            self.desk.update(case, {"vendor_id": call.values["vendor_id"]})
        else:
            return self._told(call, case)
        return answer(call, str(case.number))

    def _told(self, call: Call, case: Case) -> bytes:
        if call.name == "getRdnCaseInfo":
            return answer(call, {"case_id": str(case.number), **case.fields, "status": case.standing(self.clock())})
        mine = [each for each in self.desk.happened() if each.case is case]
        if call.name == "getCaseUpdates":
            return _page(call, [_update(each) for each in mine if each.kind.startswith("comment")])
        if call.name == "getRepossessionDetails":
            return answer(call, _repossession(case, mine))
        if call.name == "getCaseInvoiceData":
            return answer(call, _invoice(case, mine))
        raise _Fault("SOAP-ENV:Client", f"Function {call.name} does not exist")

    def _list(self, call: Call) -> bytes:
        now, wanted = self.clock(), _LISTS[call.name]
        cases = [each for each in self.desk.cases.values() if each.standing(now) in wanted]
        return _page(call, [
            {
                "case_id": str(each.number), "client_reference": each.fields.get("client_reference", ""),
                "status": each.standing(now),
            }
            for each in cases
        ])  # fmt: skip

    def _add(self, call: Call) -> bytes:
        told = call.nested.get("case_info", {})
        if len(told.get("vin", "")) != 17:  # noqa: PLR2004
            raise _Fault("INVALID", "vin must have 17 characters")
        return answer(call, str(self.desk.place(told).number))

    def _case(self, call: Call) -> Case:
        case = self.desk.find(call.values.get("case", ""))
        if case is None:
            raise _Fault("NOT_FOUND", f"Case {call.values.get('case')} was not found")
        if case.fields.get("client_reference", "").startswith(RESTRICTED):
            raise _Fault("RESTRICTED", "This case is restricted by the lender")
        return case

    def _events(self) -> list[Happening]:
        return [each for each in self.desk.happened() if each.kind in CODES]


def _page(call: Call, rows: Sequence[Mapping[str, str]], inside: str = "") -> bytes:
    begin = (call.page - 1) * call.per_page
    pages = -(-len(rows) // call.per_page)
    return answer(call, rows[begin : begin + call.per_page], inside=inside, pages=pages)


def _event(happening: Happening) -> dict[str, str]:
    update = str(happening.number) if happening.kind == "comment" else ""
    return {
        "event_id": str(happening.number), "event_code": CODES[happening.kind], "case_id": str(happening.case.number),
        "event_date": f"{happening.at:%Y-%m-%d %H:%M:%S}", "update_id": update,
    }  # fmt: skip


def _update(happening: Happening) -> dict[str, str]:
    lender = happening.kind == "comment of the lender"
    return {
        "update_id": str(happening.number), "update_date": f"{happening.at:%Y-%m-%d %H:%M:%S}",
        "author": "lender" if lender else "agent", "update_text": happening.text,
    }  # fmt: skip


def _repossession(case: Case, mine: Sequence[Happening]) -> dict[str, str]:
    at = next((each.at for each in mine if each.kind == "repossessed"), None)
    if at is None:
        raise _Fault("NOT_FOUND", f"Case {case.number} has no repossession")
    return {
        "case_id": str(case.number), "repossession_date": f"{at:%Y-%m-%d}", "keys": "1", "mileage": "412000",
        "storage_location": "12 Yard Road, Dallas TX 75201", "condition": "Fair", "personal_property": "tools",
        "police_notified_date": f"{at:%Y-%m-%d}", "driveable": "Y",
    }  # fmt: skip


def _invoice(case: Case, mine: Sequence[Happening]) -> list[dict[str, str]]:
    if not any(each.kind == "invoice" for each in mine):
        return []
    number = f"INV-{case.number}"
    prices = {"Repossession fee": "750.00", "Storage": "100.00"}
    return [
        {
            "invoice_number": number, "item_name": name, "quantity": "1", "gross_amount": price, "tax_amount": "0.00",
            "net_amount": price,
        }
        for name, price in prices.items()
    ]  # fmt: skip
