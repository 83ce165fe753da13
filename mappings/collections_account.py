"""Assessment of an account → the part of Lease_Account__c that Drawbar concludes (P01, P05)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.lease_account import LeaseAccountCollections
from drawbar.middleware.collections.records import Assessment


def to_salesforce(assessment: Assessment, *, now: datetime) -> LeaseAccountCollections:
    """Map how late the account is and how it keeps its word."""
    promises = assessment.promise_summary
    return LeaseAccountCollections(
        leaseworks_id=assessment.account_number,
        days_past_due=assessment.days_past_due,
        delinquency_bucket=assessment.bucket,
        promises_kept=promises.kept_count,
        promises_broken=promises.broken_count,
        promise_kept_rate=None if promises.kept_rate is None else round(promises.kept_rate, 2),
        last_broken_promise=promises.last_broken_on,
        open_promise_date=promises.open_promise_for,
        open_promise_amount=promises.open_promise_amount,
        assessed_on=assessment.as_of,
        last_synced=now,
    )
