from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.middleware.collections.assessment import JudgedPromise
from drawbar.middleware.collections.promises import History, observe, withdraw
from drawbar.middleware.collections.records import CurrentPromise, PaymentEntry, PromiseStatus
from drawbar.middleware.collections.verdicts import judge, summarize
from tests.middleware.collections.samples import TERMS, bounced, march, payment, promised

OPEN, KEPT, PARTLY, BROKEN, SUPERSEDED, CANCELLED = PromiseStatus

FIRST = promised("500.00", march(10), taken=march(2))
SECOND = promised("300.00", march(20), taken=march(6))
SEEN = [(march(3), FIRST)]
REPLACED = [*SEEN, (march(7), SECOND)]
GONE = [*SEEN, (march(5), None)]

Sightings = Sequence[tuple[date, CurrentPromise | None]]


def history(sightings: Sightings) -> History:
    known: History = ()
    for on, seen in sightings:
        known = withdraw(known, on) if seen is None else observe(known, seen, on, TERMS)
    return known


@dataclass(frozen=True)
class Rule:
    says: str
    sightings: Sightings
    payments: Sequence[PaymentEntry]
    today: date
    verdicts: Sequence[tuple[PromiseStatus, date | None, str]]


RULES = [
    Rule("a promise is open until its grace days are over", SEEN, [], march(13), [(OPEN, None, "0.00")]),
    Rule("then it is broken", SEEN, [], march(14), [(BROKEN, march(14), "0.00")]),
    Rule(
        "it is kept at once when all of it has come",
        SEEN,
        [payment("P1", "500.00", march(4))],
        march(4),
        [(KEPT, march(4), "500.00")],
    ),
    Rule(
        "several payments keep it together",
        SEEN,
        [payment("P1", "200.00", march(4)), payment("P2", "300.00", march(8))],
        march(9),
        [(KEPT, march(8), "500.00")],
    ),
    Rule(
        "money on the day it was taken counts",
        SEEN,
        [payment("P1", "500.00", march(2))],
        march(3),
        [(KEPT, march(2), "500.00")],
    ),
    Rule(
        "money from before it was taken does not",
        SEEN,
        [payment("P1", "500.00", march(1))],
        march(14),
        [(BROKEN, march(14), "0.00")],
    ),
    Rule(
        "money on the last grace day counts",
        SEEN,
        [payment("P1", "500.00", march(13))],
        march(14),
        [(KEPT, march(13), "500.00")],
    ),
    Rule(
        "money on the day after does not",
        SEEN,
        [payment("P1", "500.00", march(14))],
        march(14),
        [(BROKEN, march(14), "0.00")],
    ),
    Rule(
        "money posted late counts by its effective date",
        SEEN,
        [payment("P1", "500.00", march(9), posted=march(25))],
        march(25),
        [(KEPT, march(9), "500.00")],
    ),
    Rule(
        "money that is effective later does not count yet",
        SEEN,
        [payment("P1", "500.00", march(8), posted=march(4))],
        march(7),
        [(OPEN, None, "0.00")],
    ),
    Rule(
        "what is missing within the tolerance is forgiven",
        SEEN,
        [payment("P1", "490.00", march(4))],
        march(4),
        [(KEPT, march(4), "490.00")],
    ),
    Rule(
        "a cent more is not: the promise is partly kept",
        SEEN,
        [payment("P1", "489.99", march(4))],
        march(14),
        [(PARTLY, march(14), "489.99")],
    ),
    Rule(
        "a reversed payment does not count",
        SEEN,
        [bounced(payment("P1", "500.00", march(4)), march(20))],
        march(20),
        [(BROKEN, march(14), "0.00")],
    ),
    Rule(
        "a reversal within the window leaves the promise open",
        SEEN,
        [bounced(payment("P1", "500.00", march(4)), march(8))],
        march(8),
        [(OPEN, None, "0.00")],
    ),
    Rule(
        "a promise replaced before its date is superseded",
        REPLACED,
        [],
        march(7),
        [(SUPERSEDED, march(6), "0.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "also when part of it had come",
        REPLACED,
        [payment("P1", "100.00", march(4))],
        march(7),
        [(SUPERSEDED, march(6), "100.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "money after it was replaced counts for the new promise",
        REPLACED,
        [payment("P1", "300.00", march(7))],
        march(7),
        [(SUPERSEDED, march(6), "0.00"), (KEPT, march(7), "300.00")],
    ),
    Rule(
        "a promise that was paid before it was replaced is kept",
        REPLACED,
        [payment("P1", "500.00", march(5))],
        march(7),
        [(KEPT, march(5), "500.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "a promise replaced after its date is broken, not superseded",
        [*SEEN, (march(12), promised("300.00", march(20), taken=march(11)))],
        [],
        march(12),
        [(BROKEN, march(11), "0.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "a promise replaced after its window is judged by its own window",
        [*SEEN, (march(16), promised("300.00", march(20), taken=march(16)))],
        [payment("P1", "500.00", march(13))],
        march(16),
        [(KEPT, march(13), "500.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "a payment counts towards the earliest promise that it can keep",
        [*SEEN, (march(5), promised("500.00", march(12), taken=march(5)))],
        [payment("P1", "500.00", march(5))],
        march(6),
        [(KEPT, march(5), "500.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "and towards one promise only, whole",
        [*SEEN, (march(5), promised("200.00", march(12), taken=march(5)))],
        [payment("P1", "700.00", march(5))],
        march(6),
        [(KEPT, march(5), "700.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "money beyond a promise that is paid counts towards the next",
        [*SEEN, (march(5), promised("200.00", march(12), taken=march(5)))],
        [payment("P1", "500.00", march(5)), payment("P2", "200.00", march(5))],
        march(6),
        [(KEPT, march(5), "500.00"), (KEPT, march(5), "200.00")],
    ),
    Rule(
        "of money that comes on one day the largest payment counts first",
        [*SEEN, (march(5), promised("200.00", march(12), taken=march(5)))],
        [payment("P1", "200.00", march(5)), payment("P2", "500.00", march(5))],
        march(6),
        [(KEPT, march(5), "500.00"), (KEPT, march(5), "200.00")],
    ),
    Rule(
        "a promise that is gone before its date is cancelled",
        GONE,
        [],
        march(5),
        [(CANCELLED, march(5), "0.00")],
    ),
    Rule(
        "a promise that is gone because it was paid is kept, even when the payment shows later",
        GONE,
        [payment("P1", "500.00", march(5), posted=march(8))],
        march(8),
        [(KEPT, march(5), "500.00")],
    ),
    Rule(
        "money after it was cancelled does not revive it",
        GONE,
        [payment("P1", "500.00", march(6))],
        march(8),
        [(CANCELLED, march(5), "0.00")],
    ),
    Rule(
        "a promise that is gone after its date keeps its grace days",
        [*SEEN, (march(11), None)],
        [],
        march(13),
        [(OPEN, None, "0.00")],
    ),
    Rule(
        "and is broken when they are over",
        [*SEEN, (march(11), None)],
        [],
        march(14),
        [(BROKEN, march(14), "0.00")],
    ),
    Rule(
        "a promise that looked paid when it ended is broken by the reversal, not superseded",
        REPLACED,
        [bounced(payment("P1", "500.00", march(5)), march(15))],
        march(15),
        [(BROKEN, march(14), "0.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "a promise whose money had bounced before it was replaced is superseded",
        REPLACED,
        [bounced(payment("P1", "500.00", march(4)), march(5))],
        march(15),
        [(SUPERSEDED, march(6), "0.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "money that was posted after a promise was replaced does not make it look paid then",
        REPLACED,
        [bounced(payment("P1", "300.00", march(4)), march(15)), payment("P2", "300.00", march(4), posted=march(15))],
        march(15),
        [(SUPERSEDED, march(6), "300.00"), (OPEN, None, "0.00")],
    ),
    Rule(
        "a promise that looked paid when it was gone is broken by the reversal, not cancelled",
        GONE,
        [bounced(payment("P1", "500.00", march(4)), march(20))],
        march(20),
        [(BROKEN, march(14), "0.00")],
    ),
    Rule(
        "a cancelled promise that is shown again is open again",
        [*GONE, (march(6), FIRST)],
        [],
        march(6),
        [(OPEN, None, "0.00")],
    ),
    Rule(
        "a superseded promise that is shown again is judged again",
        [*REPLACED, (march(8), FIRST)],
        [payment("P1", "500.00", march(9))],
        march(9),
        [(KEPT, march(9), "500.00"), (SUPERSEDED, march(8), "0.00")],
    ),
]


@pytest.mark.spec("P05", "P26")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_rule(rule: Rule) -> None:
    promises = history(rule.sightings)
    judgement = judge(promises, rule.payments, rule.today)
    decided = [judgement.verdicts[promise.sequence] for promise in promises]
    assert [(verdict.status, verdict.decided_on, str(verdict.paid_amount)) for verdict in decided] == rule.verdicts
    assert judge(promises, list(reversed(rule.payments)), rule.today) == judgement


@pytest.mark.spec("P05")
@pytest.mark.parametrize(
    ("sightings", "payments", "today", "reason"),
    [
        (SEEN, [], march(5), "Nothing of $500.00 came so far; money effective through 2026-03-13 counts."),
        (
            SEEN,
            [payment("P1", "490.00", march(4))],
            march(4),
            "$490.00 of $500.00 came, promised for 2026-03-10; the missing $10.00 are within the tolerance.",
        ),
        (
            SEEN,
            [payment("P1", "1200.00", march(4))],
            march(4),
            "$1,200.00 of $500.00 came, promised for 2026-03-10.",
        ),
        (
            SEEN,
            [payment("P1", "200.00", march(4))],
            march(14),
            "$200.00 of $500.00 came by 2026-03-13, promised for 2026-03-10.",
        ),
        (
            SEEN,
            [bounced(payment("P1", "500.00", march(4)), march(20))],
            march(20),
            "Nothing of $500.00 came by 2026-03-13, promised for 2026-03-10;"
            " payment P1 of $500.00 was reversed on 2026-03-20.",
        ),
        (
            REPLACED,
            [],
            march(7),
            "Replaced by promise 2 on 2026-03-06, before 2026-03-10 had passed; nothing of $500.00 came.",
        ),
        (
            GONE,
            [payment("P1", "20.00", march(4))],
            march(5),
            "No longer shown on 2026-03-05, before 2026-03-10 had passed; $20.00 of $500.00 came.",
        ),
    ],
)
def test_each_verdict_says_why_in_one_sentence(
    sightings: Sightings, payments: Sequence[PaymentEntry], today: date, reason: str
) -> None:
    assert judge(history(sightings), payments, today).verdicts[1].reason == reason


@pytest.mark.spec("P05")
def test_the_summary_counts_what_was_decided_and_shows_the_open_promise() -> None:
    terms = [("Kept", 4), ("Partly Kept", 5), ("Broken", 6), ("Broken", 8), ("Cancelled", 9), ("Superseded", 9)]
    known = JudgedPromise(history(SEEN)[0]).entry()
    entries = [
        replace(known, sequence=number, status=PromiseStatus(status), decided_on=march(day))
        for number, (status, day) in enumerate(terms, start=1)
    ]
    summary = summarize([*entries, replace(known, sequence=7)])
    assert (summary.kept_count, summary.broken_count, summary.kept_rate) == (1, 2, Decimal("25.00"))
    assert (summary.last_broken_on, summary.open_promise_for) == (march(8), march(10))
    assert summary.open_promise_amount == Decimal("500.00")


@pytest.mark.spec("P05")
def test_without_a_decided_promise_there_is_no_kept_rate() -> None:
    summary = summarize([JudgedPromise(history(SEEN)[0]).entry()])
    assert (summary.kept_rate, summary.broken_count, summary.last_broken_on) == (None, 0, None)


DAYS = st.integers(1, 28).map(march)
AMOUNTS = st.sampled_from(["50.00", "150.00", "300.00", "490.00", "500.00", "700.00"])
PROMISED = st.builds(
    lambda amount, due, taken: promised(amount, due, taken=taken),
    st.sampled_from(["300.00", "500.00"]),
    DAYS,
    DAYS,
)
SIGHTINGS = st.lists(st.tuples(DAYS, st.none() | PROMISED), max_size=5).map(lambda seen: sorted(seen, key=_by_day))
PAYMENTS = st.lists(st.tuples(AMOUNTS, DAYS, st.integers(0, 5), st.none() | DAYS), max_size=6)


def _by_day(sighting: tuple[date, CurrentPromise | None]) -> date:
    return sighting[0]


def received(drawn: Sequence[tuple[str, date, int, date | None]]) -> list[PaymentEntry]:
    entries = []
    for number, (amount, effective, delay, reversed_on) in enumerate(drawn):
        posted = date.fromordinal(effective.toordinal() + delay)
        entry = payment(f"P{number}", amount, effective, posted=posted)
        entries.append(entry if reversed_on is None else replace(entry, reversed_on=max(posted, reversed_on)))
    return entries


@pytest.mark.spec("P05")
@given(sightings=SIGHTINGS, drawn=PAYMENTS, today=DAYS)
def test_counted_money_is_good_money_and_counted_once(
    sightings: Sightings, drawn: list[tuple[str, date, int, date | None]], today: date
) -> None:
    payments, promises = received(drawn), history(sightings)
    judgement = judge(promises, payments, today)
    good = {entry.payment_number: entry for entry in payments if entry.reversed_on is None}
    assert judgement.counted.keys() <= good.keys()
    for promise in promises:
        counted = [good[number] for number, towards in judgement.counted.items() if towards == promise.sequence]
        verdict = judgement.verdicts[promise.sequence]
        assert verdict.paid_amount == sum(entry.amount for entry in counted)
        assert all(promise.taken_on <= entry.effective_on <= promise.counts_through for entry in counted)
        assert (verdict.status is KEPT) == (verdict.paid_amount >= promise.enough)


@pytest.mark.spec("P05")
@given(sightings=SIGHTINGS, drawn=PAYMENTS, today=DAYS, index=st.integers(0, 5), lag=st.integers(0, 9))
def test_a_payment_reversed_and_posted_again_gives_the_same_verdict(
    sightings: Sightings, drawn: list[tuple[str, date, int, date | None]], today: date, index: int, lag: int
) -> None:
    payments, promises = received(drawn), history(sightings)
    before = judge(promises, payments, today)
    bouncing = next((entry for entry in payments[index:] if entry.reversed_on is None), None)
    if bouncing is None:
        return
    gone_on = date.fromordinal(bouncing.posted_on.toordinal() + lag)
    again = replace(bouncing, payment_number=bouncing.payment_number + "R", posted_on=gone_on)
    others = [entry for entry in payments if entry is not bouncing]
    after = judge(promises, [*others, bounced(bouncing, gone_on), again], today)
    assert _without_reasons(after.verdicts) == _without_reasons(before.verdicts)


def _without_reasons(verdicts: object) -> list[object]:
    assert isinstance(verdicts, dict)
    return [replace(verdict, reason="") for _, verdict in sorted(verdicts.items())]
