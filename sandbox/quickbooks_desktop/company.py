"""A simulated company file of QuickBooks Desktop: it answers qbXML, refuses as Intuit says, and keeps its bills.

Status codes: Intuit, "Status codes in response messages" (read 2026-11): 0 done, 1 nothing found, 500 a name was not
found, 3100 a name is in use, 3120 an object is gone, 3140 a reference is wrong, 3200 the edit sequence is old.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from lxml import etree

FILE: Final = r"C:\QB\North.QBW"
_VENDORS: Final = ("Ace Diesel",)
_ACCOUNTS: Final = ("Repairs", "Towing", "Accounts Payable")
_OK: Final = "Status OK"
_KEPT: Final = ("RefNumber", "TxnDate", "DueDate", "Memo")
_DECLARATION: Final = '<?xml version="1.0" ?>\n'


@dataclass
class Company:
    """The books: vendors, accounts, and bills by QuickBooks' id, as they were written last."""

    name: str = "North Truck Leasing"
    vendors: set[str] = field(default_factory=lambda: set(_VENDORS))
    customers: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=lambda: set(_ACCOUNTS))
    bills: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refuse: list[tuple[str, int, str]] = field(default_factory=list)
    """What the next requests of a name get instead: its status and words."""

    def host(self) -> str:
        """Give what the Web Connector tells of QuickBooks and the open company with its first request of a visit."""
        answers = etree.Element("QBXMLMsgsRs")
        product = _tree("HostRet", {"ProductName": "QuickBooks Pro"})
        answers.append(_response("HostQueryRs", "0", 0, _OK, product))
        answers.append(_response("CompanyQueryRs", "1", 0, _OK, _tree("CompanyRet", {"CompanyName": self.name})))
        return _message(answers)

    def process(self, text: str) -> str:
        """Answer a qbXML message."""
        asked = etree.fromstring(text.encode()).find("QBXMLMsgsRq")
        answers = etree.Element("QBXMLMsgsRs")
        for request in () if asked is None else asked:
            answers.append(self._answer(request))
        return _message(answers)

    def _answer(self, request: etree._Element) -> etree._Element:
        name = str(request.tag)
        self.requests.append(name)
        for each in self.refuse:
            if each[0] == name:
                self.refuse.remove(each)
                return _answer_to(request, each[1], each[2])
        handlers: dict[str, Callable[[etree._Element], etree._Element]] = {
            "VendorQueryRq": self._find_vendor, "VendorAddRq": self._add_vendor, "BillQueryRq": self._find_bills,
            "BillAddRq": self._add_bill, "BillModRq": self._change_bill,
        }  # fmt: skip
        return handlers[name](request)

    def _find_vendor(self, request: etree._Element) -> etree._Element:
        name = request.findtext("FullName", "")
        if name not in self.vendors:
            return _answer_to(request, 500, f'The query request has not been fully completed. "{name}" not found.')
        return _answer_to(request, 0, _OK, _tree("VendorRet", {"Name": name}))

    def _add_vendor(self, request: etree._Element) -> etree._Element:
        name = request.findtext("VendorAdd/Name", "")
        if name in self.vendors | self.customers:
            return _answer_to(request, 3100, f'The name "{name}" of the list element is already in use.')
        self.vendors.add(name)
        return _answer_to(request, 0, _OK, _tree("VendorRet", {"Name": name}))

    def _find_bills(self, request: etree._Element) -> etree._Element:
        wanted, number = request.findtext("TxnID"), request.findtext("RefNumber")
        found = [
            each
            for each, bill in self.bills.items()
            if (each == wanted if wanted is not None else bill["RefNumber"] == number)
        ]
        if not found:
            return _answer_to(request, 1, "A query request did not find a matching object in QuickBooks")
        return _answer_to(request, 0, _OK, *map(self._told, found))

    def _add_bill(self, request: etree._Element) -> etree._Element:
        return self._written(request, request[0], f"{len(self.bills) + 1:X}-1", "ExpenseLineAdd")

    def _change_bill(self, request: etree._Element) -> etree._Element:
        txn_id = request[0].findtext("TxnID", "")
        if txn_id not in self.bills:
            return _answer_to(request, 3120, f'Object "{txn_id}" specified in the request cannot be found.')
        if request[0].findtext("EditSequence") != str(self.bills[txn_id]["EditSequence"]):
            return _answer_to(request, 3200, "The provided edit sequence is out-of-date.")
        return self._written(request, request[0], txn_id, "ExpenseLineMod")

    def _written(self, request: etree._Element, written: etree._Element, txn_id: str, line: str) -> etree._Element:
        vendor = written.findtext("VendorRef/FullName", "")
        lines = [
            (each.findtext("AccountRef/FullName", ""), Decimal(each.findtext("Amount", "0")))
            for each in written.iterfind(line)
        ]
        wrong = [("Vendor", vendor)] if vendor not in self.vendors else []
        wrong += [("Account", account) for account, _ in lines if account not in self.accounts]
        for kind, name in wrong:
            words = f'There is an invalid reference to QuickBooks {kind} "{name}" in the Bill.'
            return _answer_to(request, 3140, words)
        sequence = self.bills.get(txn_id, {}).get("EditSequence", 0) + 1
        self.bills[txn_id] = {
            **{name: written.findtext(name, "") for name in _KEPT}, "Vendor": vendor, "Lines": lines,
            "EditSequence": sequence, "IsPaid": False,
        }  # fmt: skip
        return _answer_to(request, 0, _OK, self._told(txn_id))

    def _told(self, txn_id: str) -> etree._Element:
        bill = self.bills[txn_id]
        total = sum(amount for _, amount in bill["Lines"])
        told = _tree(
            "BillRet",
            {
                "TxnID": txn_id, "EditSequence": str(bill["EditSequence"]), "VendorRef": {"FullName": bill["Vendor"]},
                "TxnDate": bill["TxnDate"], "DueDate": bill["DueDate"], "AmountDue": f"{total:.2f}",
                "RefNumber": bill["RefNumber"], "Memo": bill["Memo"], "IsPaid": str(bill["IsPaid"]).lower(),
            },
        )  # fmt: skip
        for account, amount in bill["Lines"]:
            told.append(_tree("ExpenseLineRet", {"AccountRef": {"FullName": account}, "Amount": f"{amount:.2f}"}))
        return told

    def save(self, path: Path) -> None:
        """Keep the books in a file."""
        state = {
            "name": self.name, "vendors": sorted(self.vendors), "customers": sorted(self.customers),
            "accounts": sorted(self.accounts), "bills": self.bills,
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(state, default=str, indent=1), encoding="utf-8")
        unfinished.replace(path)


