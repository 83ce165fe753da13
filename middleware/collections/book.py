"""The collections book: takes in what the sources say, and assesses the accounts for which it matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Select, delete, insert, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections import intake
from drawbar.middleware.collections.assessment import conclude
from drawbar.middleware.collections.delinquency import days_past_due
from drawbar.middleware.collections.history import AccountHistory, read_history
from drawbar.middleware.collections.ledger import read_facts, write_conclusions
from drawbar.middleware.collections.records import AccountStanding, Assessment, CaseStatus, CurrentPromise, PaymentEntry
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.collections.tables import account_standing, assessment_queue, delinquency_case
from drawbar.middleware.units import Days

BATCH = 1_000
"""Accounts that are assessed at once."""


class CollectionsBook:
    """Keeps what decides delinquency, promises and cases, all in the caller's transaction (P01, P02, P05, P26).

    One transaction at a time may write: the job that feeds the book holds a lock. What is taken is queued in the
    same transaction, so news that was committed is assessed even when the process ends before the assessment.
    """

    def __init__(self, connection: Connection, settings: CollectionSettings) -> None:
        self._connection = connection
        self._settings = settings

    def take_standings(self, standings: Iterable[AccountStanding]) -> None:
        """Take accounts as the source says they stand; one older than the known standing is ignored."""
        intake.take_standings(self._connection, standings)

    def take_payments(self, payments: Iterable[PaymentEntry]) -> None:
        """Take payments, new ones and new versions; a version older than the known one is ignored."""
        intake.take_payments(self._connection, payments)

    def take_promises(self, promises: Iterable[CurrentPromise], *, on: date) -> None:
        """Take the promises that the source shows on business day `on`."""
        intake.take_promises(self._connection, promises, on, self._settings.promise_terms)

    def take_promise(self, seen: CurrentPromise, *, on: date) -> str:
        """Take one promise that was made on business day `on`, and give the key that it has in the history."""
        intake.take_promises(self._connection, [seen], on, self._settings.promise_terms)
        return intake.promise_key(self._connection, seen)

    def drop_promises(self, account_numbers: Iterable[str], *, on: date) -> None:
        """Note that on business day `on` the source shows no promise of these accounts any more."""
        intake.drop_promises(self._connection, account_numbers, on)

    def leave(self, account_numbers: Iterable[str], *, on: date) -> None:
        """Note that on business day `on` a complete source no longer holds these accounts."""
        intake.leave(self._connection, account_numbers, on)

    def due(self, as_of: date) -> Iterator[str]:
        """Name the accounts whose conclusion changes by `as_of` through time alone: past due, or a window over."""
        query = _due(as_of).order_by(account_standing.c.account_number)
        yield from self._connection.scalars(query)

    def delinquent(self, as_of: date) -> dict[str, Days]:
        """Give the accounts with an open case, and how many days past due each is on a day."""
        standing, case = account_standing, delinquency_case
        query = (
            select(standing.c.account_number, standing.c.portfolio, standing.c.past_due_since)
            .join(case, case.c.account_number == standing.c.account_number)
            .where(case.c.status == CaseStatus.OPEN)
        )
        return {
            row.account_number: days_past_due(
                row.past_due_since, as_of, self._settings.rules_for(row.portfolio).day_count
            )
            for row in self._connection.execute(query)
        }

    def assess(self, as_of: date, now: datetime) -> Iterator[Assessment]:
        """Assess every account that is queued or due, and give each assessment once it is written.

        Nothing happens until the result is iterated. Accounts leave the queue when the whole batch that they belong
        to has been taken from the iterator; one of which no standing has come yet stays queued. Asked for a day
        before the account's last, it is assessed for that last day (`Assessment.as_of`).
        """
        self._connection.execute(insert(assessment_queue).from_select(["account_number"], _due(as_of)))
        last = ""
        while queued := self._next_batch(last):
            last = queued[-1][0]
            facts = read_facts(self._connection, sorted({account for account, _ in queued}))
            conclusions = [conclude(known, as_of, now, self._settings) for known in facts]
            write_conclusions(self._connection, facts, conclusions)
            yield from (concluded.assessment for concluded in conclusions)
            done = {known.standing.account_number for known in facts}
            self._take_off_queue([row_id for account, row_id in queued if account in done])

    def history(self, account_number: str) -> AccountHistory | None:
        """Tell all that is known of an account; None when nothing is."""
        return read_history(self._connection, account_number)

    def _next_batch(self, after: str) -> Sequence[tuple[str, int]]:
        """Give the queue rows of the next accounts, as (account number, row id) by account."""
        table = assessment_queue
        accounts = (
            select(table.c.account_number)
            .where(table.c.account_number > after)
            .distinct()
            .order_by(table.c.account_number)
            .limit(BATCH)
        )
        rows = select(table.c.account_number, table.c.id).where(table.c.account_number.in_(accounts))
        return [(row.account_number, row.id) for row in self._connection.execute(rows.order_by(table.c.account_number))]

    def _take_off_queue(self, row_ids: Iterable[int]) -> None:
        for chunk in in_chunks(row_ids, BATCH):
            self._connection.execute(delete(assessment_queue).where(assessment_queue.c.id.in_(chunk)))


def _due(as_of: date) -> Select[str]:
    return select(account_standing.c.account_number).where(account_standing.c.look_again_on <= as_of)
