"""Saves a record as the UI API does for `updateRecord`, and tells a refusal as components of Lightning hear it.

Source: Salesforce, User Interface API Developer Guide, "Update a Record" (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.rest.call import JsonObject
from drawbar.sandbox.seeds import COLLECTOR_USER_ID
from drawbar.sandbox.store import Org
from drawbar.sandbox.writing.results import WriteContext

REFUSED = "An error occurred while trying to update the record. Please try again."


def save(org: Org, record_id: str, fields: Mapping[str, object]) -> tuple[int, JsonObject]:
    """Save fields of a record as the org's collector; give the HTTP status and the body of the answer.

    Without any field the record is saved as it is, which makes it newer, as in Salesforce.
    """
    found = full_id(record_id)
    sobject = org.schema.by_id(found) if found else None
    if sobject is None or found is None:
        return 404, {"message": "The requested record does not exist."}
    context = WriteContext(user_id=COLLECTOR_USER_ID, auto_assign=False)
    try:
        (result,) = org.write("update", sobject.name, [{**fields, "Id": found}], context=context)
    except SalesforceError as error:
        return _refusal([error])
    return _refusal(result.errors) if result.errors else (200, {"apiName": sobject.name, "id": found})


def _refusal(errors: Sequence[SalesforceError]) -> tuple[int, JsonObject]:
    whole: list[JsonObject] = []
    by_field: dict[str, list[JsonObject]] = {}
    for error in errors:
        told: JsonObject = {"errorCode": error.code, "message": error.message, "field": None}
        for name in error.fields:
            by_field.setdefault(name, []).append({**told, "field": name})
        if not error.fields:
            whole.append(told)
    output: JsonObject = {"errors": whole, "fieldErrors": by_field}
    return errors[0].status, {"message": REFUSED, "enhancedErrorType": "RecordError", "output": output}
