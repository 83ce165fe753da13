"""The lease book of a simulated truck lender, day by day.

The same accounts, seed, first day and day make the same book on every machine: nothing is random but the seed's rolls,
nothing depends on the clock, and no amount is ever a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from drawbar.sandbox.leaseworks import ledger
from drawbar.sandbox.leaseworks.account_rows import account_table
from drawbar.sandbox.leaseworks.collecting import Collecting
from drawbar.sandbox.leaseworks.collectors import collectors_of
from drawbar.sandbox.leaseworks.contracts import Contracts, boarding_days, choose_portfolios, sign_contracts
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.fleet import Fleet, buy_fleet
from drawbar.sandbox.leaseworks.layout import Table
from drawbar.sandbox.leaseworks.ledger import Ledger
from drawbar.sandbox.leaseworks.lessees import Lessees
from drawbar.sandbox.leaseworks.notes import NoteBook
from drawbar.sandbox.leaseworks.paying import Paying
from drawbar.sandbox.leaseworks.payments import PaymentJournal
from drawbar.sandbox.leaseworks.promises import no_promises
from drawbar.sandbox.leaseworks.standing import ACTIVE, stand_before

DEFAULT_START = date(2026, 3, 2)
WARM_UP_DAYS = 240
"""How many days the book has lived before its first business day, so that every bucket of delinquency is filled."""


@dataclass(frozen=True, slots=True)
class BookPlan:
    """What decides a book: how many accounts are on it on the first business day, the seed, and that day."""

    accounts: int = 2_000
    seed: int = 1
    start: date = DEFAULT_START

    def business_date(self, day: int) -> date:
        """Give the business date of day 1, 2, 3 …"""
        return self.start + timedelta(days=day - 1)


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """Everything that LeaseWorks shows at the close of a day: one table per entity, in the order of the manifest."""

    day: int
    business_date: date
    tables: tuple[Table, ...]

    def table(self, entity: str) -> Table:
        return next(table for table in self.tables if table.entity.name == entity)


class Book:
    """The whole book; `pass_day` moves it on by a day, `tables` shows it as it is."""

    def __init__(self, plan: BookPlan, last_day: int) -> None:
        """Open the book as it was `WARM_UP_DAYS` before its first day, with room until business day `last_day`."""
        first = plan.start.toordinal()
        self._dice = Dice(plan.seed)
        self._today = first - WARM_UP_DAYS
        boarded = boarding_days(plan.accounts, first, first + last_day - 1)
        self._build(boarded)

    def _build(self, boarded: Longs) -> None:
        dice, accounts = self._dice, len(boarded)
        portfolio = choose_portfolios(dice, accounts)
        self._fleet: Fleet = buy_fleet(dice, boarded, portfolio)
        self._contracts: Contracts = sign_contracts(dice, boarded, portfolio, self._fleet)
        joined = boarded[np.unique(self._contracts.lessee, return_index=True)[1]]
        self._lessees = Lessees(dice, joined, np.zeros(len(joined), dtype=np.int64), joined.copy())
        self._standing = stand_before(dice, self._contracts, self._today)
        self._promises = no_promises(accounts)
        self._journal = PaymentJournal(dice)
        self._notes = NoteBook(dice)
        self._ledger = Ledger()
        self._places = self._lessees.places[self._contracts.lessee]
        team = collectors_of(dice, self._places)
        self._paying = Paying(dice, self._contracts, self._standing, self._journal)
        self._collecting = Collecting(dice, self._contracts, self._standing, self._promises, self._notes, team)

    def pass_day(self) -> None:
        """Live through the next day."""
        self._today += 1
        self._ledger = Ledger()
        before = self._standing.shown(self._contracts)
        self._board()
        self._bill()
        self._move_money()
        self._collect()
        self._fleet.pass_day(self._today)
        self._lessees.pass_day(self._today)
        after = self._standing.shown(self._contracts)
        changed = np.logical_or.reduce([old != new for old, new in zip(before, after, strict=True)])
        self._standing.changed[changed] = self._today

    def _board(self) -> None:
        new = np.flatnonzero(self._contracts.boarded == self._today)
        self._standing.status[new] = ACTIVE
        portfolio, cost = self._contracts.portfolio[new], self._contracts.cost[new]
        self._ledger.post(ledger.FUNDED, portfolio, cost)
        self._ledger.post(ledger.INTEREST_BOOKED, portfolio, self._contracts.receivable[new] - cost)

    def _bill(self) -> None:
        active = self._standing.active()
        self._standing.billed[active] = self._contracts.billed(self._today)[active]

    def _move_money(self) -> None:
        paying, today = self._paying, self._today
        returned = paying.return_payments(today, self._ledger)
        for batch in returned:
            self._promises.count_out(batch)
        self._promises.count_in(paying.receive(today, self._ledger))
        self._collecting.note_returns(returned, today)
        paying.charge_late_fees(today, self._ledger)
        paying.plan(today, self._promises.taken_on)

    def _collect(self) -> None:
        collecting, today = self._collecting, self._today
        collecting.give_up(today, self._ledger)
        past_due = self._standing.past_due(self._contracts)
        self._promises.lapse(self._dice, self._standing, past_due, today)
        collecting.call(today)
        collecting.assign(today)

    def tables(self) -> tuple[Table, ...]:
        """Show every entity as it is at the close of the day."""
        return (
            self._lessees.table(self._today),
            account_table(self._contracts, self._standing, self._places),
            self._fleet.table(self._today),
            self._journal.table(self._today),
            self._notes.table(self._today),
            self._promises.table(self._dice),
            self._ledger.table(self._today),
        )


def live_through(plan: BookPlan, last_day: int, first_day: int = 1) -> Iterator[BusinessDay]:
    """Give business days `first_day` to `last_day` (from 1) of a book, one after the other."""
    book = Book(plan, last_day)
    for _ in range(WARM_UP_DAYS - 1):
        book.pass_day()
    for day in range(1, last_day + 1):
        book.pass_day()
        if day >= first_day:
            yield BusinessDay(day, plan.business_date(day), book.tables())
