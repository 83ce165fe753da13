"""Single records: create, read, update, delete, by Id or by an external id, and what they are related to."""

from __future__ import annotations

from collections.abc import Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.rest.call import Answer, Call, JsonObject, error_body
from drawbar.sandbox.rest.reading import DOES_NOT_EXIST, existing_id, read_record, read_records
from drawbar.sandbox.rest.router import Endpoint, endpoint
from drawbar.sandbox.schema import Field, SObject
from drawbar.sandbox.values import Stored, converter
from drawbar.sandbox.writing.lookups import comparable, find_ids
from drawbar.sandbox.writing.results import Operation, RowResult

UPSERT_TELLS_CREATED = 46
"""From this version on an upsert answers with a body that says whether it created; before, a change answered 204."""


def record_endpoints() -> list[Endpoint]:
    """Give the endpoints of single records."""
    by_key = "/sobjects/{object}/{field}/{value}"
    return [
        endpoint("POST", "/sobjects/{object}", create),
        endpoint("GET HEAD", "/sobjects/{object}/{id}", read),
        endpoint("PATCH", "/sobjects/{object}/{id}", update),
        endpoint("DELETE", "/sobjects/{object}/{id}", delete),
        endpoint("POST", "/sobjects/{object}/Id", create),
        endpoint("GET HEAD", by_key, read_by_key_or_relationship),
        endpoint("PATCH POST", by_key, upsert),
        endpoint("DELETE", by_key, delete_by_key),
    ]


def create(call: Call) -> Answer:
    """POST: create a record."""
    sobject = call.sobject(call.parts["object"])
    (result,) = call.org.write("create", sobject.name, [call.json_object()], context=call.context())
    if not result.success:
        return failed(call, result)
    return created(call, sobject, str(result.id))


def created(call: Call, sobject: SObject, record_id: str) -> Answer:
    """Answer that a record was created."""
    body: JsonObject = {"id": record_id, "success": True, "errors": []}
    return Answer(201, body, {"Location": call.record_url(sobject, record_id)})


def failed(call: Call, result: RowResult) -> Answer:
    """Answer with the errors of a row; the status is that of the first."""
    return Answer(result.errors[0].status, error_body(result.errors, call.text))


def read(call: Call) -> Answer:
    """GET: read a record by its Id, with all fields or those that `fields` names."""
    sobject = call.sobject(call.parts["object"])
    record_id = existing_id(call, sobject, call.parts["id"])
    return Answer(200, read_record(call, sobject, record_id, _fields(call)))


def _fields(call: Call) -> Sequence[str]:
    return [each.strip() for each in call.query.get("fields", "").split(",") if each.strip()]


def update(call: Call) -> Answer:
    """PATCH: change a record."""
    sobject = call.sobject(call.parts["object"])
    row = call.json_object()
    _must_not_carry(row, "Id")
    return _write_one(call, sobject, "update", {**row, "Id": _id(call.parts["id"])})


def delete(call: Call) -> Answer:
    """DELETE: put a record into the recycle bin."""
    sobject = call.sobject(call.parts["object"])
    return _write_one(call, sobject, "delete", {"Id": _id(call.parts["id"])})


def _id(given: str) -> str:
    record_id = full_id(given)
    if record_id is None:
        message = f"Provided external ID field does not exist or is not accessible: {given}"
        raise SalesforceError("NOT_FOUND", message, status=404)
    return record_id


def _write_one(call: Call, sobject: SObject, operation: Operation, row: JsonObject) -> Answer:
    (result,) = call.org.write(operation, sobject.name, [row], context=call.context())
    return Answer(204) if result.success else failed(call, result)


def _must_not_carry(row: JsonObject, name: str) -> None:
    if any(each.lower() == name.lower() for each in row):
        message = f"The {name} field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD", message)


