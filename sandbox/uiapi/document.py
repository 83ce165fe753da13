"""A GraphQL document as the org takes it: one query, whose fields are read with their arguments filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLError, parse
from graphql.language import FieldNode, OperationDefinitionNode, OperationType, SelectionSetNode
from graphql.utilities import value_from_ast_untyped

from drawbar.sandbox.uiapi.errors import GraphQLRefusal

DEEPEST = 25
MOST_TOKENS = 5_000


@dataclass(frozen=True, slots=True)
class Requested:
    """One field that a query asks for: `key` is its name in the answer, an alias where one is given."""

    name: str
    key: str
    arguments: Mapping[str, object]
    members: tuple[Requested, ...]

    def only(self, *names: str) -> tuple[Requested, ...]:
        """Give the members; refused when one is none of `names`."""
        for member in self.members:
            if member.name not in names:
                raise GraphQLRefusal(f"Field '{member.name}' in '{self.name}' is undefined")
        return self.members


def read_document(text: str, variables: Mapping[str, object]) -> Requested:
    """Read a document with one query; fragments, directives and mutations are refused, for no page needs them."""
    try:
        document = parse(text, max_tokens=MOST_TOKENS, no_location=True)
    except GraphQLError as error:
        raise GraphQLRefusal(error.message) from error
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != len(document.definitions) or len(operations) != 1:
        raise GraphQLRefusal("A document holds one query and nothing else")
    (operation,) = operations
    if operation.operation is not OperationType.QUERY:
        raise GraphQLRefusal("Only queries are answered")
    given = _given(operation, variables)
    return Requested("query", "data", {}, _selected(operation.selection_set, given, 0))


def _given(operation: OperationDefinitionNode, variables: Mapping[str, object]) -> dict[str, object]:
    given: dict[str, object] = {}
    for definition in operation.variable_definitions:
        name = definition.variable.name.value
        default = definition.default_value
        if name in variables:
            given[name] = variables[name]
        elif default is not None:
            given[name] = value_from_ast_untyped(default)
        else:
            given[name] = None
    return given


def _selected(selections: SelectionSetNode | None, given: dict[str, object], depth: int) -> tuple[Requested, ...]:
    if depth > DEEPEST:
        raise GraphQLRefusal(f"The query is nested deeper than {DEEPEST} levels")
    found = []
    for node in selections.selections if selections else ():
        if not isinstance(node, FieldNode) or node.directives:
            raise GraphQLRefusal("Fragments and directives are not known")
        arguments = {each.name.value: value_from_ast_untyped(each.value, given) for each in node.arguments}
        key = node.alias.value if node.alias else node.name.value
        found.append(Requested(node.name.value, key, arguments, _selected(node.selection_set, given, depth + 1)))
    return tuple(found)
