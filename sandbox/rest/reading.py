"""Reads records for answers, through SOQL, so that formulas, compound fields and types come out as in a query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.meter import note_records
from drawbar.sandbox.reading import read_by_ids
from drawbar.sandbox.rest.call import Call, JsonObject
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.writing.plan import no_such_column

DOES_NOT_EXIST = SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
DELETED = SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=404)


def field_names(sobject: SObject, wanted: Iterable[str]) -> list[str]:
    """Give the names of the fields that a call asks for, or of all, Id always among them; INVALID_FIELD for others."""
    names: dict[str, None] = {}
    for name in wanted:
        field = sobject.field(name)
        if field is None:
            raise no_such_column(name, sobject)
        names[field.name] = None
    return list(names | {"Id": None}) if names else [each.name for each in sobject.fields]


def read_records(call: Call, sobject: SObject, ids: Sequence[str], wanted: Iterable[str] = ()) -> dict[str, JsonObject]:
    """Read records by their 18-character ids, with the wanted fields or all: id → JSON object, without the deleted."""
    names = field_names(sobject, wanted)
    found = read_by_ids(call.org, sobject, names, ids, user_id=call.user_id, version=call.version)
    note_records(sent=len(found))
    return found


def existing_id(call: Call, sobject: SObject, given: str) -> str:
    """Give the full id of a record in the address; NOT_FOUND when it is none, ENTITY_IS_DELETED when it was deleted."""
    record_id = full_id(given)
    if record_id is None:
        message = f"Provided external ID field does not exist or is not accessible: {given}"
        raise SalesforceError("NOT_FOUND", message, status=404)
    found = call.org.record(sobject, record_id, deleted=True) if record_id.startswith(sobject.key_prefix) else None
    if found is None:
        raise DOES_NOT_EXIST
    if found.get("IsDeleted"):
        raise DELETED
    return record_id


def read_record(call: Call, sobject: SObject, record_id: str, wanted: Iterable[str] = ()) -> JsonObject:
    """Read one record by its full id; NOT_FOUND when it is not there (any more)."""
    found = read_records(call, sobject, [record_id], wanted)
    if record_id not in found:
        raise DOES_NOT_EXIST
    return found[record_id]
