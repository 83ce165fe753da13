"""Records as QuickBooks writes them: fields and lines in its words, and back.

Source: Intuit developer documentation, API reference of each object, minor version 75 (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from drawbar.connectors.quickbooks_online.client import Document
from drawbar.connectors.quickbooks_online.errors import QuickBooksRefused
from drawbar.connectors.quickbooks_online.lists import CompanyLists
from drawbar.connectors.quickbooks_online.marks import doc_number, marked_note, plain_note
from drawbar.connectors.quickbooks_online.records import KINDS, NAME_FIELDS, Line, ObjectKind, read_lines
from drawbar.middleware.records import Scalar, TargetRecord

_SUMS: Final = frozenset({"SubTotalLineDetail"})
"""Lines that QuickBooks adds by itself."""


def to_wire(record: TargetRecord, lists: CompanyLists) -> Document:
    """Write the fields that the record sets, without Id; QuickBooksRefused names what cannot be written."""
    kind = KINDS.get(record.object)
    if kind is None:
        raise QuickBooksRefused(
            f"Drawbar writes no {record.object} to QuickBooks", code="OBJECT",
            remedy=f"Use one of {', '.join(KINDS)}.",
        )  # fmt: skip
    if not kind.posts_money:
        return _name_to_wire(record)
    document: Document = {kind.number_field: doc_number(record.key)}
    for name, reference in record.references.items():
        document[name] = lists.reference(kind.parent_object, reference.key, name) if reference else None
    for name, value in record.fields.items():
        document |= _field_to_wire(kind, record, name, value, lists)
    return document


def _name_to_wire(record: TargetRecord) -> Document:
    wrong = sorted(set(record.fields) - NAME_FIELDS)
    if wrong:
        raise _unknown_field(record.object, wrong[0])
    # An empty text empties a field; a null would leave it as it is in a sparse update.
    return {"DisplayName": record.key, **{name: value or "" for name, value in record.fields.items()}}


def _field_to_wire(kind: ObjectKind, record: TargetRecord, name: str, value: Scalar, lists: CompanyLists) -> Document:
    if name in ("TxnDate", "DueDate") and (value is None or isinstance(value, date)):
        return {name: value.isoformat() if value else None}
    if name == "PrivateNote" and (value is None or isinstance(value, str)):
        return {name: marked_note(value, record.key)}
    if name == "Location" and isinstance(value, str):
        return {"DepartmentRef": lists.reference("Department", value, name)}
    if name == "Account" and isinstance(value, str) and kind.account_field:
        return {kind.account_field: lists.reference("Account", value, name)}
    if name == "TotalAmt" and isinstance(value, Decimal) and kind.shape == "payment":
        return {name: value}
    if name == "Lines" and isinstance(value, str) and kind.shape in _LINES:
        return {"Line": [_LINES[kind.shape](line, lists) for line in read_lines(value)]}
    raise _unknown_field(record.object, name)


def _unknown_field(object_name: str, field: str) -> QuickBooksRefused:
    return QuickBooksRefused(
        f"{object_name} takes no such value in {field}", field=field, code="FIELD",
        remedy="This is a defect of whatever queued the record: report field and object.",
    )  # fmt: skip


def _dimensions(line: Line, lists: CompanyLists) -> Document:
    return {"ClassRef": lists.reference("Class", line.class_name, "Lines")} if line.class_name else {}


def _bill_line(line: Line, lists: CompanyLists) -> Document:
    account = {"AccountRef": lists.reference("Account", line.account, "Lines")}
    detail = {**account, **_dimensions(line, lists)}
    return _line(line, "AccountBasedExpenseLineDetail", detail)


def _invoice_line(line: Line, lists: CompanyLists) -> Document:
    item = {"ItemRef": lists.reference("Item", line.item, "Lines")}
    return _line(line, "SalesItemLineDetail", {**item, **_dimensions(line, lists)})


def _deposit_line(line: Line, lists: CompanyLists) -> Document:
    account = {"AccountRef": lists.reference("Account", line.account, "Lines")}
    return _line(line, "DepositLineDetail", {**account, **_dimensions(line, lists)})


def _journal_line(line: Line, lists: CompanyLists) -> Document:
    detail: Document = {
        "PostingType": line.side.capitalize(),
        "AccountRef": lists.reference("Account", line.account, "Lines"),
        **_dimensions(line, lists),
    }
    if line.location:
        detail["DepartmentRef"] = lists.reference("Department", line.location, "Lines")
    if line.name:
        entity = lists.reference(line.name_kind or "Vendor", line.name, "Lines")
        detail["Entity"] = {"Type": line.name_kind or "Vendor", "EntityRef": entity}
    return _line(line, "JournalEntryLineDetail", detail)


def _line(line: Line, kind: str, detail: Document) -> Document:
    return {"Amount": line.amount, "Description": line.memo, "DetailType": kind, kind: detail}


_LINES: Final[Mapping[str, Callable[[Line, CompanyLists], Document]]] = {
    "bill": _bill_line,
    "invoice": _invoice_line,
    "deposit": _deposit_line,
    "journal": _journal_line,
}


def from_wire(kind: ObjectKind, document: Document, fields: Sequence[str]) -> dict[str, Scalar]:
    """Give fields of a document in our words: of those that are text, a date or an amount."""
    return {name: _field_from_wire(kind, document, name) for name in fields}


def _field_from_wire(kind: ObjectKind, document: Document, name: str) -> Scalar:
    value = document.get(name)
    if name == "PrivateNote":
        return plain_note(str(value or ""))[0]
    if name in ("TxnDate", "DueDate"):
        return date.fromisoformat(str(value)) if value else None
    if name in ("TotalAmt", "Balance"):
        return None if value is None else Decimal(str(value))
    if name in NAME_FIELDS and not kind.posts_money:
        return str(value) if value else None
    raise _unknown_field(kind.name, name)


def holds(there: object, wanted: object) -> bool:
    """Say whether what stands there is what is wanted; what is not wanted, such as numbers of lines, does not count."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(holds(there.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        lines = [each for each in there if not _is_sum(each)] if isinstance(there, list) else []
        return len(lines) == len(wanted) and all(map(holds, lines, wanted))
    if isinstance(wanted, Decimal):
        return isinstance(there, (int, Decimal)) and Decimal(there) == wanted
    return (there or "") == (wanted or "")


def _is_sum(line: object) -> bool:
    return isinstance(line, Mapping) and line.get("DetailType") in _SUMS
