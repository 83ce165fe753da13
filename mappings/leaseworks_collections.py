"""LeaseWorks records as the collections rules take them in (P01, P05)."""

from __future__ import annotations

from drawbar.connectors.leaseworks.records import AccountStatus, LeaseAccount, Payment, Promise
from drawbar.middleware.collections.records import AccountStanding, CurrentPromise, PaymentEntry


def to_standing(record: LeaseAccount) -> AccountStanding:
    """Give what decides an account's delinquency; only an active account is serviced, any other has left the book."""
    serviced = record.status is AccountStatus.ACTIVE
    return AccountStanding(
        account_number=record.account_number,
        lessee_number=record.lessee_number,
        portfolio=record.portfolio,
        serviced=serviced,
        past_due_since=record.past_due_since,
        past_due_amount=record.past_due_amount,
        late_fees=record.late_fees,
        missed_payments=record.missed_payments,
        next_due_date=record.next_due_date,
        payment_amount=record.payment_amount,
        updated_at=record.updated_at,
        left_as="" if serviced else record.status.value,
    )


def to_payment_entry(record: Payment) -> PaymentEntry:
    """Give a payment as promises are judged by it."""
    return PaymentEntry(
        payment_number=record.payment_number,
        account_number=record.account_number,
        effective_on=record.effective_on,
        posted_on=record.posted_on,
        amount=record.amount,
        reversed_on=record.reversed_on,
        updated_at=record.updated_at,
    )


def to_current_promise(record: Promise) -> CurrentPromise:
    """Give the one promise that LeaseWorks shows for an account."""
    return CurrentPromise(
        account_number=record.account_number,
        promised_for=record.promised_for,
        amount=record.amount,
        taken_on=record.taken_on,
        taken_by=record.taken_by,
        channel=record.channel.value,
    )
