"""How lessees pay: what they plan when the invoice comes, what they really send, and what bounces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drawbar.sandbox.leaseworks import ledger
from drawbar.sandbox.leaseworks.contracts import Contracts
from drawbar.sandbox.leaseworks.days import is_working_day
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.ledger import Ledger
from drawbar.sandbox.leaseworks.payments import ACH, CARD, WIRE, PaymentJournal, Received
from drawbar.sandbox.leaseworks.standing import (
    NO_PLAN,
    PAID_OFF,
    PAY_AMOUNT,
    PAY_INVOICES,
    PAY_OFF,
    TERMINATED,
    Standing,
)

INVOICE_DAYS = 10
"""How long before the due date the invoice goes out."""

LATE_FEE_DAYS = 10
"""How long after the due date the late fee is charged."""

RETURN_FEE = 3_500
"""What a returned payment costs, in cents."""

_LEAST_LATE_FEE = 2_500
_ON_TIME = np.array([9_380, 8_350, 6_300, 3_500], dtype=np.int64)
_SKIPPED = np.array([110, 360, 1_250, 3_400], dtype=np.int64)
_CURES = np.array([1_000, 700, 350, 100], dtype=np.int64)
_BETTER = np.array([0, 500, 900, 700], dtype=np.int64)
_WORSE = np.array([180, 350, 500, 0], dtype=np.int64)
_BROKER = 2
_LEAST_PAYMENTS = 6
"""Nobody buys an account out sooner."""


@dataclass(frozen=True, slots=True)
class Paying:
    """The accounts, how they stand, and the journal of payments; each method is one step of a day."""

    dice: Dice
    contracts: Contracts
    standing: Standing
    journal: PaymentJournal

    def return_payments(self, today: int, postings: Ledger) -> list[Received]:
        """Reverse what bounces today on accounts that are still active; give the reversed payments."""
        returned = []
        for batch, places in self.journal.bouncing(today):
            live = places[self.standing.active()[batch.account[places]]]
            batch.reversed_on[live] = today
            self._take_back(batch, live, postings)
            returned.append(_part(batch, live))
        return returned

    def _take_back(self, batch: Received, live: Longs, postings: Ledger) -> None:
        standing, account = self.standing, batch.account[live]
        portfolio = self.contracts.portfolio[account]
        standing.paid[account] -= batch.to_installments[live]
        standing.fees[account] += batch.to_fees[live] + RETURN_FEE
        standing.made[account] = standing.paid[account] // self.contracts.payment[account]
        for each in account.tolist():
            self._forget_last(each, batch.posted_on)
        postings.post(ledger.RETURNED, portfolio, batch.to_installments[live])
        postings.post(ledger.FEES_RETURNED, portfolio, batch.to_fees[live])
        postings.post(ledger.FEES_CHARGED, portfolio, np.full(len(account), RETURN_FEE, dtype=np.int64))

    def _forget_last(self, account: int, posted_on: int) -> None:
        """The last payment of an account becomes the one before, when the last one was returned."""
        standing = self.standing
        if standing.last_on[account] != posted_on:
            return
        known = self.journal.last_standing(account)
        if known is None and standing.before_on[account] < self.journal.remembers_since:
            known = int(standing.before_on[account]), int(standing.before_amount[account])
        standing.last_on[account], standing.last_amount[account] = known or (0, 0)

    def receive(self, today: int, postings: Ledger) -> Received:
        """Post what lessees planned to pay by today; on a weekend only cards go through."""
        standing, contracts = self.standing, self.contracts
        who = np.flatnonzero(standing.active() & (standing.plan != NO_PLAN) & (standing.plan_on <= today))
        method = self._methods(who, today)
        if not is_working_day(today):
            who, method = who[method == CARD], method[method == CARD]
        amount = np.minimum(self._meant(who), standing.outstanding(contracts)[who] + standing.fees[who])
        standing.drop_plans(who[amount <= 0])
        who, method, amount = who[amount > 0], method[amount > 0], amount[amount > 0]
        to_fees = self._to_fees(who, amount)
        received = self.journal.post(today, who, (amount - to_fees, to_fees), method, standing.quality[who])
        self._apply(received, today, postings)
        return received

    def _methods(self, who: Longs, today: int) -> Longs:
        """Who is behind pays by whatever is at hand; a payoff comes by wire."""
        behind = self.standing.past_due(self.contracts)[who] > 0
        at_hand = self.dice.choose("at hand", who, (30, 15, 38, 10, 5, 2), today)
        usual = np.where(behind, at_hand, self.contracts.method[who])
        return np.where(self.standing.plan[who] == PAY_OFF, WIRE, usual)

    def _meant(self, who: Longs) -> Longs:
        """Give the amount that each plan comes to, in cents."""
        standing = self.standing
        plan, through = standing.plan[who], standing.plan_through[who]
        through = np.where(through > 0, through, standing.billed[who])
        invoices = through * self.contracts.payment[who] - standing.paid[who]
        invoices = np.where(invoices > 0, invoices + standing.fees[who], 0)
        payoff = standing.payoff(self.contracts)[who]
        return np.select([plan == PAY_AMOUNT, plan == PAY_INVOICES], [standing.plan_amount[who], invoices], payoff)

    def _to_fees(self, who: Longs, amount: Longs) -> Longs:
        """Installments that are due come before fees, fees before installments that are not due yet."""
        standing = self.standing
        past_due = standing.past_due(self.contracts)[who]
        due = np.where(past_due > 0, past_due, self.contracts.payment[who])
        after_due = np.minimum(np.maximum(amount - due, 0), standing.fees[who])
        return np.where(standing.plan[who] == PAY_AMOUNT, after_due, np.minimum(standing.fees[who], amount))

    def _apply(self, received: Received, today: int, postings: Ledger) -> None:
        standing, who = self.standing, received.account
        standing.paid[who] += received.to_installments
        standing.fees[who] -= received.to_fees
        standing.before_on[who], standing.before_amount[who] = standing.last_on[who], standing.last_amount[who]
        standing.last_on[who], standing.last_amount[who] = today, received.amount
        standing.made[who] = standing.paid[who] // self.contracts.payment[who]
        postings.post(ledger.RECEIVED, self.contracts.portfolio[who], received.to_installments)
        postings.post(ledger.FEES_RECEIVED, self.contracts.portfolio[who], received.to_fees)
        bought_out = who[standing.plan[who] == PAY_OFF]
        standing.drop_plans(who)
        self._close(bought_out, who[standing.outstanding(self.contracts)[who] <= 0], today, postings)

    def _close(self, bought_out: Longs, matured: Longs, today: int, postings: Ledger) -> None:
        """Close what is paid: bought out with a rebate of the interest, or matured; some leases are then returned."""
        standing, contracts = self.standing, self.contracts
        rebate = standing.outstanding(contracts)[bought_out]
        postings.post(ledger.REBATED, contracts.portfolio[bought_out], rebate)
        standing.paid[bought_out] = contracts.receivable[bought_out]
        standing.made[bought_out] = np.minimum(standing.billed[bought_out] + 1, contracts.term[bought_out])
        closed = np.union1d(bought_out, matured)
        postings.post(ledger.FEES_WAIVED, contracts.portfolio[closed], standing.fees[closed])
        standing.fees[closed] = 0
        standing.end(closed, PAID_OFF, today)
        returned = (contracts.portfolio[matured] == _BROKER) & self.dice.happens("returned", matured, 2_000)
        standing.status[matured[returned]] = TERMINATED

    def charge_late_fees(self, today: int, postings: Ledger) -> None:
        """Charge 5 % of an installment, at least $25, once it has been due for ten days and is not wholly paid."""
        standing, contracts = self.standing, self.contracts
        due = contracts.due(np.maximum(standing.billed - 1, 0))
        behind = standing.active() & (standing.past_due(contracts) > 0) & (due + LATE_FEE_DAYS == today)
        who = np.flatnonzero(behind)
        fee = np.maximum(contracts.payment[who] * 5 // 100, _LEAST_LATE_FEE)
        standing.fees[who] += fee
        postings.post(ledger.FEES_CHARGED, contracts.portfolio[who], fee)

    def plan(self, today: int, promised: Longs) -> None:
        """Let lessees decide: on the invoice that goes out today, on catching up, on paying off."""
        self._answer_invoices(today, promised)
        if is_working_day(today):
            self._catch_up(today, promised)
            self._pay_off(today)

    def _answer_invoices(self, today: int, promised: Longs) -> None:
        standing, contracts = self.standing, self.contracts
        unplanned = standing.active() & (standing.plan == NO_PLAN) & (standing.billed < contracts.term)
        next_due = contracts.due(np.minimum(standing.billed, contracts.term - 1))
        invoiced = np.flatnonzero(unplanned & (next_due - today == INVOICE_DAYS) & (promised == 0))
        self._fortunes_change(invoiced, today)
        behind = standing.past_due(contracts)[invoiced] > 0
        self._pay_one(invoiced[behind], next_due[invoiced[behind]], today)
        self._pay_invoice(invoiced[~behind], next_due[invoiced[~behind]], today)

    def _fortunes_change(self, who: Longs, today: int) -> None:
        quality, roll = self.standing.quality, self.dice.below("fortune", who, 10_000, today)
        now = quality[who]
        step = np.where(roll < _WORSE[now], 1, np.where(roll >= 10_000 - _BETTER[now], -1, 0))
        quality[who] = now + step

    def _pay_one(self, who: Longs, due: Longs, today: int) -> None:
        """Of those who are behind, four in ten pay the new installment on time, and stay behind."""
        pays = self.dice.happens("pays one", who, 4_000, today)
        self.standing.plan_payment(who[pays], due[pays], self.contracts.payment[who[pays]])

    def _pay_invoice(self, who: Longs, due: Longs, today: int) -> None:
        """Of those who are current most pay on time, some two days to three weeks late, some not at all."""
        dice, quality = self.dice, self.standing.quality[who]
        roll = dice.below("invoice", who, 10_000, today)
        early = np.where(self.contracts.method[who] == ACH, 0, -dice.below("early", who, 4, today))
        late = np.minimum(dice.between("late", who, 2, 24, today), dice.between("less late", who, 2, 30, today))
        when = due + np.where(roll < _ON_TIME[quality], early, late)
        pays = roll < 10_000 - _SKIPPED[quality]
        self.standing.plan_invoices(who[pays], when[pays], self.standing.billed[who[pays]] + 1)

    def _catch_up(self, today: int, promised: Longs) -> None:
        """Those who are behind and have neither plan nor promise come round, wholly, by an installment, or partly."""
        standing, dice, payment = self.standing, self.dice, self.contracts.payment
        behind = standing.active() & (standing.plan == NO_PLAN) & (standing.past_due(self.contracts) > 0)
        who = np.flatnonzero(behind & (promised == 0))
        who = who[dice.happens("catches up", who, _CURES[standing.quality[who]], today)]
        when = today + dice.between("catches up after", who, 1, 3, today)
        how = dice.choose("how", who, (36, 44, 20), today)
        share = dice.between("share", who, 30, 90, today)
        standing.plan_invoices(who[how == 0], when[how == 0], 0)
        amount = np.where(how == 1, payment[who], payment[who] * share // 100 // 2_500 * 2_500 + 2_500)
        standing.plan_payment(who[how > 0], when[how > 0], amount[how > 0])

    def _pay_off(self, today: int) -> None:
        """A few who are current sell the truck or find another lender."""
        standing = self.standing
        who = np.flatnonzero(
            standing.active() & (standing.past_due(self.contracts) == 0) & (standing.made >= _LEAST_PAYMENTS)
        )
        leaving = who[self.dice.happens("leaves", who, 3, today)]
        standing.plan[leaving] = PAY_OFF
        standing.plan_on[leaving] = today + 1


def _part(batch: Received, places: Longs) -> Received:
    arrays = (batch.number, batch.account, batch.effective_on, batch.to_installments, batch.to_fees)
    rest = (batch.method, batch.bounces_on, batch.reason, batch.reversed_on)
    return Received(batch.posted_on, *(each[places] for each in (*arrays, *rest)))
