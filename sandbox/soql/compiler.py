"""Turns SOQL into SQL for the org's database."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from drawbar.sandbox.formula.sqlite import register_formulas
from drawbar.sandbox.schema import ChildRelationship, Schema, SObject
from drawbar.sandbox.soql.compiled import ChildPlan, CompiledQuery
from drawbar.sandbox.soql.conditions import where_tests
from drawbar.sandbox.soql.folding import folded
from drawbar.sandbox.soql.functions import DATE_FUNCTIONS, column_of
from drawbar.sandbox.soql.grouping import GroupedQuery, aggregates, counts_only, without_selection
from drawbar.sandbox.soql.ordering import limited, order_by
from drawbar.sandbox.soql.parser import parse_query
from drawbar.sandbox.soql.refusals import QueryRefusals
from drawbar.sandbox.soql.scope import QueryContext, Scope
from drawbar.sandbox.soql.selection import RecordSelection
from drawbar.sandbox.soql.sql import PARENT_IDS, Sql, joined
from drawbar.sandbox.soql.syntax import Call, ChildQuery, Query, Selected

DEEPEST_CHILDREN = 5


def compile_query(
    text: str, schema: Schema, *, now: datetime, user_id: str, include_deleted: bool = False
) -> CompiledQuery:
    """Compile a query; `now` and `user_id` are what TODAY, formulas and the scope `mine` refer to.

    Raises SalesforceError as a real org does: MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE,
    INVALID_QUERY_FILTER_OPERATOR, with the excerpt and the position in the message.
    """
    context = QueryContext(schema, now, user_id, include_deleted, QueryRefusals(text))
    return compile_parsed(parse_query(text), context)


def compile_parsed(query: Query, context: QueryContext) -> CompiledQuery:
    """Compile a query that is already read."""
    sobject = context.object_named(query.source)
    if counts_only(query):
        return CompiledQuery(sobject.name, Sql(""), _size(without_selection(query), context, sobject), None)
    if aggregates(query):
        sql, shape = GroupedQuery(Scope(context, sobject, query.source.alias), query).compiled()
        return CompiledQuery(sobject.name, sql, _counted(sql), shape)
    selection = _Selected(context, query, sobject, 0)
    return CompiledQuery(
        entity=sobject.name,
        sql=selection.sql(),
        size=_size(without_selection(query), context, sobject),
        shape=selection.records.shape,
        children=selection.children,
    )


def register_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that compiled queries call; do so once, when it is opened."""
    connection.create_function("soql_fold", 1, folded, deterministic=True)
    register_formulas(connection)


def _size(query: Query, context: QueryContext, sobject: SObject) -> Sql:
    return _counted(_Selected(context, query, sobject, 0).sql())


def _counted(sql: Sql) -> Sql:
    return sql.wrapped("SELECT COUNT(*) FROM (", ")")


class _Selected:
    """One SELECT for records: the root of a query, or one of its child subqueries."""

    def __init__(self, context: QueryContext, query: Query, sobject: SObject, depth: int) -> None:
        self._context = context
        self._query = query
        self._depth = depth
        self._scope = Scope(context, sobject, query.source.alias)
        self.records = RecordSelection(self._scope, query)
        self.children = tuple(filter(None, map(self._add, query.selections)))
        self._tests = where_tests(self._scope, query)
        self._order = order_by(context, query.order_by, lambda operand: column_of(self._scope, operand))

    def _add(self, selection: Selected | ChildQuery) -> ChildPlan | None:
        if isinstance(selection, ChildQuery):
            return self._child(selection)
        operand = selection.operand
        if isinstance(operand, Call) and operand.name.upper() in DATE_FUNCTIONS:
            message = f"Field must be grouped or aggregated: {operand}"
            raise self._context.refusals.malformed(operand.position, message)
        self.records.add(selection)
        return None

    def sql(self) -> Sql:
        """The statement of a root query."""
        selected = self.records.columns.sql.wrapped("SELECT ", f" {self._scope.from_clause}")
        where = joined("AND", self._tests).wrapped(" WHERE ", "") if self._tests else Sql("")
        order = self._order.wrapped(" ORDER BY ", "") if self._query.order_by else Sql("")
        return selected + where + order + limited(self._query)

    def _child(self, child: ChildQuery) -> ChildPlan:
        query = child.query
        if aggregates(query) or counts_only(query):
            raise self._context.refusals.malformed(child.position, "only root queries support aggregate expressions")
        relationship, sobject = self._relationship(query)
        if self._depth + 1 >= DEEPEST_CHILDREN:
            message = f"SOQL statements cannot query more than {DEEPEST_CHILDREN} levels of child relationships"
            raise self._context.refusals.malformed(child.position, message)
        self.records.add_children(relationship.relationship_name, child.position)
        selected = _Selected(self._context, replace(query, mine=False), sobject, self._depth + 1)
        return selected.plan(relationship)

    def _relationship(self, query: Query) -> tuple[ChildRelationship, SObject]:
        wanted = query.source.name.lower()
        for relationship in self._scope.sobject.children:
            sobject = self._context.schema.get(relationship.child)
            if relationship.relationship_name.lower() == wanted and sobject is not None:
                return relationship, sobject
        raise self._context.refusals.no_child_relationship(query.source.position, query.source.name)

    def plan(self, relationship: ChildRelationship) -> ChildPlan:
        """The statement of a child subquery, for many parents at once."""
        lookup = Sql(self._scope.table.column(relationship.field))
        parent_index = self.records.columns.index(lookup)
        mine = lookup + Sql(" IN (SELECT value FROM json_each(?))", (PARENT_IDS,))
        where = joined("AND", [mine, *self._tests])
        windowed = self._query.limit is not None or self._query.offset is not None
        sql = self._windowed(lookup, where) if windowed else self._unlimited(where)
        return ChildPlan(relationship.relationship_name, sql, self.records.shape, parent_index, self.children)

    def _unlimited(self, where: Sql) -> Sql:
        selected = self.records.columns.sql.wrapped("SELECT ", f" {self._scope.from_clause} WHERE ")
        order = self._order.wrapped(" ORDER BY ", "") if self._query.order_by else Sql("")
        return selected + where + order

    def _windowed(self, lookup: Sql, where: Sql) -> Sql:
        """LIMIT and OFFSET count for each parent."""
        order = self._order if self._query.order_by else self._scope.table.id
        place = (lookup + " ORDER BY " + order).wrapped("ROW_NUMBER() OVER (PARTITION BY ", ") AS place")
        columns = self.records.columns.numbered() + ", " + place
        inner = columns.wrapped("SELECT ", f" {self._scope.from_clause} WHERE ") + where
        skipped = self._query.offset or 0
        sql = inner.wrapped("SELECT * FROM (", ") WHERE place > ?") + Sql("", (skipped,))
        if self._query.limit is not None:
            sql += Sql(" AND place <= ?", (skipped + self._query.limit,))
        return sql + " ORDER BY place"
