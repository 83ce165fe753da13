"""Takes in what the sources say, in batches, and queues the accounts whose conclusions may change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.assessment import JudgedPromise
from drawbar.middleware.collections.promises import History, PromiseTerms, observe, same_promise, withdraw
from drawbar.middleware.collections.records import AccountStanding, CurrentPromise, PaymentEntry
from drawbar.middleware.collections.rows import (
    PAYMENT,
    PROMISE,
    STANDING,
    ColumnValues,
    promise_columns,
    read_promises,
)
from drawbar.middleware.collections.tables import account_standing, assessment_queue, payment_entry, promise
from drawbar.middleware.database.rows import insert_rows, update_rows

CHUNK = 2_000
Cells = tuple[Any, ...]
_PLACES = {column.name: place for place, column in enumerate(STANDING.columns)}


def take_standings(connection: Connection, standings: Iterable[AccountStanding]) -> None:
    """Keep the newest standing of each account; queue those that are past due, or ever were assessed."""
    for chunk in in_chunks(standings, CHUNK):
        stored, assessed = _stored_standings(connection, {standing.account_number for standing in chunk})
        latest = dict(stored)
        for standing in chunk:
            cells, before = STANDING.cells(standing), latest.get(standing.account_number)
            if before is None or _is_news(cells, before):
                latest[standing.account_number] = cells
        changed = {number: cells for number, cells in latest.items() if cells is not stored.get(number)}
        rows = [(number, STANDING.named(cells) | {"left_on": None}) for number, cells in changed.items()]
        insert_rows(connection, account_standing, [row for number, row in rows if number not in stored])
        update_rows(connection, account_standing, [row for number, row in rows if number in stored])
        queue(connection, [number for number, row in rows if number in assessed or _is_past_due(row)])


def leave(connection: Connection, account_numbers: Iterable[str], on: date) -> None:
    """Note that accounts are gone from a complete source; queue those that ever were assessed."""
    for chunk in in_chunks(account_numbers, CHUNK):
        mine = account_standing.c.account_number.in_(set(chunk)) & account_standing.c.serviced
        query = select(account_standing.c.account_number, account_standing.c.assessed_on).where(mine)
        gone = connection.execute(query).all()
        statement = update(account_standing).where(account_standing.c.account_number.in_([row[0] for row in gone]))
        connection.execute(statement.values(serviced=False, left_as="", left_on=on))
        queue(connection, [number for number, assessed_on in gone if assessed_on is not None])


def take_payments(connection: Connection, payments: Iterable[PaymentEntry]) -> None:
    """Keep the newest version of each payment; queue the accounts that have promises it may count towards."""
    for chunk in in_chunks(payments, CHUNK):
        stored = _stored_payments(connection, {payment.payment_number for payment in chunk})
        latest = dict(stored)
        for payment in chunk:
            before = latest.get(payment.payment_number)
            if before is None or (payment.updated_at >= before.updated_at and payment != before):
                latest[payment.payment_number] = payment
        changed = [payment for number, payment in latest.items() if payment is not stored.get(number)]
        known = [payment for payment in changed if payment.payment_number in stored]
        new = [payment for payment in changed if payment.payment_number not in stored]
        insert_rows(connection, payment_entry, [PAYMENT.column_values(payment) for payment in new])
        update_rows(connection, payment_entry, [PAYMENT.column_values(payment) for payment in known])
        touched = {payment.account_number for payment in changed}
        touched |= {stored[payment.payment_number].account_number for payment in known}
        queue(connection, _with_promises(connection, touched))


def take_promises(connection: Connection, promises: Iterable[CurrentPromise], on: date, terms: PromiseTerms) -> None:
    """Add the promises that the source shows on `on` to the histories; queue the accounts whose history changed."""
    for chunk in in_chunks(promises, CHUNK):
        before = read_promises(connection, {seen.account_number for seen in chunk})
        histories = {seen.account_number: _history(before.get(seen.account_number, [])) for seen in chunk}
        for seen in chunk:
            histories[seen.account_number] = observe(histories[seen.account_number], seen, on, terms)
        _write_histories(connection, before, histories)


def promise_key(connection: Connection, seen: CurrentPromise) -> str:
    """Give the key of a promise that was taken; raise LookupError for one that was not."""
    known = same_promise(_history(read_promises(connection, [seen.account_number])[seen.account_number]), seen)
    if known is None:
        raise LookupError(f"no promise of {seen.account_number} for {seen.promised_for} was taken")
    return known.key


def drop_promises(connection: Connection, account_numbers: Iterable[str], on: date) -> None:
    """Note that the source shows no promise of these accounts on `on`; queue those whose history changed."""
    for chunk in in_chunks(account_numbers, CHUNK):
        before = read_promises(connection, set(chunk))
        histories = {number: withdraw(_history(known), on) for number, known in before.items()}
        _write_histories(connection, before, histories)


def queue(connection: Connection, account_numbers: Iterable[str]) -> None:
    """Mark accounts for the next assessment; the mark lasts until an assessment has been read to the account's end."""
    rows = [{"account_number": number} for number in account_numbers]
    insert_rows(connection, assessment_queue, rows)


def _write_histories(
    connection: Connection, before: dict[str, list[JudgedPromise]], histories: dict[str, History]
) -> None:
    new, corrected, touched = [], [], []
    for number, history in histories.items():
        known = before.get(number, [])
        new += [promise_columns(JudgedPromise(added)) for added in history[len(known) :]]
        changes = [after for old, after in zip(known, history, strict=False) if after != old.promise]
        corrected += [PROMISE.column_values(after) for after in changes]
        if changes or len(history) > len(known):
            touched.append(number)
    insert_rows(connection, promise, new)
    update_rows(connection, promise, corrected)
    queue(connection, touched)


def _history(known: Iterable[JudgedPromise]) -> History:
    return tuple(judged.promise for judged in known)


def _is_news(cells: Cells, before: Cells) -> bool:
    """A row of the same age counts when it differs: some sources change a row without stamping it anew."""
    updated_at = _PLACES["updated_at"]
    return bool(cells[updated_at] >= before[updated_at]) and cells != before


def _is_past_due(row: ColumnValues) -> bool:
    return bool(row["serviced"]) and row["past_due_since"] is not None


def _stored_standings(
    connection: Connection, account_numbers: Collection[str]
) -> tuple[dict[str, Cells], frozenset[str]]:
    """Give the standings of accounts as cells, and which of the accounts were ever assessed."""
    query = select(*STANDING.columns, account_standing.c.assessed_on.is_not(None)).where(
        account_standing.c.account_number.in_(account_numbers)
    )
    rows = [tuple(row) for row in connection.execute(query).all()]
    return {row[0]: row[:-1] for row in rows}, frozenset(row[0] for row in rows if row[-1])


def _stored_payments(connection: Connection, payment_numbers: Collection[str]) -> dict[str, PaymentEntry]:
    query = select(*PAYMENT.columns).where(payment_entry.c.payment_number.in_(payment_numbers))
    return {row[0]: PAYMENT.value(row) for row in connection.execute(query)}


def _with_promises(connection: Connection, account_numbers: Collection[str]) -> list[str]:
    query = select(promise.c.account_number).where(promise.c.account_number.in_(account_numbers)).distinct()
    return list(connection.execute(query).scalars())
