"""Trees of records: parents with their children, created together or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.rest.call import Answer, Call, JsonObject, result_error
from drawbar.sandbox.rest.collections import check_count
from drawbar.sandbox.rest.router import Endpoint, endpoint
from drawbar.sandbox.schema import ChildRelationship, SObject
from drawbar.sandbox.writing.results import RowResult

MOST_RECORDS = 200
DEEPEST = 5


@dataclass(slots=True)
class Node:
    """One record of a tree, with the lookup by which it hangs on its parent."""

    sobject: SObject
    reference: str
    row: JsonObject
    parent: Node | None = None
    lookup: str = ""
    children: list[Node] = field(default_factory=list)
    result: RowResult | None = None


def tree_endpoints() -> list[Endpoint]:
    """Give the endpoint of trees."""
    return [endpoint("POST", "/composite/tree/{object}", create_tree)]


def create_tree(call: Call) -> Answer:
    """POST: create up to 200 records in trees of up to five levels; one refused record undoes all."""
    sobject = call.sobject(call.parts["object"])
    roots = [_node(call, each, sobject) for each in _records(call.json_object())]
    nodes = list(_all(roots))
    check_count(len(nodes), MOST_RECORDS)
    with call.org.transaction() as transaction, transaction.part() as undo:
        failed = _write(call, roots)
        if failed:
            undo()
    if failed:
        refused = [{"referenceId": each.reference, "errors": _errors(each)} for each in failed]
        return Answer(400, {"hasErrors": True, "results": refused})
    made = [{"referenceId": each.reference, "id": each.result and each.result.id} for each in nodes]
    return Answer(201, {"hasErrors": False, "results": made})


def _records(body: JsonObject) -> list[JsonObject]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise SalesforceError("JSON_PARSER_ERROR", "The body needs an array of objects in records.")
    return records


def _node(call: Call, record: JsonObject, sobject: SObject, depth: int = 1) -> Node:
    if depth > DEEPEST:
        raise SalesforceError("INVALID_INPUT", f"A tree has at most {DEEPEST} levels.")
    attributes = record.get("attributes")
    reference = attributes.get("referenceId") if isinstance(attributes, dict) else None
    if not isinstance(reference, str):
        raise SalesforceError("INVALID_INPUT", "Each record needs a referenceId in its attributes.")
    node = Node(sobject, reference, {})
    for name, value in record.items():
        child = _child(sobject, name) if isinstance(value, dict) and "records" in value else None
        if child is None or not isinstance(value, dict):
            node.row[name] = value
            continue
        for each in _records(value):
            below = _node(call, each, call.sobject(child.child), depth + 1)
            below.parent, below.lookup = node, child.field
            node.children.append(below)
    return node


def _child(sobject: SObject, name: str) -> ChildRelationship | None:
    return next((each for each in sobject.children if each.relationship_name.lower() == name.lower()), None)


def _all(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(node.children)


def _write(call: Call, level: Sequence[Node]) -> list[Node]:
    """Write one level after the other; give the nodes that were refused, at the first level that has any."""
    while level:
        for node in level:
            row = {**node.row, node.lookup: node.parent.result.id} if node.parent and node.parent.result else node.row
            (node.result,) = call.org.write("create", node.sobject.name, [row], context=call.context())
        failed = [each for each in level if each.result is None or not each.result.success]
        if failed:
            return failed
        level = [child for node in level for child in node.children]
    return []


def _errors(node: Node) -> list[JsonObject]:
    return [result_error(each) for each in node.result.errors] if node.result else []
