"""What the collections rules take in and give out; they know no vendor and no target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """What decides an account's delinquency, as the servicing system last said it (P01).

    `past_due_since` is the due date of the oldest unpaid invoice, None when the account is current.
    `serviced` is False for an account that has left the book (paid off, charged off, terminated, gone); `left_as`
    then says how, in the words that its case shall close with (`Paid Off`), empty when nobody said.
    """

    account_number: str
    lessee_number: str
    portfolio: str
    serviced: bool
    past_due_since: date | None
    past_due_amount: Decimal
    late_fees: Decimal
    missed_payments: int
    next_due_date: date | None
    payment_amount: Decimal
    updated_at: datetime
    left_as: str = ""


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """Money received; `reversed_on` is set once it has bounced (NSF). Amounts in US dollars, above zero.

    `updated_at` is when the source last changed it: of two versions of one payment the newer stands.
    """

    payment_number: str
    account_number: str
    effective_on: date
    posted_on: date
    amount: Decimal
    reversed_on: date | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CurrentPromise:
    """The one promise that the servicing system shows for an account today (P05, P26)."""

    account_number: str
    promised_for: date
    amount: Decimal
    taken_on: date
    taken_by: str
    channel: str


class PromiseStatus(StrEnum):
    """How a promise stands or ended (P05)."""

    OPEN = "Open"
    KEPT = "Kept"
    PARTLY_KEPT = "Partly Kept"
    BROKEN = "Broken"
    SUPERSEDED = "Superseded"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class PromiseHistoryEntry:
    """One promise of an account's history with its present verdict.

    `key` (`LW00001234-0003`) never changes. `paid_amount` is what counted towards it. `reason` says in a sentence why
    the verdict is what it is; `verdict_changes` counts how often it has changed since it was first decided.
    """

    key: str
    account_number: str
    sequence: int
    promised_for: date
    amount: Decimal
    taken_on: date
    taken_by: str
    channel: str
    first_seen_on: date
    status: PromiseStatus
    decided_on: date | None
    paid_amount: Decimal
    last_paid_on: date | None
    reason: str
    verdict_changes: int


@dataclass(frozen=True, slots=True)
class PromiseSummary:
    """How an account keeps its word.

    `kept_rate` is kept / (kept + partly kept + broken) in percent, None without any of them.
    """

    kept_count: int
    broken_count: int
    kept_rate: Decimal | None
    last_broken_on: date | None
    open_promise_for: date | None
    open_promise_amount: Decimal | None


class CaseStatus(StrEnum):
    """Where a delinquency case stands (P02)."""

    OPEN = "Open"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class DelinquencyCase:
    """One spell of delinquency of an account; at most one of an account's cases is open at any time (P02).

    `key` (`LW00001234-D001`) never changes. A case that was cured and fell behind again within the reopening
    days is opened again (`times_reopened`), later than that a new case begins.
    """

    key: str
    account_number: str
    sequence: int
    status: CaseStatus
    opened_on: date
    closed_on: date | None
    close_reason: str
    reopened_on: date | None
    times_reopened: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything the rules conclude about one account on one day; what is unchanged since the last day is given too.

    `bucket` is the standard delinquency bucket of the days past due (`Current`, `1-30`, `31-60`, `61-90`,
    `91-120`, `121+`). `cases` and `promises` are the account's complete histories, oldest first.
    """

    account_number: str
    lessee_number: str
    as_of: date
    days_past_due: int
    bucket: str
    standing: AccountStanding
    cases: tuple[DelinquencyCase, ...]
    promises: tuple[PromiseHistoryEntry, ...]
    promise_summary: PromiseSummary
