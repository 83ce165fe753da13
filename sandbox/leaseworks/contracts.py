"""What was agreed when each account was boarded; nothing of it changes later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drawbar.sandbox.leaseworks.days import day_in_month, day_of_month, month_of, next_working_day
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.fleet import Fleet

PORTFOLIOS = ("TRUCK", "TRAILER", "BROKER")
COMPANIES = ("100", "100", "200")
"""The company that owns each portfolio."""

BOOK_DAYS = 1500
"""How many days before the first business day the oldest account was boarded."""

_TERMS = (24, 36, 48, 60, 72)
_FACTORS = (4661, 3274, 2585, 2174, 1903)
"""Monthly payment per 100,000 of equipment cost at 11 % a year, for each of the terms."""

_DUE_DAYS = (1, 15, 5, 10, 20, 25)
_LESSEE_FLEET = 8


@dataclass(frozen=True, slots=True)
class Contracts:
    """One element per account, in the order of boarding; money in cents, dates as ordinal days.

    `first_month` counts months from January 2000, and installment n (from 0) is due on day `due_day` of month
    `first_month + n`. `method` is a position in `payments.METHODS`.
    """

    boarded: Longs
    lessee: Longs
    portfolio: Longs
    term: Longs
    due_day: Longs
    first_month: Longs
    payment: Longs
    cost: Longs
    method: Longs

    def __len__(self) -> int:
        return len(self.boarded)

    @property
    def receivable(self) -> Longs:
        """All installments together."""
        receivable: Longs = self.term * self.payment
        return receivable

    @property
    def maturity(self) -> Longs:
        """The due date of the last installment."""
        return self.due(self.term - 1)

    def due(self, installment: Longs) -> Longs:
        """Give the due date of each account's installment, counted from 0."""
        return day_in_month(self.first_month + installment, self.due_day)

    def billed(self, today: int) -> Longs:
        """Count each account's installments whose due date lies before today."""
        now = np.array([today], dtype=np.int64)
        months = month_of(now) - self.first_month + (self.due_day < day_of_month(now))
        billed: Longs = np.clip(months, 0, self.term)
        return billed


def boarding_days(accounts: int, first_day: int, last_day: int) -> Longs:
    """Give the boarding day of every account boarded until `last_day`, so that `accounts` are on the book on
    `first_day`; the book goes on growing at the pace at which it grew before.
    """
    later = (last_day - first_day) * accounts // BOOK_DAYS
    place = np.arange(accounts + later, dtype=np.int64) - (accounts - 1)
    days: Longs = next_working_day(first_day + place * BOOK_DAYS // accounts)
    return np.where(place > 0, np.maximum(days, first_day + 1), np.minimum(days, first_day))


def sign_contracts(dice: Dice, boarded: Longs, portfolio: Longs, fleet: Fleet) -> Contracts:
    """Draw up the contracts of all accounts."""
    who = np.arange(len(boarded), dtype=np.int64)
    choice = dice.choose("term", who, (4, 16, 36, 34, 10))
    cost = fleet.cost_per_account(len(who))
    margin = dice.between("margin", who, 96, 112)
    payment = cost * np.array(_FACTORS, dtype=np.int64)[choice] // 100_000 * margin // 100
    return Contracts(
        boarded=boarded,
        lessee=_lessees(dice, np.bincount(fleet.account, minlength=len(who)).astype(np.int64)),
        portfolio=portfolio,
        term=np.array(_TERMS, dtype=np.int64)[choice],
        due_day=_due_days(dice, who),
        first_month=month_of(boarded + 15) + 1,
        payment=payment,
        cost=cost,
        method=dice.choose("method", who, (55, 11, 8, 5, 1, 20)),
    )


def choose_portfolios(dice: Dice, accounts: int) -> Longs:
    """Choose each account's portfolio, as a position in `PORTFOLIOS`."""
    return dice.choose("portfolio", np.arange(accounts, dtype=np.int64), (62, 18, 20))


def _due_days(dice: Dice, who: Longs) -> Longs:
    """Half of the accounts fall due on a round day, the others on any day of the month up to the 28th."""
    round_day = np.array(_DUE_DAYS, dtype=np.int64)[dice.choose("round due day", who, (35, 30, 10, 10, 10, 5))]
    return np.where(dice.happens("is round", who, 5000), round_day, dice.between("due day", who, 1, 28))


def _lessees(dice: Dice, vehicles: Longs) -> Longs:
    """Give each account a lessee: a new one, or one of the lately served whose fleet has room for the vehicles."""
    who = np.arange(len(vehicles), dtype=np.int64)
    returns = dice.happens("returns", who, 4500).tolist()
    back = dice.below("returns after", who, np.clip(who, 1, 400)).tolist()
    fleets: list[int] = []
    lessees: list[int] = []
    for account, count in enumerate(vehicles.tolist()):
        lessee = lessees[account - 1 - back[account]] if account and returns[account] else len(fleets)
        if lessee == len(fleets) or fleets[lessee] + count > _LESSEE_FLEET:
            lessee = len(fleets)
            fleets.append(0)
        fleets[lessee] += count
        lessees.append(lessee)
    return np.array(lessees, dtype=np.int64)
