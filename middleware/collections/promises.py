"""Makes a history of promises out of a source that shows only the current one (P05, P26).

Only facts stand here: what was promised, and when the source ceased to show it. `verdicts` decides how it ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from drawbar.middleware.collections.records import CurrentPromise
from drawbar.middleware.units import CENT, Days


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """How strictly promises are judged.

    Money counts until `grace_days` calendar days after the promised date. What may be missing is the smaller of
    `tolerance_percent` of the promised amount (rounded down to cents) and `tolerance_dollars`.
    """

    grace_days: Days
    tolerance_percent: Decimal
    tolerance_dollars: Decimal

    def enough(self, amount: Decimal) -> Decimal:
        """Give the US dollars that keep a promise of `amount`; 2 % and $10: 490.00 of 500.00, 98.00 of 100.00."""
        share = (amount * self.tolerance_percent / 100).quantize(CENT, rounding=ROUND_DOWN)
        return amount - min(share, self.tolerance_dollars)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise as it was seen.

    `counts_through` (the last effective date of money that can keep it) and `enough` (US dollars that keep it) come
    from the terms in force when it was first seen, so that a later change of settings rewrites no history.
    `ended_on` is None while the source shows it, else the date it was replaced by promise `replaced_by` or, when
    that is None, withdrawn.
    """

    account_number: str
    sequence: int
    promised_for: date
    amount: Decimal
    taken_on: date
    taken_by: str
    channel: str
    first_seen_on: date
    counts_through: date
    enough: Decimal
    ended_on: date | None = None
    replaced_by: int | None = None

    @property
    def key(self) -> str:
        """The key that never changes: `LW00001234-0003`."""
        return f"{self.account_number}-{self.sequence:04d}"

    @property
    def last_known_on(self) -> date:
        """The last day for which the source is known to have said something of this promise."""
        return self.first_seen_on if self.ended_on is None else max(self.first_seen_on, self.ended_on)


History = tuple[Promise, ...]
"""An account's promises in the order in which they became known; `history[n]` has sequence n + 1."""


def observe(history: History, seen: CurrentPromise, on: date, terms: PromiseTerms) -> History:
    """Take note that on `on` the source shows `seen` as the account's promise.

    Another date or amount, or one taken after the known one was first seen, is a new promise and replaces the known
    one. Any other change (who took it, channel, an earlier taken-on date) corrects the known one. A promise that is
    shown again is in force again. News older than what is known adds to the past and changes nothing of the present.
    """
    if any(on < promise.last_known_on for promise in history):
        return _observe_late(history, seen, on, terms)
    known = same_promise(history, seen)
    if known is None:
        known = _new_promise(seen, len(history) + 1, on, terms)
        history = (*history, known)
    shown = replace(
        known, taken_on=seen.taken_on, taken_by=seen.taken_by, channel=seen.channel, ended_on=None, replaced_by=None
    )
    return tuple(shown if promise.sequence == shown.sequence else _replaced(promise, shown, on) for promise in history)


def withdraw(history: History, on: date) -> History:
    """Take note that on `on` the source shows no promise any more; one first seen after that day stays."""
    return tuple(
        replace(promise, ended_on=on) if promise.ended_on is None and promise.first_seen_on <= on else promise
        for promise in history
    )


def same_promise(history: History, seen: CurrentPromise) -> Promise | None:
    """Find in a history the promise that `seen` is; one taken after a promise was first seen cannot be that promise."""
    for promise in reversed(history):
        same_terms = (promise.promised_for, promise.amount) == (seen.promised_for, seen.amount)
        if same_terms and (seen.taken_on == promise.taken_on or seen.taken_on <= promise.first_seen_on):
            return promise
    return None


def _new_promise(seen: CurrentPromise, sequence: int, on: date, terms: PromiseTerms) -> Promise:
    return Promise(
        account_number=seen.account_number,
        sequence=sequence,
        promised_for=seen.promised_for,
        amount=seen.amount,
        taken_on=seen.taken_on,
        taken_by=seen.taken_by,
        channel=seen.channel,
        first_seen_on=on,
        counts_through=seen.promised_for + timedelta(days=terms.grace_days),
        enough=terms.enough(seen.amount),
    )


def _replaced(promise: Promise, by: Promise, on: date) -> Promise:
    """End a promise on the day its successor was taken, or seen when it had been taken before this one was seen."""
    if promise.ended_on is not None:
        return promise
    taken_since = promise.first_seen_on <= by.taken_on <= on
    return replace(promise, ended_on=by.taken_on if taken_since else on, replaced_by=by.sequence)


def _observe_late(history: History, seen: CurrentPromise, on: date, terms: PromiseTerms) -> History:
    known = same_promise(history, seen)
    if known is not None:
        earlier = replace(known, first_seen_on=min(known.first_seen_on, on))
        return tuple(earlier if promise.sequence == known.sequence else promise for promise in history)
    missed = _new_promise(seen, len(history) + 1, on, terms)
    cut = tuple(_cut_short(promise, missed, on) for promise in history)
    return (*cut, _ended_before(history, missed, on))


def _cut_short(promise: Promise, missed: Promise, on: date) -> Promise:
    """A promise that ended after the missed one was shown had ended by then already."""
    if promise.ended_on is None or not promise.first_seen_on <= on < promise.ended_on:
        return promise
    return _replaced(replace(promise, ended_on=None), missed, on)


def _ended_before(history: History, missed: Promise, on: date) -> Promise:
    """A missed promise ended when the next one was seen, or when the source was last known to show another or none."""
    later = [promise for promise in history if promise.first_seen_on > on]
    if later:
        successor = min(later, key=lambda promise: (promise.first_seen_on, promise.sequence))
        return _replaced(missed, successor, successor.first_seen_on)
    in_force = next((promise.sequence for promise in history if promise.ended_on is None), None)
    return replace(missed, ended_on=max(promise.last_known_on for promise in history), replaced_by=in_force)
