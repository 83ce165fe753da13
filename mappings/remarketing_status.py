"""Change of a request's status → Remarketing_Status__c (R09)."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from drawbar.connectors.salesforce.records.remarketing_status import RemarketingStatusRecord
from drawbar.mappings.words import optional_line, optional_lines, shortened
from drawbar.middleware.remarketing.history import StatusChange

SALESFORCE: Final = "salesforce"
"""The source of changes that people make in Salesforce."""


def key_of(request: str, number: int) -> str:
    """Give the key of a change: its request and its number there."""
    return f"{request}-S{number}"


def to_salesforce(request: str, change: StatusChange, *, now: datetime) -> RemarketingStatusRecord:
    """Map one change; `request` is the number of its request."""
    rest = f"drawbar auctions history {request}"
    system: Literal["Salesforce", "Drawbar"] = "Salesforce" if change.source == SALESFORCE else "Drawbar"
    return RemarketingStatusRecord(
        key=key_of(request, change.number),
        remarketing=request,
        before=change.before.value if change.before else None,
        status=change.status.value,
        who=optional_line(shortened(change.who, 120, rest)),
        started_at=change.started_at,
        ended_at=change.ended_at,
        comment=optional_lines(change.comment),
        source_system=system,
        source_updated=change.ended_at or change.started_at,
        last_synced=now,
    )
