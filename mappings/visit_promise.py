"""A promise that was taken on a field visit → Field_Visit__c, which promise of the account it is (F11)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.field_visit import FieldVisitPromise


def to_salesforce(key: str, promise_key: str, *, now: datetime) -> FieldVisitPromise:
    """Map which promise of its account a visit has led to."""
    return FieldVisitPromise(visit_key=key, promise=promise_key, last_synced=now)