def upsert(call: Call) -> Answer:
    """PATCH by an external id: 201 when it creates, 200 when it changes, 300 when several records carry the value."""
    sobject = call.sobject(call.parts["object"])
    row = call.json_object()
    field = _key_field(sobject, call.parts["field"])
    _must_not_carry(row, "Id")
    if field.type == "id":
        return _write_one(call, sobject, "update", {**row, "Id": _id(call.parts["value"])})
    _must_not_carry(row, field.name)
    value = _key_value(field, call.parts["value"])
    with call.org.transaction():
        several = _holders(call, sobject, field, value)
        if len(several) > 1:
            return Answer(300, [call.record_url(sobject, each) for each in several])
        context = call.context(update_only=call.query.get("updateOnly", "").lower() == "true")
        keyed = {**row, field.name: value}
        (result,) = call.org.write("upsert", sobject.name, [keyed], external_id=field.name, context=context)
    return _upserted(call, sobject, result) if result.success else failed(call, result)


def _upserted(call: Call, sobject: SObject, result: RowResult) -> Answer:
    answer = created(call, sobject, str(result.id)) if result.created else Answer(204)
    if call.number < UPSERT_TELLS_CREATED:
        return answer
    body: JsonObject = {"id": result.id, "success": True, "errors": [], "created": result.created}
    return Answer(201 if result.created else 200, body, answer.headers)


def _key_field(sobject: SObject, name: str) -> Field:
    field = sobject.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise SalesforceError("NOT_FOUND", message, status=404)
    return field


def _key_value(field: Field, given: str) -> Stored:
    """Read the value of an external id in an address; one of a wrong type matches nothing."""
    try:
        return converter(field, "csv")(given)
    except SalesforceError as problem:
        raise DOES_NOT_EXIST from problem


def _holders(call: Call, sobject: SObject, field: Field, value: Stored) -> list[str]:
    with call.org.reading() as connection:
        return find_ids(connection, sobject, field, [value]).get(comparable(field, value), [])


def _only_holder(call: Call, sobject: SObject, field: Field, value: Stored) -> str | Answer:
    found = _holders(call, sobject, field, value)
    if not found:
        raise DOES_NOT_EXIST
    if len(found) > 1:
        return Answer(300, [call.record_url(sobject, each) for each in found])
    return found[0]


def delete_by_key(call: Call) -> Answer:
    """DELETE by an external id."""
    sobject = call.sobject(call.parts["object"])
    field = _key_field(sobject, call.parts["field"])
    found = _only_holder(call, sobject, field, _key_value(field, call.parts["value"]))
    return found if isinstance(found, Answer) else _write_one(call, sobject, "delete", {"Id": found})


def read_by_key_or_relationship(call: Call) -> Answer:
    """GET by an external id; or, where the address names a record and a relationship, what the record is related to."""
    sobject = call.sobject(call.parts["object"])
    field = sobject.field(call.parts["field"])
    if field is not None and (field.external_id or field.id_lookup):
        found = _only_holder(call, sobject, field, _key_value(field, call.parts["value"]))
        return found if isinstance(found, Answer) else Answer(200, read_record(call, sobject, found, _fields(call)))
    if full_id(call.parts["field"]) is None:
        _key_field(sobject, call.parts["field"])
    record_id = existing_id(call, sobject, call.parts["field"])
    return _related(call, sobject, record_id, call.parts["value"])


def _related(call: Call, sobject: SObject, record_id: str, relationship: str) -> Answer:
    lookup = sobject.relationship(relationship)
    if lookup is not None:
        return _parent(call, sobject, record_id, lookup)
    for child in sobject.children:
        if child.relationship_name.lower() == relationship.lower():
            return _children(call, call.sobject(child.child), child.field, record_id)
    raise DOES_NOT_EXIST


def _parent(call: Call, sobject: SObject, record_id: str, lookup: Field) -> Answer:
    record = call.org.record(sobject, record_id) or {}
    parent_id = record.get(lookup.name)
    parent = call.org.schema.by_id(parent_id) if isinstance(parent_id, str) else None
    if parent is None:
        raise DOES_NOT_EXIST
    return Answer(200, read_record(call, parent, str(parent_id), _fields(call)))


def _children(call: Call, child: SObject, column: str, record_id: str) -> Answer:
    field = child.field(column)
    with call.org.reading() as connection:
        ids = [] if field is None else find_ids(connection, child, field, [record_id]).get(record_id, [])
    records = read_records(call, child, ids, _fields(call))
    return Answer(200, {"totalSize": len(records), "done": True, "records": list(records.values())})
