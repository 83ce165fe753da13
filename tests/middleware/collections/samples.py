"""Short ways to say what a source says, for the tests of the collections rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from drawbar.middleware.collections import tables
from drawbar.middleware.collections.promises import PromiseTerms
from drawbar.middleware.collections.records import AccountStanding, CurrentPromise, PaymentEntry

ACCOUNT = "LW00001234"
TERMS = PromiseTerms(grace_days=3, tolerance_percent=Decimal(2), tolerance_dollars=Decimal("10.00"))
TABLES = [
    tables.account_standing,
    tables.payment_entry,
    tables.promise,
    tables.promise_verdict_change,
    tables.delinquency_case,
    tables.assessment_queue,
]


def march(day: int) -> date:
    return date(2026, 3, day)


def at(day: date) -> datetime:
    return datetime.combine(day, time(6), UTC)


def standing(
    account: str = ACCOUNT,
    *,
    past_due_since: date | None = None,
    owing: str = "500.00",
    serviced: bool = True,
    left_as: str = "",
    portfolio: str = "TRUCKS",
    said_on: date = date(2026, 3, 1),
) -> AccountStanding:
    late = past_due_since is not None
    return AccountStanding(
        account_number=account,
        lessee_number="L0000042",
        portfolio=portfolio,
        serviced=serviced,
        past_due_since=past_due_since,
        past_due_amount=Decimal(owing) if late else Decimal("0.00"),
        late_fees=Decimal("25.00") if late else Decimal("0.00"),
        missed_payments=1 if late else 0,
        next_due_date=date(2026, 4, 1),
        payment_amount=Decimal("500.00"),
        updated_at=at(said_on),
        left_as=left_as,
    )


def payment(
    number: str, amount: str, effective: date, *, posted: date | None = None, account: str = ACCOUNT
) -> PaymentEntry:
    return PaymentEntry(number, account, effective, posted or effective, Decimal(amount), None, at(posted or effective))


def bounced(entry: PaymentEntry, on: date) -> PaymentEntry:
    return replace(entry, reversed_on=on, updated_at=at(on))


def promised(
    amount: str, due: date, *, taken: date, by: str = "Dana", channel: str = "Phone", account: str = ACCOUNT
) -> CurrentPromise:
    return CurrentPromise(account, due, Decimal(amount), taken, by, channel)
