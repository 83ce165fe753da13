"""Answers GraphQL queries as the UI API does: lists of records with pages, and groups of them.

`uiapi.query.<Object>(where, orderBy, first, after)` gives `edges.node`, `totalCount` and `pageInfo`;
`uiapi.aggregate.<Object>(where, groupBy, first)` gives `edges.node.aggregate`. A cursor tells how many records came
before it. Source: Salesforce, GraphQL API Developer Guide (read 2026-11).
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.rest.call import JsonObject
from drawbar.sandbox.schema import Field
from drawbar.sandbox.soql.compiler import compile_parsed
from drawbar.sandbox.soql.refusals import QueryRefusals
from drawbar.sandbox.soql.scope import QueryContext
from drawbar.sandbox.soql.shapes import Record
from drawbar.sandbox.soql.syntax import Ordering, Path, Query, Selected, Source
from drawbar.sandbox.soql.values import format_reader, label_reader
from drawbar.sandbox.store import Org
from drawbar.sandbox.uiapi.document import Requested, read_document
from drawbar.sandbox.uiapi.errors import GraphQLRefusal
from drawbar.sandbox.uiapi.filters import Place, condition, orderings

RECORDS_UNASKED = 10
MOST_RECORDS = 2_000
LIST_ARGUMENTS = frozenset({"where", "orderBy", "first", "after"})
GROUP_ARGUMENTS = frozenset({"where", "groupBy", "first"})


def answer(org: Org, text: str, variables: Mapping[str, object], *, user_id: str) -> JsonObject:
    """Answer a query with `data`, or with `errors` alone when it is refused."""
    try:
        with org.reading() as connection:
            document = read_document(text, variables)
            found = _Answers(org, connection, user_id).root(document)
    except GraphQLRefusal as refusal:
        return {"data": None, "errors": [{"message": str(refusal)}]}
    except SalesforceError as refusal:
        return {"data": None, "errors": [{"message": refusal.message.strip()}]}
    return {"data": found, "errors": []}


class _Answers:
    def __init__(self, org: Org, connection: sqlite3.Connection, user_id: str) -> None:
        self._org = org
        self._connection = connection
        self._user_id = user_id

    def root(self, document: Requested) -> JsonObject:
        found: JsonObject = {}
        for uiapi in document.only("uiapi"):
            parts: JsonObject = {}
            for part in uiapi.only("query", "aggregate"):
                one = self._list if part.name == "query" else self._groups
                parts[part.key] = {each.key: one(each) for each in part.members}
            found[uiapi.key] = parts
        return found

    def _place(self, requested: Requested, arguments: frozenset[str]) -> Place:
        unknown = sorted(set(requested.arguments) - arguments)
        if unknown:
            raise GraphQLRefusal(f"Argument '{unknown[0]}' of '{requested.name}' is not known")
        sobject = self._org.schema.get(requested.name)
        if sobject is None or sobject.name != requested.name:
            raise GraphQLRefusal(f"Field '{requested.name}' in type 'RecordQuery' is undefined")
        return Place(self._org.schema, sobject)

    def _context(self) -> QueryContext:
        return QueryContext(self._org.schema, self._org.now(), self._user_id, False, QueryRefusals(""))

    def _list(self, requested: Requested) -> JsonObject:
        place = self._place(requested, LIST_ARGUMENTS)
        parts = requested.only("edges", "totalCount", "pageInfo")
        nodes = [each for part in parts if part.name == "edges" for each in part.members if each.name == "node"]
        paths = sorted({path for node in nodes for path in _paths(place, node)} | {("Id",)})
        start, size = _start(requested.arguments.get("after")), _size(requested.arguments.get("first"))
        query = Query(
            tuple(Selected(Path(path, 0), None) for path in paths),
            Source(place.sobject.name, None, 0),
            where=condition(place, requested.arguments.get("where")),
            order_by=(*orderings(place, requested.arguments.get("orderBy")), Ordering(Path(("Id",), 0))),
            limit=size + 1,
            offset=start,
        )
        compiled = compile_parsed(query, self._context())
        records = list(compiled.records(self._connection))
        shown = records[:size]
        found: JsonObject = {}
        for member in parts:
            if member.name == "totalCount":
                everything = compile_parsed(replace(query, limit=None, offset=None), self._context())
                found[member.key] = everything.total_size(self._connection)
            elif member.name == "pageInfo":
                found[member.key] = _page_info(member, start, len(shown), more=len(records) > size)
            else:
                found[member.key] = [_edge(place, member, each, start + at) for at, each in enumerate(shown, 1)]
        return found

    def _groups(self, requested: Requested) -> JsonObject:
        place = self._place(requested, GROUP_ARGUMENTS)
        grouped = requested.arguments.get("groupBy")
        names = [place.field(name).name for name in grouped] if isinstance(grouped, Mapping) else []
        if not names:
            raise GraphQLRefusal(f"'{requested.name}' is grouped by nothing")
        operands = tuple(Path((name,), 0) for name in names)
        query = Query(
            tuple(Selected(each, None) for each in operands),
            Source(place.sobject.name, None, 0),
            where=condition(place, requested.arguments.get("where")),
            group_by=operands,
        )
        compiled = compile_parsed(query, self._context())
        records = islice(compiled.records(self._connection), _size(requested.arguments.get("first")))
        groups = [{name: record.get(name) for name in names} for record in records]
        return {each.key: [_group(place, each, group) for group in groups] for each in requested.only("edges")}


def _start(cursor: object) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(str(cursor), validate=True))
    except (ValueError, binascii.Error) as error:
        raise GraphQLRefusal(f"'{cursor}' is no cursor") from error


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _size(first: object) -> int:
    size = RECORDS_UNASKED if first is None else first
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST_RECORDS:
        raise GraphQLRefusal(f"first takes a number from 1 to {MOST_RECORDS}")
    return size


def _page_info(requested: Requested, start: int, count: int, *, more: bool) -> JsonObject:
    known = {
        "hasNextPage": more,
        "hasPreviousPage": start > 0,
        "startCursor": _cursor(start + 1) if count else None,
        "endCursor": _cursor(start + count) if count else None,
    }
    return {each.key: known[each.name] for each in requested.only(*known)}


def _paths(place: Place, requested: Requested) -> Iterator[tuple[str, ...]]:
    for member in requested.members:
        parent = place.parent(member.name)
        if parent is not None:
            yield (*parent.path, "Id")
            yield from _paths(parent, member)
        else:
            yield (*place.path, place.field(member.name).name)


def _edge(place: Place, requested: Requested, record: Record, position: int) -> JsonObject:
    return {
        each.key: _node(place, each, record) if each.name == "node" else _cursor(position)
        for each in requested.only("node", "cursor")
    }


def _node(place: Place, requested: Requested, record: Record | None) -> JsonObject | None:
    if record is None:
        return None
    found: JsonObject = {}
    for member in requested.members:
        parent = place.parent(member.name)
        if parent is not None:
            below = record.get(member.name)
            found[member.key] = _node(parent, member, below if isinstance(below, dict) else None)
        else:
            found[member.key] = _value(place.field(member.name), member, record.get(member.name))
    return found


def _value(field: Field, requested: Requested, value: object) -> object:
    """Give `{value, displayValue, label}` as asked; an id is a bare text."""
    if field.type == "id":
        return value
    if not requested.members:
        raise GraphQLRefusal(f"Field '{field.name}' needs the parts that are wanted of it: value, displayValue")
    known = {
        "value": value,
        "displayValue": None if value is None else format_reader(field)(label_reader(field)(value)),
        "label": label_reader(field)(value),
    }
    return {each.key: known[each.name] for each in requested.only(*known)}


def _group(place: Place, requested: Requested, group: Mapping[str, object]) -> JsonObject:
    found: JsonObject = {}
    for node in requested.only("node"):
        parts = node.only("aggregate")
        found[node.key] = {
            part.key: {each.key: _value(place.field(each.name), each, group.get(each.name)) for each in part.members}
            for part in parts
        }
    return found
