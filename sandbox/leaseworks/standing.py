"""How each account stands at the close of a business day: what is billed, paid, owed, planned and promised."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from drawbar.sandbox.leaseworks.contracts import Contracts
from drawbar.sandbox.leaseworks.dice import Dice, Longs, Mask

NOT_BOARDED, ACTIVE, PAID_OFF, REPOSSESSED, CHARGED_OFF, TERMINATED = range(6)
STATUS_CODES = ("", "A", "P", "R", "C", "T")

QUALITY_WEIGHTS = (62, 25, 10, 3)
"""How many lessees are of each hidden credit quality: prime, fair, weak, distressed."""

NO_PLAN, PAY_AMOUNT, PAY_INVOICES, PAY_OFF = range(4)
"""What the lessee means to do: nothing, pay `plan_amount`, pay all that is owed up to installment `plan_through` (0:
up to the last that is due), or buy the account out."""

PAYOFF_PAPERS = 15_000

_MATURE_PAYMENTS = 6
_LOST_PAYMENTS = 5
_FATES = (930, 48, 16, 6)
_BOUGHT_OUT, _CHARGED_OFF = 1, 2


@dataclass(slots=True)
class Standing:
    """One element per account; money in cents, days ordinal with 0 for never.

    `billed` counts installments whose due date has passed, `paid` is what has been applied to installments, `made`
    how many of them that covers. `last_on` and `last_amount` tell of the last payment that stands, `before_on` and
    `before_amount` of the one before. `quality` is the hidden credit quality. `collector` is a position in
    `collectors.COLLECTORS`, -1 for none. `changed` is the day on which a value that is shown last changed.
    """

    status: Longs
    billed: Longs
    paid: Longs
    fees: Longs
    made: Longs
    last_on: Longs
    last_amount: Longs
    before_on: Longs
    before_amount: Longs
    collector: Longs
    quality: Longs
    ended_on: Longs
    plan: Longs
    plan_on: Longs
    plan_amount: Longs
    plan_through: Longs
    changed: Longs

    def shown(self, contracts: Contracts) -> tuple[Longs, ...]:
        """Give copies of the values from which everything that an export shows follows."""
        kept = (self.status, self.paid, self.fees, self.made, self.last_on, self.last_amount, self.collector)
        return (*(each.copy() for each in kept), self.past_due(contracts), self.next_due(contracts))

    def next_due(self, contracts: Contracts) -> Longs:
        """Give the first due date that has not passed and is not paid in advance, 0 when none is left."""
        following = np.maximum(self.billed, self.paid // contracts.payment)
        due = contracts.due(np.minimum(following, contracts.term - 1))
        return np.where(self.active() & (following < contracts.term), due, 0)

    def past_due(self, contracts: Contracts) -> Longs:
        """Give what is owed on installments whose due date has passed, in cents."""
        past_due: Longs = np.maximum(self.billed * contracts.payment - self.paid, 0)
        return past_due

    def missed(self, contracts: Contracts) -> Longs:
        """Count the installments whose due date has passed and that are not, or not wholly, paid."""
        missed: Longs = -(-self.past_due(contracts) // contracts.payment)
        return missed

    def unpaid_since(self, contracts: Contracts) -> Longs:
        """Give the due date of the oldest installment that is past due, 0 for none."""
        oldest = contracts.due(np.minimum(self.paid // contracts.payment, contracts.term - 1))
        return np.where(self.past_due(contracts) > 0, oldest, 0)

    def outstanding(self, contracts: Contracts) -> Longs:
        """Give what is still to come on the whole contract, interest included, in cents."""
        outstanding: Longs = contracts.receivable - self.paid
        return outstanding

    def net_outstanding(self, contracts: Contracts) -> Longs:
        """Give what is outstanding less the interest not yet earned, which the rule of 78 spreads, in cents."""
        left = contracts.term - self.paid // contracts.payment
        interest = np.maximum(contracts.receivable - contracts.cost, 0)
        unearned = interest * left * (left + 1) // (contracts.term * (contracts.term + 1))
        net: Longs = np.maximum(self.outstanding(contracts) - unearned, 0)
        return net

    def payoff(self, contracts: Contracts) -> Longs:
        """Give the price of buying the account out today, in cents: the net, the fees, and $150 for the papers."""
        net = self.net_outstanding(contracts)
        return np.where(net > 0, net + self.fees + PAYOFF_PAPERS, 0)

    def plan_payment(self, whom: Longs, on: Longs, amount: Longs) -> None:
        """Let lessees mean to pay a fixed amount on a day."""
        self.plan[whom] = PAY_AMOUNT
        self.plan_on[whom] = on
        self.plan_amount[whom] = amount

    def plan_invoices(self, whom: Longs, on: Longs, through: int | Longs) -> None:
        """Let lessees mean to pay on a day all that is owed up to an installment."""
        self.plan[whom] = PAY_INVOICES
        self.plan_on[whom] = on
        self.plan_through[whom] = through

    def active(self) -> Mask:
        active: Mask = self.status == ACTIVE
        return active

    def drop_plans(self, whom: Mask | Longs) -> None:
        self.plan[whom] = NO_PLAN
        self.plan_on[whom] = 0

    def end(self, whom: Mask | Longs, status: int, today: int) -> None:
        """Take accounts off the book: nothing more is billed or expected."""
        self.status[whom] = status
        self.ended_on[whom] = today
        self.drop_plans(whom)


def stand_before(dice: Dice, contracts: Contracts, today: int) -> Standing:
    """Give the book as it was long ago: the old accounts paid up, some of them closed, and nobody behind."""
    standing = Standing(**{each.name: np.zeros(len(contracts), dtype=np.int64) for each in fields(Standing)})
    who = np.arange(len(contracts), dtype=np.int64)
    standing.collector -= 1
    standing.quality[:] = dice.choose("quality", who, QUALITY_WEIGHTS)
    boarded = contracts.boarded <= today
    standing.status[boarded] = ACTIVE
    standing.changed[boarded] = contracts.boarded[boarded]
    _pay_up(standing, contracts, boarded, today)
    _close_early(dice, standing, contracts, today)
    return standing


def _pay_up(standing: Standing, contracts: Contracts, boarded: Mask, today: int) -> None:
    """Every installment has been paid on the day on which it was due; what is fully paid is closed."""
    billed = np.where(boarded, contracts.billed(today), 0)
    standing.billed[:] = standing.made[:] = billed
    standing.paid[:] = billed * contracts.payment
    paying = billed > 0
    due = contracts.due(np.maximum(billed - 1, 0))
    standing.last_on[paying] = standing.changed[paying] = due[paying]
    standing.last_amount[paying] = contracts.payment[paying]
    full = paying & (billed == contracts.term)
    standing.status[full] = PAID_OFF
    standing.ended_on[full] = due[full]


def _close_early(dice: Dice, standing: Standing, contracts: Contracts, today: int) -> None:
    """Some accounts were paid off before their time, some charged off with five installments owing."""
    who = np.arange(len(contracts), dtype=np.int64)
    old = standing.active() & (standing.billed > _MATURE_PAYMENTS)
    fate = dice.choose("early fate", who, _FATES)
    bought_out, lost = old & (fate == _BOUGHT_OUT), old & (fate > _BOUGHT_OUT)
    standing.status[bought_out] = PAID_OFF
    standing.paid[bought_out] = contracts.receivable[bought_out]
    standing.status[lost] = np.where(fate[lost] == _CHARGED_OFF, CHARGED_OFF, TERMINATED)
    standing.paid[lost] -= _LOST_PAYMENTS * contracts.payment[lost]
    standing.made[lost] -= _LOST_PAYMENTS
    standing.last_on[lost] = contracts.due(standing.made - 1)[lost]
    standing.fees[lost] = contracts.payment[lost] // 4
    closed = bought_out | lost
    standing.ended_on[closed] = standing.changed[closed] = np.minimum(contracts.due(standing.billed)[closed], today)
