"""Writes requests in qbXML and reads what QuickBooks answers.

The order of elements is that of Intuit's schema, which QuickBooks insists on (QuickBooks Desktop API reference:
VendorQuery, VendorAdd, BillQuery, BillAdd, BillMod). A request that names some lines of a bill deletes the others
("Modify, delete and void requests and responses", developer.intuit.com, read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from lxml import etree

from drawbar.connectors.quickbooks_desktop.records import BillLine, VendorBill
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.server.soap.parsing import XmlLimits, XmlRefused, parse

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>\s*")
LIMITS: Final = XmlLimits(body_bytes=8_000_000, nodes=200_000)


@dataclass(frozen=True, slots=True)
class Answer:
    """What QuickBooks says to one request: its code and words, and the objects that it gives."""

    request_id: str
    code: int
    message: str
    objects: tuple[etree._Element, ...]


@dataclass(frozen=True, slots=True)
class FoundBill:
    """A bill as QuickBooks holds it; `total` and `lines` are in US dollars."""

    txn_id: str
    edit_sequence: str
    vendor: str
    number: str
    dated: str
    due: str
    memo: str
    total: Decimal
    is_paid: bool
    lines: tuple[tuple[str, Decimal], ...]


def vendor_query(bill: VendorBill) -> etree._Element:
    """Ask for the vendor by name."""
    return _tree("VendorQueryRq", {"FullName": bill.vendor})


def vendor_add(bill: VendorBill) -> etree._Element:
    """Add the vendor by name alone."""
    return _tree("VendorAddRq", {"VendorAdd": {"Name": bill.vendor}})


def bill_query(bill: VendorBill) -> etree._Element:
    """Ask for all bills with the number, with their lines."""
    return _tree("BillQueryRq", {"RefNumber": bill.number, "IncludeLineItems": "true"})


def bill_query_by_id(txn_id: str) -> etree._Element:
    """Ask for the bill that QuickBooks knows by this id, with its lines."""
    return _tree("BillQueryRq", {"TxnID": txn_id, "IncludeLineItems": "true"})


def bill_add(bill: VendorBill, payables_account: str) -> etree._Element:
    """Add the bill."""
    request = _tree("BillAddRq", {"BillAdd": _head(bill, payables_account)})
    _add_lines(request[0], "ExpenseLineAdd", bill.lines, {})
    return request


def bill_mod(bill: VendorBill, payables_account: str, txn_id: str, edit_sequence: str) -> etree._Element:
    """Let the bill stand as it is now; its former lines go, since none of them is named."""
    known = {"TxnID": txn_id, "EditSequence": edit_sequence}
    request = _tree("BillModRq", {"BillMod": {**known, **_head(bill, payables_account)}})
    _add_lines(request[0], "ExpenseLineMod", bill.lines, {"TxnLineID": "-1"})
    return request


_Tree = Mapping[str, "str | _Tree"]


def _head(bill: VendorBill, payables_account: str) -> _Tree:
    return {
        "VendorRef": {"FullName": bill.vendor},
        "APAccountRef": {"FullName": payables_account} if payables_account else "",
        "TxnDate": bill.dated.isoformat(),
        "DueDate": bill.due.isoformat() if bill.due else "",
        "RefNumber": bill.number,
        "Memo": f"{bill.memo} {bill.mark}".strip(),
    }


def _add_lines(bill: etree._Element, name: str, lines: tuple[BillLine, ...], known: _Tree) -> None:
    for line in lines:
        cells: _Tree = {
            **known, "AccountRef": {"FullName": line.account}, "Amount": f"{line.amount:.2f}", "Memo": line.memo,
            "ClassRef": {"FullName": line.accounting_class} if line.accounting_class else "",
        }  # fmt: skip
        bill.append(_tree(name, cells))


def _tree(name: str, cells: _Tree) -> etree._Element:
    """Write elements in the given order; what is empty is left out."""
    element = etree.Element(name)
    for inner, value in cells.items():
        if isinstance(value, str):
            if value:
                etree.SubElement(element, inner).text = value
        else:
            element.append(_tree(inner, value))
    return element


def message(request: etree._Element, request_id: str, version: str) -> str:
    """Give the message that asks one request, as text for the Web Connector."""
    root = etree.Element("QBXML")
    request.set("requestID", request_id)
    etree.SubElement(root, "QBXMLMsgsRq", onError="stopOnError").append(request)
    head = f'<?xml version="1.0" encoding="utf-8"?><?qbxml version="{version}"?>'
    return head + etree.tostring(root, encoding="unicode")


def read_answers(text: str) -> list[Answer]:
    """Read a response of QuickBooks; raises RetryLater when it is none.

    The declaration goes: it may name an encoding, but text has none any more.
    """
    try:
        root = parse(_DECLARATION.sub("", text, count=1).encode(), LIMITS)
    except XmlRefused as error:
        raise RetryLater(f"QuickBooks' answer cannot be read: {error}") from None
    answers = root.find("QBXMLMsgsRs")
    if root.tag != "QBXML" or answers is None:
        raise RetryLater("QuickBooks' answer is no qbXML")
    return [_answer(each) for each in answers]


def _answer(element: etree._Element) -> Answer:
    code = element.get("statusCode", "")
    if not code.isascii() or not code.isdigit():
        raise RetryLater("QuickBooks' answer names no status")
    return Answer(element.get("requestID", ""), int(code), element.get("statusMessage", ""), tuple(element))


def found_bills(answer: Answer) -> Iterator[FoundBill]:
    """Give the bills of an answer; raises RetryLater when one has an amount that is none."""
    for each in answer.objects:
        if each.tag == "BillRet":
            lines = [
                (line.findtext("AccountRef/FullName", ""), _amount(line.findtext("Amount", "0")))
                for line in each.iterfind("ExpenseLineRet")
            ]
            yield FoundBill(
                txn_id=each.findtext("TxnID", ""), edit_sequence=each.findtext("EditSequence", ""),
                vendor=each.findtext("VendorRef/FullName", ""), number=each.findtext("RefNumber", ""),
                dated=each.findtext("TxnDate", ""), due=each.findtext("DueDate", ""), memo=each.findtext("Memo", ""),
                total=_amount(each.findtext("AmountDue", "0")), is_paid=each.findtext("IsPaid") == "true",
                lines=tuple(lines),
            )  # fmt: skip


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise RetryLater("QuickBooks' answer has an amount that is none") from None


def company_name(host_response: str) -> str | None:
    """Give the name of the open company out of what the first request of a visit carries; None when it is not told."""
    if not host_response.strip():
        return None
    for answer in read_answers(host_response):
        for each in answer.objects:
            if each.tag == "CompanyRet":
                return each.findtext("CompanyName")
    return None
