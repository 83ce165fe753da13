"""Reads records by their ids as a query does: formulas worked out, compound fields put together, values as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from drawbar.sandbox.schema import SObject
from drawbar.sandbox.soql.compiled import VERSION
from drawbar.sandbox.soql.compiler import compile_parsed
from drawbar.sandbox.soql.refusals import QueryRefusals
from drawbar.sandbox.soql.scope import QueryContext
from drawbar.sandbox.soql.shapes import Record
from drawbar.sandbox.soql.syntax import Literal, Membership, Path, Query, Selected, Source
from drawbar.sandbox.store import Org


def read_by_ids(
    org: Org,
    sobject: SObject,
    field_names: Iterable[str],
    ids: Iterable[str],
    *,
    user_id: str,
    version: str = VERSION,
) -> dict[str, Record]:
    """Read records by their 18-character ids, without the deleted ones: id → JSON object, with `Id` in any case.

    `field_names` are names of fields of the object, without paths; `version` is that of the URLs in the records.
    """
    selected = (Selected(Path((name,), 0), None) for name in dict.fromkeys(("Id", *field_names)))
    wanted = tuple(Literal("string", record_id, 0) for record_id in ids)
    where = Membership(Path(("Id",), 0), negated=False, candidates=wanted)
    context = QueryContext(org.schema, org.now(), user_id, include_deleted=False, refusals=QueryRefusals(""))
    query = compile_parsed(Query(tuple(selected), Source(sobject.name, None, 0), where), context)
    if not wanted:
        return {}
    with org.reading() as connection:
        return {str(record["Id"]): record for record in query.records(connection, version=version)}
