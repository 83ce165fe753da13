"""Reads and writes the collections tables in batches: values that the rules know, out of rows, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Connection, Table, select

from drawbar.middleware.collections.assessment import JudgedPromise
from drawbar.middleware.collections.promises import Promise
from drawbar.middleware.collections.records import (
    AccountStanding,
    CaseStatus,
    DelinquencyCase,
    PaymentEntry,
    PromiseStatus,
)
from drawbar.middleware.collections.tables import (
    account_standing,
    delinquency_case,
    payment_entry,
    promise,
    promise_verdict_change,
)
from drawbar.middleware.collections.verdicts import Verdict, VerdictChange

Value = TypeVar("Value")
ColumnValues = dict[str, Any]


class Layout(Generic[Value]):
    """A frozen dataclass whose fields, but for those left out, are columns of the same names."""

    def __init__(self, kind: type[Value], table: Table, *, without: Collection[str] = ()) -> None:
        self._kind = kind
        self._names = [field.name for field in fields(kind) if field.name not in without]  # type: ignore[arg-type]
        self._read = attrgetter(*self._names)
        self.columns: list[Column[Any]] = [table.c[name] for name in self._names]

    def value(self, row: Sequence[Any], **others: Any) -> Value:
        """Build the value from the first columns of a row that was selected by `columns`."""
        return self._kind(**dict(zip(self._names, row, strict=False)), **others)

    def column_values(self, value: Value) -> ColumnValues:
        """Give the value's fields by column name."""
        return dict(zip(self._names, self._read(value), strict=True))

    def cells(self, value: Value) -> tuple[Any, ...]:
        """Give the value's fields in the order of `columns`."""
        cells: tuple[Any, ...] = self._read(value)
        return cells

    def named(self, cells: Sequence[Any]) -> ColumnValues:
        """Give by column name what `cells` gave."""
        return dict(zip(self._names, cells, strict=True))


STANDING = Layout(AccountStanding, account_standing)
PAYMENT = Layout(PaymentEntry, payment_entry)
PROMISE = Layout(Promise, promise)
VERDICT = Layout(Verdict, promise, without=["status"])
CASE = Layout(DelinquencyCase, delinquency_case, without=["key", "status"])
CHANGE = Layout(VerdictChange, promise_verdict_change, without=["old", "new"])


def promise_columns(judged: JudgedPromise) -> ColumnValues:
    """Give a judged promise as columns."""
    return PROMISE.column_values(judged.promise) | verdict_columns(judged)


def verdict_columns(judged: JudgedPromise) -> ColumnValues:
    """Give the key and the verdict of a judged promise as columns."""
    return {
        "account_number": judged.promise.account_number,
        "sequence": judged.promise.sequence,
        **VERDICT.column_values(judged.verdict),
        "status": judged.verdict.status.value,
        "trace_length": judged.trace_length,
    }


def case_columns(case: DelinquencyCase) -> ColumnValues:
    """Give a case as columns."""
    return {**CASE.column_values(case), "status": case.status.value}


def change_columns(change: VerdictChange) -> ColumnValues:
    """Give a line of a promise's trace as columns."""
    return {**CHANGE.column_values(change), "old": change.old.value, "new": change.new.value}


def read_promises(connection: Connection, accounts: Collection[str]) -> dict[str, list[JudgedPromise]]:
    """Read the judged promises of many accounts, each account's by sequence."""
    query = (
        select(*PROMISE.columns, *VERDICT.columns, promise.c.status, promise.c.trace_length)
        .where(promise.c.account_number.in_(accounts))
        .order_by(promise.c.account_number, promise.c.sequence)
    )
    found: dict[str, list[JudgedPromise]] = defaultdict(list)
    verdict_at = len(PROMISE.columns)
    for row in connection.execute(query):
        verdict = VERDICT.value(row[verdict_at:-2], status=PromiseStatus(row.status))
        found[row.account_number].append(JudgedPromise(PROMISE.value(row), verdict, row.trace_length))
    return found


def read_cases(connection: Connection, accounts: Collection[str]) -> dict[str, tuple[DelinquencyCase, ...]]:
    """Read the cases of many accounts, each account's oldest first."""
    query = (
        select(*CASE.columns, delinquency_case.c.status)
        .where(delinquency_case.c.account_number.in_(accounts))
        .order_by(delinquency_case.c.account_number, delinquency_case.c.sequence)
    )
    found: dict[str, tuple[DelinquencyCase, ...]] = defaultdict(tuple)
    for row in connection.execute(query):
        key = f"{row.account_number}-D{row.sequence:03d}"
        found[row.account_number] += (CASE.value(row, key=key, status=CaseStatus(row.status)),)
    return found


def read_changes(connection: Connection, account_number: str) -> tuple[VerdictChange, ...]:
    """Read the whole trace of an account's promises."""
    table = promise_verdict_change
    query = (
        select(*CHANGE.columns, table.c.old, table.c.new)
        .where(table.c.account_number == account_number)
        .order_by(table.c.sequence, table.c.number)
    )
    return tuple(
        CHANGE.value(row, old=PromiseStatus(row.old), new=PromiseStatus(row.new)) for row in connection.execute(query)
    )
