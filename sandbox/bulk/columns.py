"""The header row of a Bulk upload: which field, or which parent's external id, each column is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drawbar.sandbox.bulk.job import Operation
from drawbar.sandbox.schema import Field, Schema, SObject

Row = dict[str, object]
SetColumn = Callable[[Row, str], None]

NULL = "#N/A"
_PARENT = re.compile(r"(?:(?P<type>\w+):)?(?P<relationship>\w+)\.(?P<external_id>\w+)")


class InvalidBatch(Exception):
    """The whole upload cannot be processed; the message is the job's `errorMessage`."""

    def __init__(self, message: str, *, kind: str = "InvalidBatch") -> None:
        super().__init__(f"{kind} : {message}")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an upload; `record` makes the row that the org writes."""

    header: tuple[str, ...]
    plain: tuple[tuple[int, str], ...]
    parents: tuple[tuple[int, SetColumn], ...]

    def record(self, cells: Sequence[str]) -> Row:
        """Make a record of a CSV row: an empty cell leaves its field alone, `#N/A` empties it."""
        row: Row = {name: None if cells[at] == NULL else cells[at] for at, name in self.plain if cells[at]}
        for at, set_parent in self.parents:
            if cells[at]:
                set_parent(row, cells[at])
        return row


def read_header(header: Sequence[str], schema: Schema, sobject: SObject, operation: Operation) -> Columns:
    """Bind each column to the object's fields; InvalidBatch names the first that cannot be bound."""
    plain: list[tuple[int, str]] = []
    parents: list[tuple[int, SetColumn]] = []
    for at, name in enumerate(header):
        if name.lower() in {earlier.lower() for earlier in header[:at]}:
            raise InvalidBatch(f"Duplicate field name : {name}")
        field = sobject.field(name)
        if field is not None:
            plain.append((at, field.name))
        elif "." in name:
            parents.append((at, _parent_setter(name, schema, sobject)))
        else:
            raise InvalidBatch(f"Field name not found : {name}")
    _check_operation(header, operation)
    return Columns(tuple(header), tuple(plain), tuple(parents))


def _check_operation(header: Sequence[str], operation: Operation) -> None:
    names = [name.lower() for name in header]
    if operation in {"update", "delete", "hardDelete"} and "id" not in names:
        raise InvalidBatch("Field name not found : Id")
    if operation in {"delete", "hardDelete"} and names != ["id"]:
        raise InvalidBatch(f"Only the Id column is allowed in a {operation} job", kind="ClientInputError")


def _parent_setter(name: str, schema: Schema, sobject: SObject) -> SetColumn:
    found = _PARENT.fullmatch(name)
    if found is None:
        raise InvalidBatch(f"Field name not found : {name}")
    lookup = sobject.relationship(found["relationship"])
    if lookup is None or lookup.relationship_name is None:
        raise InvalidBatch(f"Unable to find relationship: {found['relationship']}")
    parent = _parent_type(lookup, found["type"], schema)
    external_id = parent.field(found["external_id"])
    if external_id is None:
        raise InvalidBatch(f"Field name not found : {name}")
    return _setter(lookup.name, lookup.relationship_name, parent if found["type"] else None, external_id.name)


def _parent_type(lookup: Field, named: str | None, schema: Schema) -> SObject:
    polymorphic = len(lookup.reference_to) > 1
    if named is not None and not polymorphic:
        raise InvalidBatch(f"type is not needed for non polymorphic foreign key references: {lookup.relationship_name}")
    if named is None and polymorphic:
        raise InvalidBatch(f"type is needed for polymorphic foreign key references: {lookup.relationship_name}")
    wanted = named or lookup.reference_to[0]
    parent = schema.get(wanted)
    if parent is None or parent.name not in lookup.reference_to:
        raise InvalidBatch(f"Unable to find object: {wanted}")
    return parent


def _setter(field: str, relationship: str, named_type: SObject | None, external_id: str) -> SetColumn:
    attributes: Row = {"attributes": {"type": named_type.name}} if named_type else {}

    def set_parent(row: Row, cell: str) -> None:
        if cell == NULL:
            row[field] = None
        else:
            row[relationship] = {**attributes, external_id: cell}

    return set_parent
