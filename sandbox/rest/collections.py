"""Up to 200 records in one call: each has its own result, or, with `allOrNone`, all are written or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.rest.call import Answer, Call, JsonObject, result_error
from drawbar.sandbox.rest.reading import read_records
from drawbar.sandbox.rest.router import Endpoint, endpoint
from drawbar.sandbox.writing.results import ROLLED_BACK, Operation, RowResult, refused

MOST_RECORDS = 200
MOST_READ_BY_POST = 2000
MOST_CHUNKS = 10
Row = Mapping[str, object]


def collection_endpoints() -> list[Endpoint]:
    """Give the endpoints of collections."""
    return [
        endpoint("POST", "/composite/sobjects", create_many),
        endpoint("PATCH", "/composite/sobjects", update_many),
        endpoint("DELETE", "/composite/sobjects", delete_many),
        endpoint("PATCH", "/composite/sobjects/{object}/{field}", upsert_many),
        endpoint("GET POST", "/composite/sobjects/{object}", read_many),
    ]


def create_many(call: Call) -> Answer:
    """POST: create records, of several objects if need be."""
    return _write_rows(call, "create")


def update_many(call: Call) -> Answer:
    """PATCH: change records by their Ids (`id` or `Id`)."""
    return _write_rows(call, "update")


def _write_rows(call: Call, operation: Operation) -> Answer:
    body = call.json_object()
    rows = _rows(body)
    chunks = [(name, list(part)) for name, part in groupby(rows, key=_type_of)]
    if len(chunks) > MOST_CHUNKS:
        message = f"The request cannot have more than {MOST_CHUNKS} chunks. It has {len(chunks)}."
        raise SalesforceError("INVALID_INPUT", message)
    return _answer(call, operation, chunks, all_or_none=_all_or_none(body.get("allOrNone")))


def _rows(body: JsonObject) -> list[Row]:
    rows = body.get("records")
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise SalesforceError("JSON_PARSER_ERROR", "The body needs an array of objects in records.")
    check_count(len(rows), MOST_RECORDS)
    return rows


def check_count(count: int, most: int) -> None:
    """Refuse more records than one call may carry."""
    if count > most:
        message = f"The number of records in the request ({count}) exceeds the limit of {most}."
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)


def _type_of(row: Row) -> str:
    attributes = row.get("attributes")
    name = attributes.get("type") if isinstance(attributes, Mapping) else None
    if not isinstance(name, str):
        raise SalesforceError("INVALID_INPUT", "Each record needs its object in attributes.type.")
    return name


def _all_or_none(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _answer(
    call: Call,
    operation: Operation,
    chunks: Sequence[tuple[str, Sequence[Row]]],
    *,
    all_or_none: bool,
    external_id: str | None = None,
) -> Answer:
    results: list[RowResult] = []
    with call.org.transaction() as transaction, transaction.part() as undo:
        for name, rows in chunks:
            results += _chunk(call, operation, name, rows, external_id)
        if all_or_none and not all(each.success for each in results):
            undo()
            results = [refused(ROLLED_BACK, record_id=None) if each.success else each for each in results]
    body = [result_body(each, told_created=operation == "upsert") for each in results]
    return Answer(200, body, rows_failed=not all(each.success for each in results))


def _chunk(
    call: Call, operation: Operation, name: str, rows: Sequence[Row], external_id: str | None
) -> list[RowResult]:
    sobject = call.org.schema.get(name)
    if sobject is None:
        message = (
            f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append"
            " the '__c' after the entity name."
            " Please reference your WSDL or the describe call for the appropriate names."
        )
        return [refused(SalesforceError("INVALID_TYPE", message)) for _ in rows]
    try:
        return call.org.write(operation, sobject.name, rows, external_id=external_id, context=call.context())
    except SalesforceError as refusal:
        if refusal.code != "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":
            raise
        return [refused(refusal) for _ in rows]


def result_body(result: RowResult, *, told_created: bool) -> JsonObject:
    """Write the result of a row: its id when there is one, whether it went well, why not."""
    body: JsonObject = {} if result.id is None else {"id": result.id}
    body |= {"success": result.success, "errors": [result_error(each) for each in result.errors]}
    if told_created and result.success:
        body["created"] = result.created
    return body


def upsert_many(call: Call) -> Answer:
    """PATCH by an external id: all records are of the object in the address."""
    sobject = call.sobject(call.parts["object"])
    body = call.json_object()
    rows = _rows(body)
    for row in rows:
        if _type_of(row).lower() != sobject.name.lower():
            message = f"All records must be of type {sobject.name}, not {_type_of(row)}."
            raise SalesforceError("INVALID_INPUT", message)
    return _answer(
        call,
        "upsert",
        [(sobject.name, rows)] if rows else [],
        all_or_none=_all_or_none(body.get("allOrNone")),
        external_id=call.parts["field"],
    )


def delete_many(call: Call) -> Answer:
    """DELETE: put the records whose `ids` the address lists into the recycle bin."""
    ids = [each for each in call.query.get("ids", "").split(",") if each]
    check_count(len(ids), MOST_RECORDS)
    chunks = [(name, [{"Id": each} for each in part]) for name, part in groupby(ids, key=lambda each: _of(call, each))]
    return _answer(call, "delete", chunks, all_or_none=_all_or_none(call.query.get("allOrNone")))


def _of(call: Call, record_id: str) -> str:
    sobject = call.org.schema.by_id(record_id)
    if sobject is None or full_id(record_id) is None:
        raise SalesforceError("MALFORMED_ID", f"malformed id {record_id}")
    return sobject.name


def read_many(call: Call) -> Answer:
    """GET (`ids`, `fields`) or POST: read records of one object; what is not there is null in its place."""
    sobject = call.sobject(call.parts["object"])
    ids, fields = _asked_by_post(call) if call.method == "POST" else _asked_by_get(call)
    if not fields:
        raise SalesforceError("MISSING_ARGUMENT", "The request needs the names of fields.")
    found_ids = [full_id(each) for each in ids]
    records = read_records(call, sobject, [each for each in found_ids if each is not None], fields)
    return Answer(200, [records.get(each) if each else None for each in found_ids])


def _asked_by_get(call: Call) -> tuple[list[str], list[str]]:
    ids = [each for each in call.query.get("ids", "").split(",") if each]
    check_count(len(ids), MOST_RECORDS)
    return ids, [each.strip() for each in call.query.get("fields", "").split(",") if each.strip()]


def _asked_by_post(call: Call) -> tuple[list[str], list[str]]:
    body = call.json_object()
    ids, fields = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise SalesforceError("JSON_PARSER_ERROR", "The body needs arrays of texts in ids and fields.")
    check_count(len(ids), MOST_READ_BY_POST)
    return [str(each) for each in ids], [str(each) for each in fields]
