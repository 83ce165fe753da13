"""Random days against two books and a naive model.

The model keeps only what the sources ever said, and concludes each day from all of it anew. One book takes a day's
news in order, the other shuffled and twice; both must end in the same rows, and agree with the model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, select

from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.history import AccountHistory
from drawbar.middleware.collections.promises import History, observe, withdraw
from drawbar.middleware.collections.records import (
    AccountStanding,
    Assessment,
    CaseStatus,
    CurrentPromise,
    PaymentEntry,
    PromiseStatus,
)
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.collections.tables import assessment_queue
from drawbar.middleware.collections.verdicts import judge
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from tests.middleware.collections.samples import TABLES, at, bounced, payment, promised, standing

ACCOUNTS = ["LW01", "LW02", "LW03"]
SETTINGS = CollectionSettings.model_validate({"grace_days": 2, "case_reopen_days": 7})
KEPT_IN = [table for table in TABLES if table is not assessment_queue]

Take = Callable[[CollectionsBook], None]


@dataclass
class Said:
    """What the sources have said of one account, and the spells of delinquency that the model has seen."""

    standing: AccountStanding
    sightings: list[tuple[date, CurrentPromise | None]] = field(default_factory=list)
    payments: dict[str, PaymentEntry] = field(default_factory=dict)
    spells: list[tuple[date, date | None]] = field(default_factory=list)

    def history(self) -> History:
        known: History = ()
        for on, seen in self.sightings:
            known = withdraw(known, on) if seen is None else observe(known, seen, on, SETTINGS.promise_terms)
        return known

    def is_delinquent(self, today: date) -> bool:
        since = self.standing.past_due_since
        return self.standing.serviced and since is not None and (today - since).days > SETTINGS.grace_days

    def note_spell(self, today: date) -> None:
        ended = self.spells[-1][1] if self.spells else None
        in_spell = bool(self.spells) and ended is None
        if self.is_delinquent(today) and not in_spell:
            if ended is not None and (today - ended).days <= SETTINGS.case_reopen_days:
                self.spells[-1] = (self.spells[-1][0], None)
            else:
                self.spells.append((today, None))
        elif in_spell and not self.is_delinquent(today):
            self.spells[-1] = (self.spells[-1][0], today)


@dataclass
class OneBook:
    connection: Connection
    book: CollectionsBook
    last: dict[str, Assessment] = field(default_factory=dict)

    def assess(self, today: date) -> list[Assessment]:
        given = list(self.book.assess(today, at(today)))
        self.last |= {assessment.account_number: assessment for assessment in given}
        return given

    def rows(self) -> list[list[tuple[object, ...]]]:
        return [sorted((tuple(row) for row in self.connection.execute(select(table))), key=repr) for table in KEPT_IN]


def open_book(engine: Engine) -> OneBook:
    metadata.create_all(engine, tables=TABLES)
    connection = engine.connect()
    return OneBook(connection, CollectionsBook(connection, SETTINGS))


MONEY = st.sampled_from(["100.00", "250.00", "495.00", "500.00"])


@dataclass
class Step:
    """What one day brings, with dates as days before or after it.

    `standings` says for how many days an account is past due (None: current), `payments` amount and effective date,
    `promises` the amount, date and day of taking of the promise that is shown now (None: none is).
    """

    gap: int
    standings: dict[str, int | None]
    gone: set[str]
    payments: list[tuple[str, str, int]]
    reversals: int
    promises: dict[str, tuple[str, int, int] | None]
    seed: int


STEPS = st.builds(
    Step,
    gap=st.integers(1, 6),
    standings=st.dictionaries(st.sampled_from(ACCOUNTS), st.none() | st.integers(0, 20), max_size=3),
    gone=st.sets(st.sampled_from(ACCOUNTS), max_size=1),
    payments=st.lists(st.tuples(st.sampled_from(ACCOUNTS), MONEY, st.integers(-8, 3)), max_size=3),
    reversals=st.integers(0, 2),
    promises=st.dictionaries(
        st.sampled_from(ACCOUNTS), st.none() | st.tuples(MONEY, st.integers(-1, 8), st.integers(0, 3)), max_size=2
    ),
    seed=st.integers(0, 2**16),
)


class Days(RuleBasedStateMachine):
    """Lives through random days, with one book that takes the news in order and one that takes them shuffled."""

    def __init__(self) -> None:
        super().__init__()
        self.engines = self.databases()
        self.orderly, self.shuffled = (open_book(engine) for engine in self.engines)
        self.today = date(2026, 3, 1)
        self.said = {account: Said(standing(account, said_on=self.today)) for account in ACCOUNTS}
        self.known: dict[str, AccountHistory] = {}
        self.take([_standings(said.standing for said in self.said.values())], 0)
        self.look()

    def databases(self) -> list[Engine]:
        return [open_database("sqlite://"), open_database("sqlite://")]

    def teardown(self) -> None:
        for known in (self.orderly, self.shuffled):
            known.connection.rollback()
            known.connection.close()
        for engine in self.engines:
            engine.dispose()

    def take(self, takes: list[Take], seed: int) -> None:
        for take in takes:
            take(self.orderly.book)
        shuffled = takes * 2
        random.Random(seed).shuffle(shuffled)
        for take in shuffled:
            take(self.shuffled.book)

    @rule(step=STEPS)
    def a_day_passes(self, step: Step) -> None:
        self.today += timedelta(days=step.gap)
        takes = [*self.standings(step), *self.money(step), *self.promises(step)]
        self.take(takes, step.seed)
        given = self.orderly.assess(self.today)
        assert self.shuffled.assess(self.today) == given
        before = self.orderly.rows()
        assert self.shuffled.rows() == before
        self.take(takes, step.seed)
        assert self.orderly.assess(self.today) == []
        assert self.orderly.rows() == before
        for said in self.said.values():
            said.note_spell(self.today)
        self.look()

    def look(self) -> None:
        """Read the histories once for all invariants."""
        for account in ACCOUNTS:
            known = self.orderly.book.history(account)
            assert known is not None
            self.known[account] = known

    def standings(self, step: Step) -> list[Take]:
        said_of = {account: days for account, days in step.standings.items() if account not in step.gone}
        for account, days in said_of.items():
            since = None if days is None else self.today - timedelta(days=days)
            self.said[account].standing = standing(account, past_due_since=since, said_on=self.today)
        for account in step.gone:
            self.said[account].standing = replace(self.said[account].standing, serviced=False, left_as="")
        changed = [_standings([self.said[account].standing]) for account in said_of]
        return [*changed, _leave(step.gone, self.today)]

    def money(self, step: Step) -> list[Take]:
        news: dict[str, PaymentEntry] = {}
        count = sum(len(said.payments) for said in self.said.values())
        for number, (account, amount, days) in enumerate(step.payments, start=count):
            effective = self.today + timedelta(days=days)
            entry = payment(f"P{number:03d}", amount, effective, posted=self.today, account=account)
            news[entry.payment_number] = entry
            self.said[account].payments[entry.payment_number] = entry
        good = [entry for said in self.said.values() for entry in said.payments.values() if entry.reversed_on is None]
        for entry in good[: step.reversals]:
            news[entry.payment_number] = bounced(entry, self.today)
            self.said[entry.account_number].payments[entry.payment_number] = news[entry.payment_number]
        return [_payments([entry]) for entry in news.values()]

    def promises(self, step: Step) -> list[Take]:
        takes: list[Take] = []
        for account, terms in step.promises.items():
            if terms is None:
                shown = None
                takes.append(_drop([account], self.today))
            else:
                amount, ahead, ago = terms
                due, taken = self.today + timedelta(days=ahead), self.today - timedelta(days=ago)
                shown = promised(amount, due, taken=taken, account=account)
                takes.append(_promises([shown], self.today))
            self.said[account].sightings.append((self.today, shown))
        return takes

    @invariant()
    def promises_stand_as_the_model_concludes_from_all_that_was_said(self) -> None:
        for account, said in self.said.items():
            promises = said.history()
            verdicts = judge(promises, said.payments.values(), self.today).verdicts
            known = self.known[account]
            stands = {entry.sequence: (entry.status, entry.paid_amount) for entry in known.promises}
            assert stands == {number: (verdict.status, verdict.paid_amount) for number, verdict in verdicts.items()}

    @invariant()
    def every_promise_ever_shown_is_in_the_history(self) -> None:
        for account, said in self.said.items():
            known = self.known[account]
            kept = {(entry.promised_for, entry.amount) for entry in known.promises}
            assert kept == {(seen.promised_for, seen.amount) for _, seen in said.sightings if seen is not None}

    @invariant()
    def counted_money_never_exceeds_the_payments(self) -> None:
        for account, said in self.said.items():
            known = self.known[account]
            good = sum(entry.amount for entry in said.payments.values() if entry.reversed_on is None)
            counted = [paid.payment for paid in known.payments if paid.promise_key is not None]
            assert sum(entry.paid_amount for entry in known.promises) == sum(entry.amount for entry in counted) <= good

    @invariant()
    def the_trace_leads_to_the_verdict(self) -> None:
        for account in ACCOUNTS:
            known = self.known[account]
            for entry in known.promises:
                trace = [change for change in known.verdict_changes if change.sequence == entry.sequence]
                steps = [PromiseStatus.OPEN, *(change.new for change in trace)]
                assert [change.old for change in trace] == steps[:-1]
                assert steps[-1] is entry.status
                assert entry.verdict_changes == max(0, len(trace) - 1)

    @invariant()
    def there_is_one_open_case_when_delinquent_and_none_otherwise(self) -> None:
        for account, said in self.said.items():
            known = self.known[account]
            assert [(case.opened_on, case.closed_on) for case in known.cases] == said.spells
            is_open = [case.status is CaseStatus.OPEN for case in known.cases]
            assert sum(is_open) == said.is_delinquent(self.today)

    @invariant()
    def the_last_assessment_of_an_account_still_holds(self) -> None:
        for account, assessment in self.orderly.last.items():
            said = self.said[account]
            late = said.standing.serviced and said.standing.past_due_since is not None
            since = said.standing.past_due_since or self.today
            assert assessment.days_past_due == ((self.today - since).days if late else 0)
            assert assessment.standing == said.standing


def _standings(standings: Iterable[AccountStanding]) -> Take:
    taken = list(standings)
    return lambda book: book.take_standings(taken)


def _leave(accounts: Iterable[str], on: date) -> Take:
    gone = sorted(accounts)
    return lambda book: book.leave(gone, on=on)


def _payments(payments: list[PaymentEntry]) -> Take:
    return lambda book: book.take_payments(payments)


def _promises(promises: list[CurrentPromise], on: date) -> Take:
    return lambda book: book.take_promises(promises, on=on)


def _drop(accounts: list[str], on: date) -> Take:
    return lambda book: book.drop_promises(accounts, on=on)


@pytest.mark.spec("P01", "P02", "P05", "P26")
def test_random_days_in_any_order_end_as_the_model_says() -> None:
    run_state_machine_as_test(Days, settings=settings(max_examples=25, stateful_step_count=10, deadline=None))


@pytest.mark.spec("P01", "P02", "P05", "P26")
def test_random_days_end_the_same_on_each_database(engine: Engine) -> None:
    class OnThisDatabase(Days):
        def databases(self) -> list[Engine]:
            metadata.drop_all(engine, tables=TABLES)
            return [engine, open_database("sqlite://")]

    few = settings(max_examples=8, stateful_step_count=6, deadline=None, database=None)
    run_state_machine_as_test(OnThisDatabase, settings=few)
