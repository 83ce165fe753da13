"""Reads all facts of a batch of accounts, and writes what was concluded from them; only what differs is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, or_, select

from drawbar.middleware.collections.assessment import AccountFacts, Conclusion, JudgedPromise
from drawbar.middleware.collections.records import DelinquencyCase, PaymentEntry
from drawbar.middleware.collections.rows import (
    PAYMENT,
    STANDING,
    case_columns,
    change_columns,
    read_cases,
    read_promises,
    verdict_columns,
)
from drawbar.middleware.collections.tables import (
    account_standing,
    delinquency_case,
    payment_entry,
    promise,
    promise_verdict_change,
)
from drawbar.middleware.database.rows import insert_rows, update_rows


@dataclass(slots=True)
class AccountPayments:
    """The payments of one account by effective date, and by payment number the promise that each counts towards."""

    payments: list[PaymentEntry] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)


def read_facts(connection: Connection, accounts: Collection[str]) -> list[AccountFacts]:
    """Read what is known of accounts, in four queries; an account without a standing is left out."""
    promises = read_promises(connection, accounts)
    earliest = min((judged.promise.taken_on for known in promises.values() for judged in known), default=date.max)
    payments = read_payments(connection, promises.keys(), since=earliest)
    cases = read_cases(connection, accounts)
    query = (
        select(*STANDING.columns, account_standing.c.assessed_on)
        .where(account_standing.c.account_number.in_(accounts))
        .order_by(account_standing.c.account_number)
    )
    return [
        AccountFacts(
            standing=STANDING.value(row),
            assessed_on=row.assessed_on,
            promises=promises.get(row.account_number, []),
            payments=payments[row.account_number].payments,
            counted=payments[row.account_number].counted,
            cases=cases[row.account_number],
        )
        for row in connection.execute(query)
    ]


def read_payments(
    connection: Connection, accounts: Collection[str], *, since: date
) -> defaultdict[str, AccountPayments]:
    """Read the payments of accounts that are effective `since` a date, and older ones that count for a promise."""
    found: defaultdict[str, AccountPayments] = defaultdict(AccountPayments)
    table = payment_entry
    query = (
        select(*PAYMENT.columns, table.c.counts_towards)
        .where(table.c.account_number.in_(accounts))
        .where(or_(table.c.effective_on >= since, table.c.counts_towards.is_not(None)))
        .order_by(table.c.account_number, table.c.effective_on, table.c.payment_number)
    )
    for row in connection.execute(query) if accounts else ():
        known = found[row.account_number]
        known.payments.append(PAYMENT.value(row))
        if row.counts_towards is not None:
            known.counted[row.payment_number] = row.counts_towards
    return found


def write_conclusions(connection: Connection, facts: Sequence[AccountFacts], conclusions: Sequence[Conclusion]) -> None:
    """Write verdicts, their traces, counted payments, cases, and when each account is to be looked at again."""
    both = list(zip(facts, conclusions, strict=True))
    update_rows(
        connection,
        account_standing,
        [
            {
                "account_number": concluded.assessment.account_number,
                "assessed_on": concluded.assessment.as_of,
                "look_again_on": concluded.look_again_on,
            }
            for concluded in conclusions
        ],
    )
    judged = [judged for known, concluded in both for judged in _rejudged(known, concluded)]
    update_rows(connection, promise, [verdict_columns(promise) for promise in judged])
    changes = [change_columns(change) for concluded in conclusions for change in concluded.changes]
    insert_rows(connection, promise_verdict_change, changes)
    counted = [counts for known, concluded in both for counts in _recounted(known, concluded)]
    update_rows(connection, payment_entry, [{"payment_number": n, "counts_towards": towards} for n, towards in counted])
    _write_cases(connection, both)


def _rejudged(known: AccountFacts, concluded: Conclusion) -> Iterator[JudgedPromise]:
    for before, after in zip(known.promises, concluded.promises, strict=True):
        if after != before:
            yield after


def _recounted(known: AccountFacts, concluded: Conclusion) -> Iterator[tuple[str, int | None]]:
    for payment_number in known.counted.keys() | concluded.counted.keys():
        towards = concluded.counted.get(payment_number)
        if towards != known.counted.get(payment_number):
            yield payment_number, towards


def _write_cases(connection: Connection, both: Sequence[tuple[AccountFacts, Conclusion]]) -> None:
    new: list[DelinquencyCase] = []
    changed: list[DelinquencyCase] = []
    for known, concluded in both:
        cases = concluded.assessment.cases
        new += cases[len(known.cases) :]
        changed += [after for before, after in zip(known.cases, cases, strict=False) if after != before]
    update_rows(connection, delinquency_case, [case_columns(case) for case in changed])
    insert_rows(connection, delinquency_case, [case_columns(case) for case in new])
