"""Compiles ORDER BY, LIMIT and OFFSET."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drawbar.sandbox.soql.columns import Column, sortable
from drawbar.sandbox.soql.scope import QueryContext
from drawbar.sandbox.soql.sql import Sql, listed
from drawbar.sandbox.soql.syntax import Operand, Ordering, Query


def order_by(context: QueryContext, orderings: Sequence[Ordering], resolve: Callable[[Operand], Column]) -> Sql:
    """Compile the items of ORDER BY (without the words); empty when there are none."""
    return listed([_ordered(context, each, resolve(each.operand)) for each in orderings])


def _ordered(context: QueryContext, ordering: Ordering, column: Column) -> Sql:
    if not sortable(column.field):
        message = f"field '{column.name}' can not be sorted in a query call"
        raise context.refusals.malformed(ordering.operand.position, message)
    return _sort_key(column) + _direction(ordering)


def _sort_key(column: Column) -> Sql:
    """Picklists sort by the order of their values, other text whatever its case."""
    if column.field.type != "picklist" or not column.field.picklist or column.aggregated:
        return column.comparable
    places = (Sql(f"WHEN ? THEN {place}", (each.value,)) for place, each in enumerate(column.field.picklist))
    rank = column.sql.wrapped("CASE ", " ") + listed(places, " ") + f" ELSE {len(column.field.picklist)} END"
    return rank.wrapped(f"CASE WHEN {column.sql.text} IS NULL THEN NULL ELSE ", " END")


def _direction(ordering: Ordering) -> str:
    """Nulls come first in both directions; SQLite would put them last when descending."""
    if ordering.nulls_last:
        return " DESC" if ordering.descending else " NULLS LAST"
    return " DESC NULLS FIRST" if ordering.descending else ""


def limited(query: Query) -> Sql:
    """Compile LIMIT and OFFSET."""
    if query.limit is None and query.offset is None:
        return Sql("")
    return Sql(" LIMIT ? OFFSET ?", (-1 if query.limit is None else query.limit, query.offset or 0))
