"""A field visit that a rep entered in Salesforce → Field_Visit__c, where it comes from alone (P30)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.field_visit import FieldVisitOrigin


def to_salesforce(key: str, visited_at: datetime, *, now: datetime) -> FieldVisitOrigin:
    """Map the origin of a visit: Salesforce, at the time when the rep was there."""
    return FieldVisitOrigin(visit_key=key, source_system="Salesforce", source_updated=visited_at, last_synced=now)
