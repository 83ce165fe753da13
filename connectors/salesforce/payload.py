"""Our records as Salesforce wants to be told of them: JSON for REST, CSV for Bulk 2.0."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import IO, Any, Final, TextIO

from drawbar.connectors.salesforce.errors import SalesforceRefused
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.records import Reference, Scalar, TargetRecord

RECORD_TYPE: Final = "RecordType"
"""A reference to this object names a record type by its developer name."""

NULL_MARK: Final = "#N/A"
"""What empties a field in a Bulk CSV, where a blank leaves it alone."""

OWN_ID: Final = "Id"
"""The field of a TargetRecord that names its record by Salesforce's own id: one that people made and has no key yet."""

_BY_ID: Final = re.compile(r"Id ([a-zA-Z0-9]{18})")

POLYMORPHIC: Final = frozenset({"What", "Who", "Owner"})
"""Relationships to records of several objects: Salesforce has to be told of which the key is."""

RecordTypeId = Callable[[str, str], str]
"""(object, developer name) → id of the record type; raises SalesforceRefused when the org has none such."""

_REMEMBERED: Final = 16_384

_KNOWN_SHAPES: Final = 256
"""Sets of columns whose order is remembered."""

_ROWS_AT_ONCE: Final = 500

_LONGEST_CELL: Final = 400_000
"""Characters; no record of a Bulk job may have more (Bulk API 2.0 limits, API 67.0)."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

JsonValue = Scalar | Mapping[str, Scalar | Mapping[str, Scalar]]


@dataclass(frozen=True, slots=True)
class Wording:
    """What is needed to word a record: the external id field of each object, and the ids of record types."""

    external_ids: Mapping[str, str]
    record_type_id: RecordTypeId

    def external_id(self, object_name: str) -> str:
        """Give the name of an object's external id field; raise ConfigError when nobody named one."""
        if object_name not in self.external_ids:
            raise ConfigError(
                f"no external id field is known for {object_name}", remedy="Add it to the fields of the connector."
            )
        return self.external_ids[object_name]


def rest_body(record: TargetRecord, wording: Wording) -> dict[str, JsonValue]:
    """Word a record for the collections call: key and fields flat, parents by their external id, None for empty.

    Raises SalesforceRefused for a value that would make Salesforce refuse the whole call.
    """
    _check(record)
    body: dict[str, JsonValue] = {"attributes": {"type": record.object}, **record.fields}
    for name, reference in record.references.items():
        if reference is None:
            body[lookup_field(name)] = None
        elif reference.object == RECORD_TYPE:
            body[lookup_field(name)] = wording.record_type_id(record.object, reference.key)
        elif own_id := own_id_in(reference.key):
            body[lookup_field(name)] = own_id
        else:
            told: Mapping[str, Mapping[str, Scalar]] = (
                {"attributes": {"type": reference.object}} if name in POLYMORPHIC else {}
            )
            body[name] = {**told, wording.external_id(reference.object): reference.key}
    body[wording.external_id(record.object)] = record.key
    return body


def by_id(record_id: str) -> str:
    """Give the key under which the hub names a record that has none, by Salesforce's own id of 18 characters."""
    return f"{OWN_ID} {record_id}"


def own_id_in(key: str) -> str:
    """Give the id in a key that `by_id` made; "" for any other."""
    found = _BY_ID.fullmatch(key)
    return found[1] if found else ""


def bulk_row(record: TargetRecord, wording: Wording) -> dict[str, str] | None:
    """Give the cells of a record by CSV column, the key first; None when it cannot travel by Bulk.

    A column that a record lacks stays blank in a job of more columns, which leaves its field alone. An empty parent
    needs another column (`Lease_Account__c`) than a named one (`Lease_Account__r.LeaseWorks_Id__c`), and a job cannot
    have both.
    Text that reads `#N/A` would empty its field, so it travels by REST, as does what Salesforce would refuse anyway,
    and what is named by Salesforce's own id.
    """
    if OWN_ID in record.fields:
        return None
    try:
        cells = dict(_column(record, name, each, wording) for name, each in record.references.items())
        for key in (record.key, *(each.key for each in record.references.values() if each)):
            _text_cell(key)
        cells.update(
            zip(record.fields, [_CELLS.get(type(each), _kindred)(each) for each in record.fields.values()], strict=True)
        )
    except (SalesforceRefused, _OnlyByCall):
        return None
    row = {wording.external_id(record.object): record.key}
    for name in _in_order(tuple(cells)):
        row[name] = cells[name]
    return row


@lru_cache(_KNOWN_SHAPES)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names))


