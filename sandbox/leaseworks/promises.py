"""Promises to pay as LeaseWorks keeps them: one per account, gone once it is kept, broken or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from drawbar.sandbox.leaseworks.collectors import COLLECTORS
from drawbar.sandbox.leaseworks.contracts import Contracts
from drawbar.sandbox.leaseworks.days import unix_seconds
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.layout import PROMISES, Table
from drawbar.sandbox.leaseworks.notes import CHANNELS, working_second
from drawbar.sandbox.leaseworks.payments import Received
from drawbar.sandbox.leaseworks.standing import Standing

SHORTEST_DAYS, LONGEST_DAYS = 3, 14
"""How far ahead a promise may lie."""

_KEPT = np.array([80, 66, 46, 22], dtype=np.int64)
_PARTLY = np.array([7, 10, 14, 14], dtype=np.int64)
_LATE = np.array([7, 10, 12, 10], dtype=np.int64)


@dataclass(slots=True)
class Promises:
    """One element per account; `taken_on` is 0 for an account without a promise.

    `received` is what has come in since the promise was taken, in cents.
    """

    taken_on: Longs
    promised_for: Longs
    amount: Longs
    taken_by: Longs
    channel: Longs
    received: Longs

    def count_in(self, payments: Received) -> None:
        """Count payments towards the promises of their accounts."""
        self.received[payments.account] += payments.amount

    def count_out(self, payments: Received) -> None:
        """Take returned payments back, as far as they had counted."""
        counted = payments.posted_on >= self.taken_on[payments.account]
        account = payments.account[counted]
        self.received[account] = np.maximum(self.received[account] - payments.amount[counted], 0)

    def lapse(self, dice: Dice, standing: Standing, past_due: Longs, today: int) -> None:
        """Drop promises that are met, are broken, or have lost their object."""
        who = np.flatnonzero(self.taken_on)
        patience = dice.between("patience", who, 1, 2, 0)
        met = (self.received[who] >= self.amount[who]) | (past_due[who] == 0)
        over = (today > self.promised_for[who] + patience) | ~standing.active()[who]
        self.drop(who[met | over])

    def drop(self, who: Longs) -> None:
        self.taken_on[who] = 0
        self.received[who] = 0

    def table(self, dice: Dice) -> Table:
        """Give the current promises."""
        who = np.flatnonzero(self.taken_on)
        taken_on = self.taken_on[who]
        seconds = np.zeros(len(who), dtype=np.int64)
        for day in np.unique(taken_on).tolist():
            seconds[taken_on == day] = working_second(dice, who[taken_on == day], day)
        return Table(
            PROMISES,
            (
                [f"LW{account + 1:08d}" for account in who.tolist()],
                self.promised_for[who].tolist(),
                self.amount[who].tolist(),
                taken_on.tolist(),
                [COLLECTORS[collector].name for collector in self.taken_by[who].tolist()],
                [CHANNELS[channel] for channel in self.channel[who].tolist()],
                unix_seconds(taken_on, seconds).tolist(),
            ),
        )


def no_promises(accounts: int) -> Promises:
    """Give a book without any promise."""
    return Promises(**{each.name: np.zeros(accounts, dtype=np.int64) for each in fields(Promises)})


@dataclass(frozen=True, slots=True)
class Promising:
    """How lessees promise, and what they then mean to do."""

    dice: Dice
    contracts: Contracts
    standing: Standing
    promises: Promises

    def take(self, who: Longs, collectors: Longs, channel: Longs, today: int) -> None:
        """Take a promise from each of these accounts, in place of the one that it may have."""
        promises = self.promises
        promises.taken_on[who] = today
        promises.received[who] = 0
        promises.promised_for[who] = today + self.dice.between("ahead", who, SHORTEST_DAYS, LONGEST_DAYS, today)
        promises.amount[who] = self._amounts(who, today)
        promises.taken_by[who] = collectors
        promises.channel[who] = channel
        self._intend(who, today)

    def _amounts(self, who: Longs, today: int) -> Longs:
        """An installment, all that is past due, that and the fees, or a round part of it; never more than is owed."""
        past_due = self.standing.past_due(self.contracts)[who]
        owed = past_due + self.standing.fees[who]
        kind = self.dice.choose("promised", who, (42, 24, 14, 20), today)
        part = past_due * self.dice.between("promised share", who, 35, 80, today) // 100 // 5_000 * 5_000 + 5_000
        amount = np.choose(kind, [self.contracts.payment[who], past_due, owed, part])
        promised: Longs = np.minimum(amount, owed)
        return promised

    def _intend(self, who: Longs, today: int) -> None:
        """Decide in secret whether each promise will be kept, kept in part, kept late, or broken."""
        dice, standing, promises = self.dice, self.standing, self.promises
        quality, roll = standing.quality[who], dice.below("intends", who, 100, today)
        kept = roll < _KEPT[quality]
        partly = ~kept & (roll < (_KEPT + _PARTLY)[quality])
        late = ~kept & ~partly & (roll < (_KEPT + _PARTLY + _LATE)[quality])
        day = promises.promised_for[who] - dice.below("ahead of promise", who, 3, today)
        day = np.where(late, promises.promised_for[who] + dice.between("behind promise", who, 3, 7, today), day)
        share = dice.between("kept share", who, 30, 80, today)
        amount = np.where(partly, promises.amount[who] * share // 100, promises.amount[who])
        standing.drop_plans(who)
        means = kept | partly | late
        standing.plan_payment(who[means], day[means], amount[means])
