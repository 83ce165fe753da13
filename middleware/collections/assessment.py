"""Concludes everything about one account on one day, from all that is known of it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from drawbar.middleware.collections import cases as case_rules
from drawbar.middleware.collections.delinquency import Delinquency, delinquency
from drawbar.middleware.collections.promises import Promise
from drawbar.middleware.collections.records import (
    AccountStanding,
    Assessment,
    DelinquencyCase,
    PaymentEntry,
    PromiseHistoryEntry,
    PromiseStatus,
)
from drawbar.middleware.collections.settings import CollectionSettings
from drawbar.middleware.collections.verdicts import (
    UNJUDGED,
    Judgement,
    Verdict,
    VerdictChange,
    explain,
    judge,
    summarize,
)


@dataclass(frozen=True, slots=True)
class JudgedPromise:
    """A promise with its present verdict; `trace_length` counts the verdict changes traced so far."""

    promise: Promise
    verdict: Verdict = UNJUDGED
    trace_length: int = 0

    def entry(self) -> PromiseHistoryEntry:
        """Give it as an entry of the account's history."""
        promise, verdict = self.promise, self.verdict
        return PromiseHistoryEntry(
            key=promise.key,
            account_number=promise.account_number,
            sequence=promise.sequence,
            promised_for=promise.promised_for,
            amount=promise.amount,
            taken_on=promise.taken_on,
            taken_by=promise.taken_by,
            channel=promise.channel,
            first_seen_on=promise.first_seen_on,
            status=verdict.status,
            decided_on=verdict.decided_on,
            paid_amount=verdict.paid_amount,
            last_paid_on=verdict.last_paid_on,
            reason=verdict.reason,
            verdict_changes=max(0, self.trace_length - 1),
        )


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """All that is known of one account: what the sources said, and what was concluded last.

    `counted` names, by payment number, the promise that each payment counted towards; `cases` are oldest first.
    """

    standing: AccountStanding
    assessed_on: date | None
    promises: Sequence[JudgedPromise]
    payments: Sequence[PaymentEntry]
    counted: Mapping[str, int]
    cases: tuple[DelinquencyCase, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from the facts, and `look_again_on`, the day from which it changes by time alone (None: never)."""

    assessment: Assessment
    promises: tuple[JudgedPromise, ...]
    counted: Mapping[str, int]
    changes: tuple[VerdictChange, ...]
    look_again_on: date | None


def conclude(facts: AccountFacts, as_of: date, now: datetime, settings: CollectionSettings) -> Conclusion:
    """Assess an account as of a day, or as of the day it was last assessed for when that is later.

    So news of an older day never takes an account back; what it adds (a payment that was missing) still counts.
    """
    day = as_of if facts.assessed_on is None else max(as_of, facts.assessed_on)
    rules = settings.rules_for(facts.standing.portfolio)
    late = delinquency(facts.standing, day, rules)
    judgement = judge((judged.promise for judged in facts.promises), facts.payments, day)
    changes = tuple(_changes(facts, judgement, day, now))
    promises = _judged(facts.promises, judgement, changes)
    action = case_rules.decide(facts.cases, case_rules.account_is(facts.standing, late), day, settings.case_reopen_days)
    reason = case_rules.close_reason(facts.standing, late, rules)
    cases = case_rules.apply(action, facts.cases, facts.standing.account_number, day, reason)
    return Conclusion(
        assessment=_assessment(facts.standing, day, late, cases, promises),
        promises=promises,
        counted=judgement.counted,
        changes=changes,
        look_again_on=_look_again_on(facts, promises, day),
    )


def _changes(facts: AccountFacts, judgement: Judgement, day: date, now: datetime) -> Iterator[VerdictChange]:
    for judged in facts.promises:
        old, new = judged.verdict, judgement.verdicts[judged.promise.sequence]
        if new.status is old.status:
            continue
        sequence = judged.promise.sequence
        before, after = _counted_towards(sequence, facts.counted), _counted_towards(sequence, judgement.counted)
        gained = [payment for payment in facts.payments if payment.payment_number in after - before]
        lost = [payment for payment in facts.payments if payment.payment_number in before - after]
        why, payment_number = explain(old, new, gained, lost)
        yield VerdictChange(
            account_number=facts.standing.account_number,
            sequence=sequence,
            number=judged.trace_length + 1,
            old=old.status,
            new=new.status,
            as_of=day,
            changed_at=now,
            why=why,
            payment_number=payment_number,
        )


def _counted_towards(sequence: int, counted: Mapping[str, int]) -> set[str]:
    return {payment_number for payment_number, towards in counted.items() if towards == sequence}


def _judged(
    promises: Sequence[JudgedPromise], judgement: Judgement, changes: Sequence[VerdictChange]
) -> tuple[JudgedPromise, ...]:
    changed = {change.sequence for change in changes}
    return tuple(
        replace(
            judged,
            verdict=judgement.verdicts[judged.promise.sequence],
            trace_length=judged.trace_length + (judged.promise.sequence in changed),
        )
        for judged in promises
    )


def _assessment(
    standing: AccountStanding,
    day: date,
    late: Delinquency,
    cases: tuple[DelinquencyCase, ...],
    promises: Sequence[JudgedPromise],
) -> Assessment:
    entries = history_entries(promises)
    return Assessment(
        account_number=standing.account_number,
        lessee_number=standing.lessee_number,
        as_of=day,
        days_past_due=late.days_past_due,
        bucket=late.bucket,
        standing=standing,
        cases=cases,
        promises=entries,
        promise_summary=summarize(entries),
    )


def history_entries(promises: Sequence[JudgedPromise]) -> tuple[PromiseHistoryEntry, ...]:
    """Give the promises as history entries, oldest first."""
    ordered = sorted(promises, key=lambda judged: (judged.promise.first_seen_on, judged.promise.sequence))
    return tuple(judged.entry() for judged in ordered)


def _look_again_on(facts: AccountFacts, promises: Sequence[JudgedPromise], day: date) -> date | None:
    if facts.standing.serviced and facts.standing.past_due_since is not None:
        return day + timedelta(days=1)
    windows_over = [
        judged.promise.counts_through + timedelta(days=1)
        for judged in promises
        if judged.verdict.status is PromiseStatus.OPEN
    ]
    coming = [payment.effective_on for payment in facts.payments if payment.effective_on > day] if promises else []
    return min((*windows_over, *coming), default=None)