def read_csv(text: TextIO) -> Iterator[list[str]]:
    """Stream the rows of a CSV of Bulk 2.0, ours or an answer, the header first; newlines inside cells stay.

    A cell may be as long as a record (400,000 characters), which is more than the csv module reads unless it is told.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    return csv.reader(text)


class _Lines(list[str]):
    """Lines that the csv module wrote, until they are put into a file."""

    write = list.append


class BulkSheet:
    """The CSV of one bulk job (UTF-8, LF, header first), until `limit` bytes are passed.

    It lies in a temporary file. `rows` counts what it holds.
    """

    def __init__(self, columns: Sequence[str], limit: int) -> None:
        self.columns = columns
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `close`)
        self._limit = limit
        self._size = 0
        self._lines = _Lines()
        # The csv module quotes what the line end holds: a lone carriage return, too, would end a row if it were bare.
        self._writer = csv.writer(self._lines, lineterminator="\r\n")
        self._write(columns)
        self.rows = 0

    @property
    def full(self) -> bool:
        return self._size > self._limit

    def add(self, row: Mapping[str, str]) -> None:
        """Write a row whose columns are the sheet's, in their order."""
        self._write(row.values())
        self.rows += 1

    def absorb(self, narrower: BulkSheet) -> None:
        """Take over the rows of a sheet that has no columns but these, until this one is full."""
        text = io.TextIOWrapper(narrower.content(), encoding="utf-8", newline="")
        try:
            rows = read_csv(text)
            columns = next(rows)
            for cells in rows:
                if self.full:
                    return
                row = dict(zip(columns, cells, strict=True))
                self.add({name: row.get(name, "") for name in self.columns})
        finally:
            text.detach()

    def _write(self, cells: Iterable[str]) -> None:
        self._writer.writerow(cells)
        line = self._lines[-1]
        self._size += len(line if line.isascii() else line.encode()) - 1
        if len(self._lines) == _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self._file.write("".join([line[:-2] + "\n" for line in self._lines]).encode())
        self._lines.clear()

    def content(self) -> IO[bytes]:
        """Give the whole from its beginning; no row is added any more."""
        self._flush()
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._file.close()


def _column(record: TargetRecord, name: str, reference: Reference | None, wording: Wording) -> tuple[str, str]:
    """Give the CSV column of a parent and what stands in it."""
    if reference is None:
        return lookup_field(name), NULL_MARK
    if reference.object == RECORD_TYPE:
        return lookup_field(name), wording.record_type_id(record.object, reference.key)
    if own_id := own_id_in(reference.key):
        return lookup_field(name), own_id
    column = f"{name}.{wording.external_id(reference.object)}"
    return f"{reference.object}:{column}" if name in POLYMORPHIC else column, reference.key


class _OnlyByCall(Exception):
    """A value that a Bulk CSV cannot hold."""


def _text_cell(value: str) -> str:
    if not value or value.isspace():
        return NULL_MARK
    if ("#" in value and value.strip().upper() == NULL_MARK) or (not value.isascii() and _unfit(value)):
        raise _OnlyByCall
    return value


def _number_cell(value: Decimal) -> str:
    if not value.is_finite():
        raise _OnlyByCall
    return format(value, "f")


def _instant_cell(value: datetime) -> str:
    if value.tzinfo is None:
        raise _OnlyByCall
    return _day_or_instant(value)


@lru_cache(_REMEMBERED)
def _day_or_instant(value: date) -> str:
    """A delivery repeats the same few a million times; instants that are equal are written alike, in UTC."""
    return to_json(value).strip('"')


_CELLS: Final[Mapping[type, Callable[[Any], str]]] = {
    str: _text_cell,
    Decimal: _number_cell,
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    datetime: _instant_cell,
    date: _day_or_instant,
    type(None): lambda _value: NULL_MARK,
}
"""By exact type: a delivery holds a million rows of thirty values."""


def _kindred(value: Scalar) -> str:
    """Word a value of a derived type, such as a word of an enumeration."""
    return next(cell for kind, cell in _CELLS.items() if isinstance(value, kind))(value)


def lookup_field(relationship: str) -> str:
    """Give the field behind a relationship name: `Lease_Account__r` → `Lease_Account__c`, `Account` → `AccountId`."""
    custom = relationship.removesuffix("__r")
    return f"{custom}__c" if custom != relationship else f"{relationship}Id"


def to_json(value: object) -> str:
    """Write JSON with Decimals as exact numbers, dates and instants (UTC, milliseconds) as Salesforce reads them."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{to_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(to_json, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return json.dumps(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z")
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    return json.dumps(value)


def _check(record: TargetRecord) -> None:
    parents = ((name, each.key) for name, each in record.references.items() if each)
    for name, value in chain(record.fields.items(), parents, (("key", record.key),)):
        reason = _unfit(value)
        if reason:
            raise SalesforceRefused(
                reason,
                record=f"{record.object} {record.key!a}",
                field=name,
                remedy="Mend the value at the source.",
                code="UNFIT_VALUE",
            )


def _unfit(value: Scalar) -> str:
    if isinstance(value, str):
        return "is not valid Unicode text" if not value.isascii() and _SURROGATE.search(value) else ""
    if isinstance(value, Decimal):
        return "" if value.is_finite() else "is not a number"
    if isinstance(value, datetime):
        return "" if value.tzinfo else "has no time zone"
    return ""