def open_company(path: Path, *, accounts: Sequence[str]) -> Company:
    """Open the books that a file keeps; a new company has these accounts."""
    if not path.exists():
        return Company(accounts={*_ACCOUNTS, *accounts})
    state: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    bills = {
        txn_id: {**bill, "Lines": [(account, Decimal(amount)) for account, amount in bill["Lines"]]}
        for txn_id, bill in state["bills"].items()
    }
    return Company(
        state["name"], set(state["vendors"]), set(state["customers"]), set(state["accounts"]), bills
    )  # fmt: skip


_Tree = Mapping[str, "str | _Tree"]


def _tree(name: str, cells: _Tree) -> etree._Element:
    element = etree.Element(name)
    for inner, value in cells.items():
        if isinstance(value, str):
            etree.SubElement(element, inner).text = value
        else:
            element.append(_tree(inner, value))
    return element


def _answer_to(request: etree._Element, code: int, words: str, *objects: etree._Element) -> etree._Element:
    name = f"{str(request.tag).removesuffix('Rq')}Rs"
    return _response(name, request.get("requestID", ""), code, words, *objects)


def _response(name: str, request_id: str, code: int, words: str, *objects: etree._Element) -> etree._Element:
    severity = "Info" if code < 500 else "Warn" if code < 1000 else "Error"  # noqa: PLR2004
    told = etree.Element(
        name, requestID=request_id, statusCode=str(code), statusSeverity=severity, statusMessage=words
    )  # fmt: skip
    told.extend(objects)
    return told


def _message(answers: etree._Element) -> str:
    root = etree.Element("QBXML")
    root.append(answers)
    return _DECLARATION + etree.tostring(root, encoding="unicode") + "\n"
