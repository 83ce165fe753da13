"""Compiles WHERE and HAVING."""

from __future__ import annotations

from collections.abc import Callable

from drawbar.sandbox.soql.columns import Column, filterable
from drawbar.sandbox.soql.criteria import Criterion
from drawbar.sandbox.soql.functions import column_of
from drawbar.sandbox.soql.scope import QueryContext, Scope
from drawbar.sandbox.soql.sql import Sql, joined
from drawbar.sandbox.soql.syntax import (
    Comparison,
    Condition,
    Inclusion,
    Junction,
    Membership,
    Negation,
    Operand,
    Path,
    Query,
    Selected,
)

Resolve = Callable[[Operand], Column]


class ConditionCompiler:
    """Compiles the conditions of one SELECT; `resolve` says which operands may stand in them."""

    def __init__(self, context: QueryContext, resolve: Resolve) -> None:
        self._context = context
        self._resolve = resolve

    def compiled(self, condition: Condition) -> Sql:
        """Give a condition that is true for the rows that pass, false or null for the others."""
        if isinstance(condition, Junction):
            return joined(condition.operator, [self.compiled(term) for term in condition.terms])
        if isinstance(condition, Negation):
            return _negated(self.compiled(condition.term), negated=True)
        if isinstance(condition, Comparison):
            return self._criterion(condition.operand).compared(condition.operator, condition.value)
        if isinstance(condition, Inclusion):
            included = self._criterion(condition.operand).includes(condition.combinations)
            return _negated(included, negated=condition.negated)
        return self._membership(condition)

    def _membership(self, membership: Membership) -> Sql:
        if isinstance(membership.candidates, Query):
            column = self._filtered(membership.operand)
            found = SemiJoin(self._context, column, membership.operand.position).compiled(membership.candidates)
        else:
            found = self._criterion(membership.operand).among(membership.candidates)
        return _negated(found, negated=membership.negated)

    def _criterion(self, operand: Operand) -> Criterion:
        return Criterion(self._context, self._filtered(operand), operand.position)

    def _filtered(self, operand: Operand) -> Column:
        column = self._resolve(operand)
        if not filterable(column.field):
            message = f"field '{column.name}' can not be filtered in a query call"
            raise self._context.refusals.invalid_field(operand.position, message)
        return column


def _negated(test: Sql, *, negated: bool) -> Sql:
    """Salesforce knows true and false only: what is not true (even null) passes its negation."""
    return test.wrapped("(", ") IS NOT TRUE") if negated else test


def live_rows(scope: Scope, query: Query) -> list[Sql]:
    """Leave out the recycle bin, unless asked for, and what is not the user's own when the scope is `mine`."""
    tests = []
    if not (scope.context.include_deleted or query.all_rows) and scope.sobject.field("IsDeleted") is not None:
        tests.append(Sql(f"{scope.table.column('IsDeleted')} = 0"))
    if query.mine and scope.sobject.field("OwnerId") is not None:
        tests.append(Sql(f"{scope.table.column('OwnerId')} = ?", (scope.context.user_id,)))
    return tests


def where_tests(scope: Scope, query: Query) -> list[Sql]:
    """Compile WHERE, with the rows that a query does not see left out."""
    tests = live_rows(scope, query)
    if query.where is not None:
        tests.append(
            ConditionCompiler(scope.context, lambda operand: _of_one_record(scope, operand)).compiled(query.where)
        )
    return tests


def _of_one_record(scope: Scope, operand: Operand) -> Column:
    column = column_of(scope, operand)
    if column.aggregated:
        message = f"Aggregate functions are not allowed in the WHERE clause: {operand}"
        raise scope.context.refusals.malformed(operand.position, message)
    return column


class SemiJoin:
    """`Id IN (SELECT Lease_Account__c FROM Payment__c …)`."""

    def __init__(self, context: QueryContext, left: Column, position: int) -> None:
        self._context = context
        self._left = left
        self._position = position

    def compiled(self, query: Query) -> Sql:
        sobject = self._context.object_named(query.source)
        scope = Scope(self._context, sobject, query.source.alias)
        operand = self._only_field(query)
        right = scope.column(operand)
        self._check(right, operand, sobject.name)
        tests = [*where_tests(scope, query), right.sql + " IS NOT NULL"]
        where = joined("AND", tests)
        limit = Sql(" LIMIT ?", (query.limit,)) if query.limit is not None else Sql("")
        selected = Sql("SELECT ") + right.sql + f" {scope.from_clause} WHERE " + where + limit
        return self._left.sql + selected.wrapped(" IN (", ")")

    def _only_field(self, query: Query) -> Path:
        if len(query.selections) == 1 and isinstance(query.selections[0], Selected):
            operand = query.selections[0].operand
            if isinstance(operand, Path) and not (query.group_by or query.having):
                return operand
        message = "Semi join sub-selects can only select one field"
        raise self._context.refusals.malformed(query.source.position, message)

    def _check(self, right: Column, operand: Path, entity: str) -> None:
        left_targets, right_targets = self._left.targets, right.targets
        if left_targets is None or right_targets is None:
            message = "The inner and outer selects of a semi join must be id or reference fields"
            raise self._context.refusals.malformed(operand.position, message)
        if not left_targets & right_targets:
            message = (
                f"The selected field '{operand}' in the subquery on '{entity}' and the left operand field in the where "
                f"expression in the outer query '{self._left.name}' should point to the same object type"
            )
            raise self._context.refusals.malformed(self._position, message)
