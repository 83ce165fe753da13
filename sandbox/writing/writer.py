"""Writes rows of one object: reads, matches, checks and saves them, 200 at a time as a real org does."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.permissions import custom_permissions
from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.tables import quoted
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.values import Source
from drawbar.sandbox.writing.checks import UniqueValues, check_required, check_writable
from drawbar.sandbox.writing.defaults import QUEUE_DEVELOPER_NAME, constant_defaults, derivation, give_ids, stamp
from drawbar.sandbox.writing.deleting import Deleter
from drawbar.sandbox.writing.lookups import check_references, resolve_parents
from drawbar.sandbox.writing.matching import match
from drawbar.sandbox.writing.plan import Plan
from drawbar.sandbox.writing.results import ROLLED_BACK, Operation, RowResult, WriteContext, refused
from drawbar.sandbox.writing.rows import Draft, read_row
from drawbar.sandbox.writing.rules import DefaultFormulas, Moment, ValidationRules

CHUNK = 200
"""Rows saved together: the size in which a real org saves them, and in which it sees repeated keys."""


class Writer:
    """The rules of writing, for every object of a schema."""

    def __init__(self, schema: Schema, *, clock: Callable[[], datetime]) -> None:
        self._schema = schema
        self._clock = clock
        self.learn()

    def learn(self) -> None:
        """Look at the schema anew, after it has changed."""
        schema = self._schema
        self._plans: dict[tuple[str, Source], Plan] = {}
        self._deleter = Deleter(schema)
        self._defaults = {each.name: constant_defaults(each) for each in schema}
        self._default_formulas = {each.name: DefaultFormulas(each) for each in schema}
        self._rules = {each.name: ValidationRules(each, schema) for each in schema}
        self._derivations = {each.name: derivation(each) for each in schema}

    def write(
        self,
        transaction: Transaction,
        operation: Operation,
        object_name: str,
        rows: Sequence[Mapping[str, object]],
        *,
        external_id: str | None,
        all_or_none: bool,
        context: WriteContext,
    ) -> list[RowResult]:
        """Write rows inside a transaction; see `Org.write`."""
        plan = self._plan(object_name, context.source)
        key = plan.key(external_id) if external_id and operation == "upsert" else None
        _must_support(plan.sobject, operation)
        results: list[RowResult] = []
        with transaction.part() as undo:
            for start in range(0, len(rows), CHUNK):
                part = rows[start : start + CHUNK]
                results += self._write_part(transaction, plan, operation, part, key, context)
            if all_or_none and not all(each.success for each in results):
                undo()
                return [refused(ROLLED_BACK) if each.success else each for each in results]
        return results

    def _plan(self, object_name: str, source: Source) -> Plan:
        sobject = self._schema.get(object_name)
        if sobject is None:
            raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
        plan = self._plans.get((sobject.name, source))
        if plan is None:
            plan = self._plans[sobject.name, source] = Plan(sobject, self._schema, source)
        return plan

    def _write_part(
        self,
        transaction: Transaction,
        plan: Plan,
        operation: Operation,
        rows: Sequence[Mapping[str, object]],
        key: Field | None,
        context: WriteContext,
    ) -> list[RowResult]:
        if operation in {"delete", "hardDelete", "undelete"}:
            return self._deleter.apply(transaction, plan.sobject, operation, rows)
        drafts = [read_row(plan, row) for row in rows]
        connection = transaction.connection
        match(connection, plan, operation, drafts, key, context)
        for draft in drafts:
            check_writable(plan, draft)
        resolve_parents(connection, drafts)
        check_references(connection, plan, drafts)
        good = [draft for draft in drafts if not draft.errors]
        moment = Moment(connection, self._clock(), context.user_id, self._permissions(plan, connection, context))
        self._complete(transaction, plan, good, context, moment)
        self._accept(plan, good, moment)
        self._save(transaction, plan, [draft for draft in good if not draft.errors])
        return [_result(draft) for draft in drafts]

    def _permissions(self, plan: Plan, connection: sqlite3.Connection, context: WriteContext) -> frozenset[str]:
        """Give the custom permissions of who writes, when some rule asks for them."""
        if not self._rules[plan.sobject.name].ask_permissions:
            return frozenset()
        return custom_permissions(connection, self._schema, context.user_id)

    def _complete(
        self, transaction: Transaction, plan: Plan, drafts: Sequence[Draft], context: WriteContext, moment: Moment
    ) -> None:
        name = plan.sobject.name
        derive = self._derivations[name]
        defaults = {**self._defaults[name], **self._default_formulas[name].values(moment)}
        owner = self._assigned_owner(transaction, plan, context)
        for draft in drafts:
            draft.values = {**defaults, **draft.given} if draft.is_new else dict(draft.given)
            if owner is not None:
                draft.values["OwnerId"] = owner
            stamp(plan, draft, transaction.stamp, context)
        give_ids(transaction, plan, drafts, moment.now)
        if derive is not None:
            for draft in drafts:
                derive(draft, transaction.stamp)

    def _assigned_owner(self, transaction: Transaction, plan: Plan, context: WriteContext) -> str | None:
        if plan.sobject.name != "Case" or not context.auto_assign:
            return None
        row = transaction.connection.execute(
            'SELECT "Id" FROM "Group" WHERE "DeveloperName" = ?', (QUEUE_DEVELOPER_NAME,)
        ).fetchone()
        return None if row is None else str(row[0])

    def _accept(self, plan: Plan, drafts: Sequence[Draft], moment: Moment) -> None:
        unique = UniqueValues(moment.connection, plan, drafts)
        rules = self._rules[plan.sobject.name]
        for draft in drafts:
            check_required(plan, draft)
            if not draft.errors:
                rules.check(draft, moment)
            if not draft.errors:
                unique.check(draft)
            if not draft.errors:
                unique.accept(draft)

    def _save(self, transaction: Transaction, plan: Plan, drafts: Sequence[Draft]) -> None:
        by_columns: dict[tuple[bool, tuple[str, ...]], list[Draft]] = defaultdict(list)
        for draft in drafts:
            by_columns[draft.is_new, tuple(draft.values)].append(draft)
        for (is_new, columns), alike in by_columns.items():
            statement = _insert(plan, columns) if is_new else _update(plan, columns)
            transaction.connection.executemany(
                statement, [(*draft.values.values(), *(() if is_new else (draft.record_id,))) for draft in alike]
            )
        transaction.touch(plan.sobject, (str(draft.record_id) for draft in drafts))


def _insert(plan: Plan, columns: Sequence[str]) -> str:
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {quoted(plan.table)} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of the schema


def _update(plan: Plan, columns: Sequence[str]) -> str:
    settings = ", ".join(f"{quoted(each)} = ?" for each in columns)
    return f'UPDATE {quoted(plan.table)} SET {settings} WHERE "Id" = ?'  # noqa: S608 - names of the schema


def _must_support(sobject: SObject, operation: Operation) -> None:
    allowed = {
        "create": sobject.createable,
        "update": sobject.updateable,
        "upsert": sobject.createable and sobject.updateable,
    }.get(operation, sobject.deletable)
    if not allowed:
        verb = {"create": "inserted", "update": "updated", "upsert": "upserted"}.get(operation, "deleted")
        message = f"entity type cannot be {verb}: {sobject.label}"
        raise SalesforceError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)


def _result(draft: Draft) -> RowResult:
    if draft.errors:
        known = None if draft.is_new else draft.record_id
        return refused(*draft.errors, record_id=known)
    return RowResult(draft.record_id, created=draft.is_new, success=True)
