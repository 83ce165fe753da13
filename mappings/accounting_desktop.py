"""Entries of the accounting rules → bills of QuickBooks Desktop (P21)."""

from __future__ import annotations

import hashlib
from typing import Final

from pydantic import ValidationError

from drawbar.connectors.quickbooks_desktop.records import BillLine, VendorBill
from drawbar.middleware.accounting.records import Entry
from drawbar.middleware.errors import RecordRejected

_LONGEST_NUMBER: Final = 20


def to_desktop(entry: Entry) -> VendorBill:
    """Give the bill that says what the entry says; its key is the entry's.

    Raises RecordRejected for another document than a bill, and for what QuickBooks Desktop has no room for. The
    accounts payable account is that of the company's settings.
    """
    if entry.document != "bill":
        raise RecordRejected(
            f"QuickBooks Desktop takes bills from Drawbar, and no {entry.document}",
            record=f"{entry.event} {entry.key}", field="books", code="NOT_FOR_DESKTOP",
            remedy="Name a company of QuickBooks Online in the accounting rules, or enter it by hand.",
        )  # fmt: skip
    try:
        return _bill(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RecordRejected(
            f"QuickBooks Desktop has no room for it: {first['msg']}", record=f"{entry.event} {entry.key}",
            field=".".join(map(str, first["loc"])), code="NOT_FOR_DESKTOP", remedy="Shorten it.",
        ) from None  # fmt: skip


def _bill(entry: Entry) -> VendorBill:
    lines = tuple(
        BillLine(account=each.account, amount=each.amount, memo=each.memo, accounting_class=each.class_name)
        for each in entry.lines
        if each.side == "debit"
    )
    return VendorBill(
        key=entry.key, vendor=entry.party, number=_number(entry.key), dated=entry.on, due=entry.due, memo=entry.memo,
        lines=lines,
    )  # fmt: skip


def _number(key: str) -> str:
    """Give the bill's number: its key, or 20 characters made from a key that does not fit."""
    if len(key) <= _LONGEST_NUMBER:
        return key
    return f"DB-{hashlib.sha256(key.encode()).hexdigest()[:17]}"
