"""GraphQL queries of web components name objects, fields, relationships and arguments that exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLError, parse
from graphql.language import (
    FieldNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

from drawbar.connectors.salesforce.metadata.components import GRAPHQL, Mention, mentions
from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.metadata.source import Package

JUNCTIONS = frozenset({"and", "or", "not"})
ARGUMENTS = frozenset({"where", "orderBy", "groupBy", "first", "after", "scope", "upperBound"})
VALUES = frozenset({"value", "displayValue", "label"})


def queries(package: Package) -> Iterator[Finding]:
    """Look through every `gql` text of every component."""
    for source in package.sources:
        for mention in mentions(source, GRAPHQL):
            if "${" in mention.text:
                yield Finding(
                    source.path, mention.line, "a query that is put together cannot be checked; write it whole"
                )
                continue
            yield from _Checked(package, mention).findings()


@dataclass(frozen=True, slots=True)
class _Checked:
    package: Package
    mention: Mention

    def findings(self) -> Iterator[Finding]:
        try:
            document = parse(self.mention.text)
        except GraphQLError as error:
            line = error.locations[0].line if error.locations else 1
            yield Finding(self.mention.source.path, self.mention.line + line - 1, error.message)
            return
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                yield from self._root(operation.selection_set)

    def _finding(self, node: FieldNode | ValueNode, message: str) -> Finding:
        line = node.loc.start_token.line if node.loc else 1
        return Finding(self.mention.source.path, self.mention.line + line - 1, message)

    def _root(self, selections: SelectionSetNode | None) -> Iterator[Finding]:
        for uiapi in _fields(selections):
            for part in _fields(uiapi.selection_set):
                for node in _fields(part.selection_set):
                    yield from self._object(node)

    def _object(self, node: FieldNode) -> Iterator[Finding]:
        name = node.name.value
        if not self.package.has_object(name):
            yield self._finding(node, f"there is no object {name}")
            return
        for argument in node.arguments:
            if argument.name.value not in ARGUMENTS:
                yield self._finding(node, f"{name} takes no argument {argument.name.value}")
            yield from self._filter(name, argument.value)
        for edges in _fields(node.selection_set):
            for found in _fields(edges.selection_set):
                if found.name.value == "node":
                    yield from self._node(name, found)

    def _node(self, object_name: str, node: FieldNode) -> Iterator[Finding]:
        for field in _fields(node.selection_set):
            name = field.name.value
            parent = self.package.parent_of(object_name, name)
            if parent:
                yield from self._node(parent, field)
            elif name == "aggregate":
                yield from self._node(object_name, field)
            elif not self.package.has_field(object_name, name):
                yield self._finding(field, f"{object_name} has no field {name}")
            elif name != "Id" and not {each.name.value for each in _fields(field.selection_set)} & VALUES:
                yield self._finding(field, f"{name} needs the part that is wanted of it, such as value")

    def _filter(self, object_name: str, value: ValueNode) -> Iterator[Finding]:
        """Look through `where`, `orderBy` and `groupBy`, whose keys are fields, relationships and junctions."""
        if isinstance(value, ListValueNode):
            for each in value.values:
                yield from self._filter(object_name, each)
        if not isinstance(value, ObjectValueNode):
            return
        for member in value.fields:
            name = member.name.value
            parent = self.package.parent_of(object_name, name)
            if parent or name in JUNCTIONS:
                yield from self._filter(parent or object_name, member.value)
            elif not self.package.has_field(object_name, name):
                yield self._finding(member.value, f"{object_name} has no field {name}")


def _fields(selections: SelectionSetNode | None) -> Iterator[FieldNode]:
    return (each for each in (selections.selections if selections else ()) if isinstance(each, FieldNode))
