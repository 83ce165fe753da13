"""Decides from payments how each promise of an account stands or ended, and says why (P05, P26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from drawbar.middleware.collections.promises import Promise
from drawbar.middleware.collections.records import PaymentEntry, PromiseHistoryEntry, PromiseStatus, PromiseSummary
from drawbar.middleware.units import to_cents

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a promise stands. `decided_on` is the day from which the facts bear the verdict out, None while open.

    `paid_amount` is in US dollars; `reason` is one sentence for people.
    """

    status: PromiseStatus
    decided_on: date | None
    paid_amount: Decimal
    last_paid_on: date | None
    reason: str


UNJUDGED = Verdict(PromiseStatus.OPEN, None, NOTHING, None, "Not judged yet.")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of each promise by its sequence, and the promise that each counted payment counts towards."""

    verdicts: Mapping[int, Verdict]
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One line of a promise's trace: its verdict changed on business day `as_of`, noticed at `changed_at`.

    `payment_number` is the payment whose coming, reversal or change caused it, None when none did.
    """

    account_number: str
    sequence: int
    number: int
    old: PromiseStatus
    new: PromiseStatus
    as_of: date
    changed_at: datetime
    why: str
    payment_number: str | None


@dataclass(frozen=True, slots=True)
class _Window:
    """The last effective date that counts for a promise; `cut` when its end came before its own last day."""

    last_day: date
    cut: bool


def judge(promises: Iterable[Promise], payments: Iterable[PaymentEntry], as_of: date) -> Judgement:
    """Judge all promises of one account by all its payments, as both are known on `as_of`.

    A payment counts towards one promise, whole: the one taken earliest among those whose window holds its effective
    date and that is not paid yet. The window runs from the day the promise was taken through its grace days, or until
    it was replaced or withdrawn. Reversed payments do not count.
    """
    remaining = sorted((payment for payment in payments if payment.effective_on <= as_of), key=_payment_order)
    verdicts: dict[int, Verdict] = {}
    counted: dict[str, int] = {}
    for promise in sorted(promises, key=lambda item: (item.taken_on, item.promised_for, item.sequence)):
        window = _window(promise, remaining)
        taken = _take(promise, window, remaining)
        counted |= dict.fromkeys((payment.payment_number for payment in taken), promise.sequence)
        verdicts[promise.sequence] = _verdict(promise, window, taken, remaining, as_of)
        remaining = [payment for payment in remaining if payment.payment_number not in counted]
    return Judgement(verdicts, counted)


def _payment_order(payment: PaymentEntry) -> tuple[date, Decimal, date, str]:
    """Order by effective date, of one day the largest first, so that posting a payment anew does not move it."""
    return payment.effective_on, -payment.amount, payment.posted_on, payment.payment_number


def _window(promise: Promise, payments: Sequence[PaymentEntry]) -> _Window:
    end = promise.ended_on
    withdrawn_after_its_date = promise.replaced_by is None and end is not None and end > promise.promised_for
    if end is None or end > promise.counts_through or withdrawn_after_its_date:
        return _Window(promise.counts_through, cut=False)
    if _stood_as_paid(promise, payments, end):
        return _Window(promise.counts_through, cut=False)
    return _Window(end, cut=True)


def _stood_as_paid(promise: Promise, payments: Sequence[PaymentEntry], end: date) -> bool:
    """Tell whether a promise looked kept when it ended; then it ended for that, and a later reversal breaks it."""
    came = sum(
        payment.amount
        for payment in payments
        if promise.taken_on <= payment.effective_on <= end
        and payment.posted_on <= end
        and (payment.reversed_on is None or payment.reversed_on > end)
    )
    return came >= promise.enough


def _take(promise: Promise, window: _Window, payments: Sequence[PaymentEntry]) -> list[PaymentEntry]:
    taken: list[PaymentEntry] = []
    paid = NOTHING
    for payment in payments:
        if paid >= promise.enough:
            break
        if payment.reversed_on is None and promise.taken_on <= payment.effective_on <= window.last_day:
            taken.append(payment)
            paid += payment.amount
    return taken


def _verdict(
    promise: Promise, window: _Window, taken: Sequence[PaymentEntry], payments: Sequence[PaymentEntry], as_of: date
) -> Verdict:
    paid = sum((payment.amount for payment in taken), NOTHING)
    status = _status(promise, window, paid, as_of)
    last_paid_on = taken[-1].effective_on if taken else None
    decided_on = _decided_on(status, window, last_paid_on)
    reason = _REASONS[status](promise, window, paid) + _bounced(promise, window, payments)
    return Verdict(status, decided_on, paid, last_paid_on, reason + ".")


def _status(promise: Promise, window: _Window, paid: Decimal, as_of: date) -> PromiseStatus:
    if paid >= promise.enough:
        return PromiseStatus.KEPT
    if window.cut and window.last_day <= promise.promised_for:
        return PromiseStatus.CANCELLED if promise.replaced_by is None else PromiseStatus.SUPERSEDED
    if not window.cut and as_of <= window.last_day:
        return PromiseStatus.OPEN
    return PromiseStatus.PARTLY_KEPT if paid else PromiseStatus.BROKEN


