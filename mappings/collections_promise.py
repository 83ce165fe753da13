"""Promise of an account's history → Promise_To_Pay__c (P05, P26)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.promise_to_pay import PromiseToPay
from drawbar.mappings.contact_channels import CHANNEL
from drawbar.mappings.words import at_noon, optional_line, optional_lines, our_word
from drawbar.middleware.collections.records import PromiseHistoryEntry, PromiseStatus

STATUS = {
    PromiseStatus.OPEN: "Open",
    PromiseStatus.KEPT: "Kept",
    PromiseStatus.PARTLY_KEPT: "Partly Kept",
    PromiseStatus.BROKEN: "Broken",
    PromiseStatus.SUPERSEDED: "Superseded",
    PromiseStatus.CANCELLED: "Cancelled",
}
CHANNEL_WORDS = {channel.value: word for channel, word in CHANNEL.items()}


def to_salesforce(promise: PromiseHistoryEntry, *, now: datetime) -> PromiseToPay:
    """Map a promise with its present verdict; its last change is the latest day that its history speaks of."""
    record = f"promise {promise.key}"
    days = (promise.first_seen_on, promise.decided_on, promise.last_paid_on)
    return PromiseToPay(
        promise_key=promise.key,
        name=promise.key,
        lease_account=promise.account_number,
        sequence=promise.sequence,
        promised_date=promise.promised_for,
        amount=promise.amount,
        taken_date=promise.taken_on,
        taken_by=optional_line(promise.taken_by),
        channel=our_word(CHANNEL_WORDS, promise.channel, record=record, field="channel"),
        first_seen_date=promise.first_seen_on,
        status=our_word(STATUS, promise.status, record=record, field="status"),
        decided_date=promise.decided_on,
        paid_amount=promise.paid_amount,
        last_paid_date=promise.last_paid_on,
        reason=optional_lines(promise.reason),
        verdict_changes=promise.verdict_changes,
        source_system="LeaseWorks",
        source_updated=at_noon(max(day for day in days if day is not None)),
        last_synced=now,
    )
