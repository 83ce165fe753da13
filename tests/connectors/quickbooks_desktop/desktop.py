"""A QuickBooks company and a Web Connector for tests, as Intuit describes them: they answer, refuse and fail alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

HOST = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><HostQueryRs requestID="0" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"><HostRet><ProductName>QuickBooks Pro</ProductName></HostRet></HostQueryRs>'
    '<CompanyQueryRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK"><CompanyRet>'
    "<CompanyName>{name}</CompanyName></CompanyRet></CompanyQueryRs></QBXMLMsgsRs></QBXML>"
)


@dataclass
class Company:
    """The books: vendors, accounts, and bills as the elements with which they were written."""

    name: str = "North Truck Leasing"
    vendors: set[str] = field(default_factory=lambda: {"Ace Diesel"})
    customers: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=lambda: {"Repairs", "Towing", "Accounts Payable"})
    bills: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refuse: list[tuple[str, int, str]] = field(default_factory=list)
    """What the next requests of a name get instead: its status and words."""

    def process(self, text: str) -> str:
        """Answer a qbXML message."""
        messages = etree.fromstring(text.encode()).find("QBXMLMsgsRq")
        assert messages is not None
        answers = "".join(self._answer(each) for each in messages)
        return f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>{answers}</QBXMLMsgsRs>\n</QBXML>\n'

    def _answer(self, request: etree._Element) -> str:
        name = str(request.tag)
        self.requests.append(name)
        for each in self.refuse:
            if each[0] == name:
                self.refuse.remove(each)
                return _response(request, each[1], each[2])
        handlers: dict[str, Callable[[etree._Element], str]] = {
            "VendorQueryRq": self._find_vendor, "VendorAddRq": self._add_vendor, "BillQueryRq": self._find_bills,
            "BillAddRq": self._add_bill, "BillModRq": self._change_bill,
        }  # fmt: skip
        return handlers[name](request)

    def _find_vendor(self, request: etree._Element) -> str:
        name = request.findtext("FullName") or ""
        if name not in self.vendors:
            return _response(request, 500, f'The query request has not been fully completed. "{name}" not found.')
        return _response(request, 0, "Status OK", f"<VendorRet><Name>{escape(name)}</Name></VendorRet>")

    def _add_vendor(self, request: etree._Element) -> str:
        name = request.findtext("VendorAdd/Name") or ""
        if name in self.vendors | self.customers:
            return _response(request, 3100, f'The name "{name}" of the list element is already in use.')
        self.vendors.add(name)
        return _response(request, 0, "Status OK", f"<VendorRet><Name>{escape(name)}</Name></VendorRet>")

    def _find_bills(self, request: etree._Element) -> str:
        wanted = request.findtext("TxnID")
        if wanted is not None:
            found = [wanted] if wanted in self.bills else []
        else:
            number = request.findtext("RefNumber")
            found = [each for each, bill in self.bills.items() if bill["RefNumber"] == number]
        if not found:
            return _response(request, 1, "A query request did not find a matching object in QuickBooks")
        return _response(request, 0, "Status OK", "".join(map(self._told, found)))

    def _add_bill(self, request: etree._Element) -> str:
        added = request.find("BillAdd")
        assert added is not None
        return self._written(request, added, f"{len(self.bills) + 1:X}-1", "ExpenseLineAdd")

    def _change_bill(self, request: etree._Element) -> str:
        changed = request.find("BillMod")
        assert changed is not None
        txn_id = changed.findtext("TxnID") or ""
        if txn_id not in self.bills:
            return _response(request, 3120, f'Object "{txn_id}" specified in the request cannot be found.')
        if changed.findtext("EditSequence") != str(self.bills[txn_id]["EditSequence"]):
            return _response(request, 3200, "The provided edit sequence is out-of-date.")
        return self._written(request, changed, txn_id, "ExpenseLineMod")

    def _written(self, request: etree._Element, written: etree._Element, txn_id: str, line: str) -> str:
        vendor = written.findtext("VendorRef/FullName")
        if vendor not in self.vendors:
            return _response(
                request, 3140, f'There is an invalid reference to QuickBooks Vendor "{vendor}" in the Bill.'
            )
        lines = [
            (each.findtext("AccountRef/FullName") or "", Decimal(each.findtext("Amount") or "0"))
            for each in written.iterfind(line)
        ]
        unknown = [account for account, _ in lines if account not in self.accounts]
        if unknown:
            return _response(request, 3140, f'There is an invalid reference to QuickBooks Account "{unknown[0]}".')
        names = ("RefNumber", "TxnDate", "DueDate", "Memo")
        sequence = self.bills.get(txn_id, {}).get("EditSequence", 0) + 1
        self.bills[txn_id] = {
            **{name: written.findtext(name) or "" for name in names}, "Vendor": vendor, "Lines": lines,
            "EditSequence": sequence, "IsPaid": False,
        }  # fmt: skip
        return _response(request, 0, "Status OK", self._told(txn_id))

    def _told(self, txn_id: str) -> str:
        bill = self.bills[txn_id]
        total = sum(amount for _, amount in bill["Lines"])
        told = etree.Element("BillRet")
        cells = {
            "TxnID": txn_id, "EditSequence": str(bill["EditSequence"]), "VendorRef": bill["Vendor"],
            "TxnDate": bill["TxnDate"], "DueDate": bill["DueDate"], "AmountDue": f"{total:.2f}",
            "RefNumber": bill["RefNumber"], "Memo": bill["Memo"], "IsPaid": str(bill["IsPaid"]).lower(),
        }  # fmt: skip
        for name, value in cells.items():
            inner = etree.SubElement(told, name)
            (etree.SubElement(inner, "FullName") if name.endswith("Ref") else inner).text = value
        for account, amount in bill["Lines"]:
            line = etree.SubElement(told, "ExpenseLineRet")
            etree.SubElement(etree.SubElement(line, "AccountRef"), "FullName").text = account
            etree.SubElement(line, "Amount").text = f"{amount:.2f}"
        return etree.tostring(told, encoding="unicode")


def _response(request: etree._Element, code: int, words: str, inner: str = "") -> str:
    severity = "Info" if code < 500 else "Warn" if code < 1000 else "Error"
    name = str(request.tag).removesuffix("Rq") + "Rs"
    told = etree.fromstring(f"<{name}>{inner}</{name}>")
    marks = {"requestID": request.get("requestID", ""), "statusCode": str(code), "statusSeverity": severity}
    for mark, value in {**marks, "statusMessage": words}.items():
        told.set(mark, value)
    return etree.tostring(told, encoding="unicode")


@dataclass
class Visited:
    """What a visit came to: the answers to the log-in, the percents, and what the Web Connector showed its user."""

    authenticated: list[str]
    percents: list[int] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    pauses: int = 0


@dataclass
class Connector:
    """The Web Connector on one company; `service` are its calls. `on_pause` happens instead of five seconds."""

    service: Any
    company: Company
    user: str = "north"
    password: str = "north password"
    file: str = r"C:\QB\North.QBW"
    on_pause: Callable[[], None] = lambda: None

    def visit(self) -> Visited:
        """Do what a scheduled update does, from log-in to the end."""
        self.service.serverVersion()
        assert self.service.clientVersion("2.3.0.215") in {"", None}
        told = [each or "" for each in self.service.authenticate(self.user, self.password)]
        visited = Visited(told)
        if told[1] not in {"none", "nvu"}:
            self._exchange(told[0], visited)
            assert self.service.closeConnection(told[0]) == "OK"
        return visited

    def _exchange(self, ticket: str, visited: Visited) -> None:
        host = HOST.format(name=self.company.name)
        while True:
            request = self.service.sendRequestXML(ticket, host, self.file, "US", 13, 0)
            host = ""
            if not request:
                said = self.service.getLastError(ticket) or ""
                if said != "NoOp":
                    visited.shown += [said] if said else []
                    return
                visited.pauses += 1
                self.on_pause()
                continue
            percent = self.service.receiveResponseXML(ticket, self.company.process(request), "", "")
            visited.percents.append(percent)
            if percent < 0:
                visited.shown.append(self.service.getLastError(ticket) or "")
            if not 0 <= percent < 100:
                return