def _decided_on(status: PromiseStatus, window: _Window, last_paid_on: date | None) -> date | None:
    if status is PromiseStatus.OPEN:
        return None
    if status is PromiseStatus.KEPT:
        return last_paid_on
    return window.last_day if window.cut else window.last_day + timedelta(days=1)


def _kept(promise: Promise, _window: _Window, paid: Decimal) -> str:
    text = f"{_came(promise, paid)}, promised for {promise.promised_for}"
    short = promise.amount - paid
    return f"{text}; the missing {usd(short)} are within the tolerance" if short > 0 else text


def _open(promise: Promise, window: _Window, paid: Decimal) -> str:
    return f"{_came(promise, paid)} so far; money effective through {window.last_day} counts"


def _ended_short(promise: Promise, window: _Window, paid: Decimal) -> str:
    return f"{_came(promise, paid)} by {window.last_day}, promised for {promise.promised_for}"


def _superseded(promise: Promise, window: _Window, paid: Decimal) -> str:
    return (
        f"Replaced by promise {promise.replaced_by} on {window.last_day}, before {promise.promised_for} had passed;"
        f" {_came(promise, paid).lower()}"
    )


def _cancelled(promise: Promise, window: _Window, paid: Decimal) -> str:
    return (
        f"No longer shown on {window.last_day}, before {promise.promised_for} had passed;"
        f" {_came(promise, paid).lower()}"
    )


_REASONS = {
    PromiseStatus.KEPT: _kept,
    PromiseStatus.OPEN: _open,
    PromiseStatus.PARTLY_KEPT: _ended_short,
    PromiseStatus.BROKEN: _ended_short,
    PromiseStatus.SUPERSEDED: _superseded,
    PromiseStatus.CANCELLED: _cancelled,
}


def _came(promise: Promise, paid: Decimal) -> str:
    return f"{usd(paid) if paid else 'Nothing'} of {usd(promise.amount)} came"


def _bounced(promise: Promise, window: _Window, payments: Sequence[PaymentEntry]) -> str:
    """Name the last payment that would have counted had it not been reversed."""
    bounced = [
        payment
        for payment in payments
        if payment.reversed_on is not None and promise.taken_on <= payment.effective_on <= window.last_day
    ]
    if not bounced:
        return ""
    last = max(bounced, key=lambda payment: (payment.reversed_on, payment.payment_number))
    return f"; payment {last.payment_number} of {usd(last.amount)} was reversed on {last.reversed_on}"


def explain(
    old: Verdict, new: Verdict, gained: Sequence[PaymentEntry], lost: Sequence[PaymentEntry]
) -> tuple[str, str | None]:
    """Say why a verdict changed, and which payment caused it, from the payments that it has gained and lost."""
    if gained and not (lost and new.paid_amount < old.paid_amount):
        last = max(gained, key=_payment_order)
        cause = (
            f"Payment {last.payment_number} of {usd(last.amount)} counts"
            f" (effective {last.effective_on}, posted {last.posted_on})."
        )
        return f"{cause} {new.reason}", last.payment_number
    if lost:
        first = min(lost, key=_payment_order)
        what = f"was reversed on {first.reversed_on}" if first.reversed_on else "no longer counts towards this promise"
        return f"Payment {first.payment_number} of {usd(first.amount)} {what}. {new.reason}", first.payment_number
    if old.status in _ENDED_BY_THE_SOURCE and new.status not in _ENDED_BY_THE_SOURCE:
        return f"The promise is shown again. {new.reason}", None
    return new.reason, None


_ENDED_BY_THE_SOURCE = (PromiseStatus.SUPERSEDED, PromiseStatus.CANCELLED)


def summarize(entries: Sequence[PromiseHistoryEntry]) -> PromiseSummary:
    """Sum up how an account keeps its word; of several open promises the one that became known last is shown."""
    kept, partly, broken = (
        [entry for entry in entries if entry.status is status]
        for status in (PromiseStatus.KEPT, PromiseStatus.PARTLY_KEPT, PromiseStatus.BROKEN)
    )
    decided = len(kept) + len(partly) + len(broken)
    still_open = [entry for entry in entries if entry.status is PromiseStatus.OPEN]
    latest = max(still_open, key=lambda entry: entry.sequence, default=None)
    return PromiseSummary(
        kept_count=len(kept),
        broken_count=len(broken),
        kept_rate=to_cents(Decimal(100 * len(kept)) / decided) if decided else None,
        last_broken_on=max((entry.decided_on for entry in broken if entry.decided_on), default=None),
        open_promise_for=latest.promised_for if latest else None,
        open_promise_amount=latest.amount if latest else None,
    )


def usd(amount: Decimal) -> str:
    """Write an amount for people: `$1,234.50`."""
    return f"${amount:,.2f}"
