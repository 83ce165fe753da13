"""Describe calls: all objects, one object, its fields."""

from __future__ import annotations

import re

from drawbar.sandbox.describe import describe, describe_global
from drawbar.sandbox.rest.call import Answer, Call, JsonObject
from drawbar.sandbox.rest.reading import read_records
from drawbar.sandbox.rest.router import Endpoint, endpoint
from drawbar.sandbox.schema import SObject

MAX_BATCH_SIZE = 200
RECENT = 200


def describe_endpoints() -> list[Endpoint]:
    """Give the endpoints that describe the org."""
    return [
        endpoint("GET HEAD", "", resources),
        endpoint("GET HEAD", "/sobjects", describe_all),
        endpoint("GET HEAD", "/sobjects/{object}", basic),
        endpoint("GET HEAD", "/sobjects/{object}/describe", full),
        endpoint("GET HEAD", "/recent", recent),
    ]


RESOURCES = ("composite", "jobs", "limits", "query", "queryAll", "recent", "sobjects")


def resources(call: Call) -> Answer:
    """List what there is in this version."""
    return Answer(200, {name: f"{call.root}/{name}" for name in RESOURCES})


def describe_all(call: Call) -> Answer:
    """Describe every object in short."""
    objects = [describe_global(each, call.version) for each in sorted(call.org.schema, key=lambda each: each.name)]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": MAX_BATCH_SIZE, "sobjects": objects})


def basic(call: Call) -> Answer:
    """Describe one object in short, with the records of it that were written last."""
    sobject = call.sobject(call.parts["object"])
    return Answer(
        200, {"objectDescribe": describe_global(sobject, call.version), "recentItems": _items(call, sobject, 25)}
    )


def full(call: Call) -> Answer:
    """Describe one object with its fields."""
    return Answer(200, describe(call.sobject(call.parts["object"]), call.version))


def recent(call: Call) -> Answer:
    """List the records that were written last, of the objects that people look at."""
    asked = call.query.get("limit", "")
    limit = min(int(asked), RECENT) if re.fullmatch(r"\d{1,9}", asked, re.ASCII) else RECENT
    looked_at = (each for each in call.org.schema if each.custom or each.recorded)
    items = [item for each in looked_at for item in _items(call, each, limit)]
    return Answer(200, items[:limit])


def _items(call: Call, sobject: SObject, limit: int) -> list[JsonObject]:
    if sobject.field("SystemModstamp") is None or sobject.name_field is None:
        return []
    alive = ' WHERE "IsDeleted" = 0' if sobject.field("IsDeleted") else ""
    rows = call.org.read(
        f'SELECT "Id" FROM "{sobject.name}"{alive} ORDER BY "SystemModstamp" DESC, "Id" DESC LIMIT ?',  # noqa: S608 - names of the schema
        (limit,),
    )
    ids = [str(row[0]) for row in rows]
    found = read_records(call, sobject, ids, [sobject.name_field.name])
    return [found[each] for each in ids if each in found]
