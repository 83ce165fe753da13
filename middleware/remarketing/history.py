"""A change of a request's status as the history keeps it (R09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drawbar.middleware.remarketing.statuses import RemarketingStatus


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change, numbered from 1 within its request; `before` is None for the first, `ended_at` while it lasts."""

    number: int
    before: RemarketingStatus | None
    status: RemarketingStatus
    who: str
    source: str
    started_at: datetime
    comment: str = ""
    ended_at: datetime | None = None
