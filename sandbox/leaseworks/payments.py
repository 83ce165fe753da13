"""Money that comes in, is applied to what is owed, and sometimes bounces."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from drawbar.sandbox.leaseworks.days import batch_stamp, is_working_day, next_working_day
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.layout import PAYMENTS, Table, Value

METHODS = ("ACH", "CHK", "CC", "WIR", "CSH", "LBX")
ACH, CHECK, CARD, WIRE, CASH, LOCKBOX = range(6)
REASONS = ("NSF", "R01 Insufficient funds", "Account closed", "Stop payment", "R10 Unauthorized", "Refer to maker")
WINDOW_DAYS = 45
"""How long a payment stays in the export after its posting or its reversal."""

_KEPT_DAYS = 95
_LONGEST_LAG = 12
_BOUNCES_PER_10_000 = np.array([20, 80, 300, 700], dtype=np.int64)
_CAN_BOUNCE = np.array([True, True, False, False, False, True])


@dataclass(frozen=True, slots=True)
class Received:
    """The payments that were posted on one day, in the order of their numbers; one element per payment.

    `to_installments` and `to_fees` make up the amount. `bounces_on` is the day on which it will be reversed (0:
    never), `reversed_on` the day on which it was.
    """

    posted_on: int
    number: Longs
    account: Longs
    effective_on: Longs
    to_installments: Longs
    to_fees: Longs
    method: Longs
    bounces_on: Longs
    reason: Longs
    reversed_on: Longs

    @property
    def amount(self) -> Longs:
        return self.to_installments + self.to_fees


@dataclass(slots=True)
class PaymentJournal:
    """The payments of the last months, one batch per day of posting, oldest first."""

    dice: Dice
    days: deque[Received] = field(default_factory=deque)
    posted: int = 0

    def post(self, today: int, account: Longs, split: tuple[Longs, Longs], method: Longs, quality: Longs) -> Received:
        """Post payments, `split` into what goes to installments and to fees; decide which of them will bounce."""
        number = self.posted + 1 + np.arange(len(account), dtype=np.int64)
        received = Received(
            posted_on=today,
            number=number,
            account=account,
            effective_on=today - self._lag(number, method),
            to_installments=split[0],
            to_fees=split[1],
            method=method,
            bounces_on=self._bounces_on(today, number, method, quality),
            reason=self.dice.choose("reversal reason", number, (46, 28, 8, 10, 3, 5)),
            reversed_on=np.zeros(len(account), dtype=np.int64),
        )
        self.posted += len(account)
        self.days.append(received)
        while self.days and self.days[0].posted_on < today - _KEPT_DAYS:
            self.days.popleft()
        return received

    def _lag(self, number: Longs, method: Longs) -> Longs:
        """Count the days from the day that the money counts from to its posting; a few are put right much later."""
        mail = self.dice.below("mail", number, 4)
        lag = np.where(method == LOCKBOX, mail // 2, np.where(method == CHECK, mail, 0))
        found_late = self.dice.happens("found late", number, 60)
        return np.where(found_late, self.dice.between("late by", number, 5, _LONGEST_LAG), lag)

    def _bounces_on(self, today: int, number: Longs, method: Longs, quality: Longs) -> Longs:
        bounces = self.dice.happens("bounces", number, _BOUNCES_PER_10_000[quality]) & _CAN_BOUNCE[method]
        late = self.dice.happens("bounces late", number, 2_000)
        after = np.where(
            late, self.dice.between("long after", number, 15, 40), self.dice.between("after", number, 2, 5)
        )
        return np.where(bounces, next_working_day(today + after), 0)

    def bouncing(self, today: int) -> list[tuple[Received, Longs]]:
        """Give the payments that bounce today: each batch that has some, with their places in it."""
        if not is_working_day(today):
            return []
        found = [(batch, np.flatnonzero(batch.bounces_on == today)) for batch in self.days]
        return [(batch, places) for batch, places in found if len(places)]

    def last_standing(self, account: int) -> tuple[int, int] | None:
        """Find the last payment of an account that has not been reversed: its day of posting and its amount."""
        for batch in reversed(self.days):
            place = int(np.searchsorted(batch.account, account))
            if place < len(batch.account) and batch.account[place] == account and not batch.reversed_on[place]:
                return batch.posted_on, int(batch.amount[place])
        return None

    @property
    def remembers_since(self) -> int:
        """The first day whose payments are all still known."""
        return self.days[0].posted_on if self.days else 0

    def table(self, today: int) -> Table:
        """Give the payments posted or reversed within the window."""
        rows: list[list[Value]] = [[] for _ in PAYMENTS.columns]
        oldest = today - WINDOW_DAYS
        for batch in self.days:
            shown = np.flatnonzero((batch.reversed_on > oldest) | (batch.posted_on > oldest))
            if len(shown):
                for column, values in zip(rows, _exported(batch, shown), strict=True):
                    column.extend(values)
        return Table(PAYMENTS, tuple(rows))


def _exported(batch: Received, shown: Longs) -> list[list[Value]]:
    numbers = batch.number[shown].tolist()
    methods = [METHODS[method] for method in batch.method[shown].tolist()]
    reversed_on = batch.reversed_on[shown]
    reasons = batch.reason[shown].tolist()
    return [
        [f"PM{number:010d}" for number in numbers],
        [f"LW{account + 1:08d}" for account in batch.account[shown].tolist()],
        batch.effective_on[shown].tolist(),
        [batch.posted_on] * len(shown),
        batch.amount[shown].tolist(),
        [*methods],
        [_reference(method, number) for method, number in zip(methods, numbers, strict=True)],
        [day or None for day in reversed_on.tolist()],
        [REASONS[reason] if day else "" for reason, day in zip(reasons, reversed_on.tolist(), strict=True)],
        batch_stamp(np.maximum(reversed_on, batch.posted_on)).tolist(),
    ]


def _reference(method: str, number: int) -> str:
    """Make up what the bank says about a payment: a trace number, the number of a check, an approval code."""
    scrambled = number * 7_368_787 % 100_000_000
    shapes = {
        "ACH": f"TRACE {scrambled:015d}",
        "CHK": f"CK {scrambled % 9_000 + 1_000}",
        "CC": f"AUTH {scrambled % 1_000_000:06d}",
        "WIR": f"FED {scrambled:08d}",
        "LBX": f"LBX {scrambled % 40 + 1:03d}/{scrambled % 9_000 + 1_000}",
    }
    return shapes.get(method, "")
