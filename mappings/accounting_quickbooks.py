"""Entries of the accounting rules → documents of QuickBooks Online (P21, P24)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drawbar.connectors.quickbooks_online.records import PAPER, Line, lines_text
from drawbar.middleware.accounting.records import Entry, EntryLine
from drawbar.middleware.accounting.rules import DocumentKind, Side
from drawbar.middleware.records import Reference, Scalar, TargetRecord

Fields = dict[str, Scalar]

OBJECTS: Final[Mapping[DocumentKind, str]] = {
    "bill": "Bill", "invoice": "Invoice", "payment": "Payment", "deposit": "Deposit", "journal": "JournalEntry",
}  # fmt: skip
"""The documents of QuickBooks by our words."""


def to_quickbooks(entry: Entry) -> TargetRecord:
    """Give the document that says what the entry says; its key is the entry's."""
    fields: Fields = {"TxnDate": entry.on, "PrivateNote": entry.memo or None, **_FIELDS[entry.document](entry)}
    if entry.location and entry.document in ("bill", "invoice", "deposit"):
        fields["Location"] = entry.location
    references = {}
    if entry.document in ("bill", "invoice", "payment"):
        kind = "Vendor" if entry.party_kind == "vendor" else "Customer"
        references = {f"{kind}Ref": Reference(kind, entry.party)}
    return TargetRecord(OBJECTS[entry.document], entry.key, fields, references)


def attached(entry: Entry, paper: str) -> TargetRecord:
    """Give the attachment that puts a paper of the hub, by name, to the document of an entry."""
    document = OBJECTS[entry.document]
    return TargetRecord("Attachable", paper, {PAPER: paper}, {"Document": Reference(document, entry.key)})


def _bill(entry: Entry) -> Fields:
    return {"DueDate": entry.due, "Account": _of(entry, "credit")[0].account, "Lines": _text(entry, "debit")}


def _invoice(entry: Entry) -> Fields:
    return {"DueDate": entry.due, "Lines": _text(entry, "credit")}


def _payment(entry: Entry) -> Fields:
    return {"Account": _of(entry, "debit")[0].account, "TotalAmt": entry.total("debit")}


def _deposit(entry: Entry) -> Fields:
    return {"Account": _of(entry, "debit")[0].account, "Lines": _text(entry, "credit")}


def _journal(entry: Entry) -> Fields:
    return {"Lines": lines_text([_line(line, entry.location) for line in entry.lines])}


_FIELDS: Final[Mapping[DocumentKind, Callable[[Entry], Fields]]] = {
    "bill": _bill, "invoice": _invoice, "payment": _payment, "deposit": _deposit, "journal": _journal,
}  # fmt: skip


def _of(entry: Entry, side: Side) -> list[EntryLine]:
    return [line for line in entry.lines if line.side == side]


def _text(entry: Entry, side: Side) -> str:
    return lines_text([_line(line) for line in _of(entry, side)])


def _line(line: EntryLine, location: str = "") -> Line:
    return Line(
        amount=line.amount, account=line.account, item=line.item, side=line.side, memo=line.memo,
        class_name=line.class_name, location=location,
    )  # fmt: skip
