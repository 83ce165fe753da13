"""Tells all that the collections book knows of one account, for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from drawbar.middleware.collections.assessment import history_entries
from drawbar.middleware.collections.ledger import read_payments
from drawbar.middleware.collections.records import (
    AccountStanding,
    DelinquencyCase,
    PaymentEntry,
    PromiseHistoryEntry,
)
from drawbar.middleware.collections.rows import STANDING, read_cases, read_changes, read_promises
from drawbar.middleware.collections.tables import account_standing
from drawbar.middleware.collections.verdicts import VerdictChange


@dataclass(frozen=True, slots=True)
class CountedPayment:
    """A payment of an account, and the key of the promise that it counts towards (None: of none)."""

    payment: PaymentEntry
    promise_key: str | None


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """All that the book knows of one account.

    `standing` is None while only promises or payments of it have come. `assessed_on` is the last day that it was
    assessed for, `left_on` the day it was gone from its source. Promises and cases are oldest first, payments by
    effective date, verdict changes by promise.
    """

    account_number: str
    standing: AccountStanding | None
    assessed_on: date | None
    left_on: date | None
    promises: tuple[PromiseHistoryEntry, ...]
    verdict_changes: tuple[VerdictChange, ...]
    cases: tuple[DelinquencyCase, ...]
    payments: tuple[CountedPayment, ...]


def read_history(connection: Connection, account_number: str) -> AccountHistory | None:
    """Read the history of an account; None when nothing is known of it."""
    table = account_standing
    query = select(*STANDING.columns, table.c.assessed_on, table.c.left_on)
    row = connection.execute(query.where(table.c.account_number == account_number)).one_or_none()
    promises = read_promises(connection, [account_number]).get(account_number, [])
    paid = read_payments(connection, [account_number], since=date.min)[account_number]
    if row is None and not promises and not paid.payments:
        return None
    keys = {judged.promise.sequence: judged.promise.key for judged in promises}
    return AccountHistory(
        account_number=account_number,
        standing=None if row is None else STANDING.value(row),
        assessed_on=None if row is None else row.assessed_on,
        left_on=None if row is None else row.left_on,
        promises=history_entries(promises),
        verdict_changes=read_changes(connection, account_number),
        cases=read_cases(connection, [account_number])[account_number],
        payments=tuple(
            CountedPayment(payment, keys.get(paid.counted.get(payment.payment_number, 0))) for payment in paid.payments
        ),
    )
