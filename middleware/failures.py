"""A record that could not be brought into step, as it is told to the people who work with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drawbar.middleware.records import Reference


@dataclass(frozen=True, slots=True)
class RecordFailure:
    """Why one record of the target is not in step, since when, and what to do (P30).

    `object` and `key` name the record that failed. `shown_on` are records that exist at the target, at most one of
    each object, on whose pages the failure shall show; the failed record itself is among them only if it exists.
    """

    object: str
    key: str
    code: str
    message: str
    fields: tuple[str, ...]
    remedy: str
    first_failed_at: datetime
    last_failed_at: datetime
    attempts: int
    shown_on: tuple[Reference, ...] = ()
