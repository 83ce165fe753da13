"""Compiles queries with aggregates or GROUP BY: their answer has a record per group."""

from __future__ import annotations

from dataclasses import replace

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.soql.columns import Column, groupable
from drawbar.sandbox.soql.conditions import ConditionCompiler, where_tests
from drawbar.sandbox.soql.functions import column_of, is_aggregate
from drawbar.sandbox.soql.ordering import limited, order_by
from drawbar.sandbox.soql.scope import Scope
from drawbar.sandbox.soql.selection import SelectList
from drawbar.sandbox.soql.shapes import GroupShape, Leaf
from drawbar.sandbox.soql.sql import Sql, joined, listed
from drawbar.sandbox.soql.syntax import Call, ChildQuery, Operand, Path, Query, Selected
from drawbar.sandbox.soql.values import json_reader

UNSUPPORTED_GROUPINGS = frozenset({"ROLLUP", "CUBE", "GROUPING"})


class GroupedQuery:
    """One query that aggregates."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope = scope
        self._query = query
        self._refusals = scope.context.refusals
        self._grouped = {self._group_column(operand).sql: operand for operand in query.group_by}
        self._columns = SelectList()
        self._unnamed = 0

    def compiled(self) -> tuple[Sql, GroupShape]:
        """Give the SQL, and the shape of its rows."""
        self._check_clauses()
        shape = self._shape()
        context = self._scope.context
        order = order_by(context, self._query.order_by, lambda each: self._of_group(each, "Ordered field"))
        having = self._having()
        where = joined("AND", where_tests(self._scope, self._query) or [Sql("1")])
        sql = self._columns.sql.wrapped("SELECT ", f" {self._scope.from_clause} WHERE ") + where
        if self._query.group_by:
            sql += listed([self._group_column(each).comparable for each in self._query.group_by]).wrapped(
                " GROUP BY ", ""
            )
        sql += having
        return (sql + order.wrapped(" ORDER BY ", "") if self._query.order_by else sql) + limited(self._query), shape

    def _check_clauses(self) -> None:
        if self._query.group_by or (self._query.limit is None and self._query.offset is None):
            return
        message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        raise SalesforceError("MALFORMED_QUERY", message)

    def _shape(self) -> GroupShape:
        members: dict[str, Leaf] = {}
        for selection in self._query.selections:
            if isinstance(selection, ChildQuery):
                message = "Aggregate queries cannot have child queries"
                raise self._refusals.malformed(selection.position, message)
            key, leaf = self._selected(selection)
            if key in members:
                raise self._refusals.malformed(selection.operand.position, f"duplicate alias: {key}")
            members[key] = leaf
        return GroupShape(tuple(members.items()))

    def _selected(self, selected: Selected) -> tuple[str, Leaf]:
        column = self._of_group(selected.operand, "Field")
        leaf = Leaf(self._columns.index(column.sql), json_reader(column.field))
        return self._key(selected, column), leaf

    def _key(self, selected: Selected, column: Column) -> str:
        """Without an alias a field goes by its name, and what is worked out by expr0, expr1 …"""
        if selected.alias is not None:
            return selected.alias
        if isinstance(selected.operand, Path):
            return column.name
        self._unnamed += 1
        return f"expr{self._unnamed - 1}"

    def _of_group(self, operand: Operand, what: str) -> Column:
        """Resolve an operand that has one value per group; MALFORMED_QUERY when it has many."""
        column = column_of(self._scope, operand)
        if column.aggregated:
            return column
        if column.sql not in self._grouped:
            message = f"{what} must be grouped or aggregated: {operand}"
            raise self._refusals.malformed(operand.position, message)
        return column

    def _group_column(self, operand: Operand) -> Column:
        if isinstance(operand, Call) and operand.name.upper() in UNSUPPORTED_GROUPINGS:
            message = f"GROUP BY {operand.name.upper()} is not supported by this org"
            raise self._refusals.malformed(operand.position, message)
        column = column_of(self._scope, operand)
        if column.aggregated or not groupable(column.field):
            message = f"field '{column.name}' can not be grouped in a query call"
            raise self._refusals.malformed(operand.position, message)
        return column

    def _having(self) -> Sql:
        if self._query.having is None:
            return Sql("")
        conditions = ConditionCompiler(self._scope.context, lambda each: self._of_group(each, "Having field"))
        test = conditions.compiled(self._query.having)
        return test.wrapped(" HAVING ", "")


def aggregates(query: Query) -> bool:
    """Whether a query answers with groups: it groups, or selects an aggregate."""
    if query.group_by or query.having is not None:
        return True
    return any(isinstance(each, Selected) and is_aggregate(each.operand) for each in query.selections)


def counts_only(query: Query) -> bool:
    """Whether a query is `SELECT COUNT() FROM …`, which answers with a size and no records."""
    if len(query.selections) != 1 or not isinstance(query.selections[0], Selected):
        return False
    operand = query.selections[0].operand
    return isinstance(operand, Call) and operand.name.upper() == "COUNT" and not operand.arguments


def without_selection(query: Query) -> Query:
    """The same rows, with nothing but the Id selected, in no order."""
    position = query.source.position
    return replace(query, selections=(Selected(Path(("Id",), position), None),), order_by=())
