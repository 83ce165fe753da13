"""Which business dates Orion is still to be given, and which days each of them covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from drawbar.connectors.orion.bundle import bundle_name
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.orion_facts import Period
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.sync.data_sets import DataSetDelivery, DataSetLog
from drawbar.middleware.sync.tables import source_delivery


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be made or finished: the days that it covers, and its number on its business date."""

    period: Period
    number: int

    @property
    def business_date(self) -> date:
        return self.period.last

    @property
    def name(self) -> str:
        return bundle_name(self.business_date, self.number)

    def as_json(self) -> dict[str, Any]:
        return {"first": self.period.first.isoformat(), "last": self.period.last.isoformat(), "number": self.number}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Due:
        days = (date.fromisoformat(stored[name]) for name in ("first", "last"))
        return cls(Period(*days), stored["number"])


def due_deliveries(hub: Hub, parameters: Mapping[str, Any]) -> list[Due]:
    """Say what is due, oldest first.

    Without parameters: what was begun, and every business date that was taken from LeaseWorks since the last complete
    delivery (the newest alone at the first time). With `date` that business date, with `again` also when it was
    delivered; `again` alone means the last one. Raises NotThere for a date that LeaseWorks has not delivered.
    """
    with reading(hub.engine) as connection:
        again = bool(parameters.get("again"))
        wanted = _asked(connection, parameters.get("date", ""), again=again)
        if wanted is not None:
            return _one(connection, wanted, again=again)
        return _following(connection)


def taken_dates(connection: Connection) -> list[date]:
    """Give the business dates whose LeaseWorks deliveries were taken in full, in order."""
    query = select(source_delivery.c.business_date).where(
        source_delivery.c.system == SYSTEM, source_delivery.c.state == "done"
    )
    return sorted(set(connection.execute(query).scalars()))


def _asked(connection: Connection, text: str, *, again: bool) -> date | None:
    if text:
        return date.fromisoformat(text)
    last = DataSetLog(connection).latest() if again else None
    return last.business_date if last is not None else None


def _one(connection: Connection, wanted: date, *, again: bool) -> list[Due]:
    taken = taken_dates(connection)
    if wanted not in taken:
        newest = f"the newest that was is of {taken[-1]}" if taken else "none was"
        raise NotThere(f"no LeaseWorks delivery of {wanted} was taken ({newest})", remedy="Run: drawbar run accounts")
    known = DataSetLog(connection).last(wanted)
    if known is not None and known.complete and not again:
        return []
    return [_due(connection, wanted, known, again=again, before=None)]


def _following(connection: Connection) -> list[Due]:
    log = DataSetLog(connection)
    taken, last = taken_dates(connection), log.latest()
    new = [each for each in taken if each > last.business_date] if last is not None else taken[-1:]
    found: list[Due] = []
    for each in sorted({*log.unfinished(), *new}):
        before = found[-1].business_date if found else None
        found.append(_due(connection, each, log.last(each), again=False, before=before))
    return found


def _due(
    connection: Connection, wanted: date, known: DataSetDelivery | None, *, again: bool, before: date | None
) -> Due:
    """Give the delivery of a date: the one that was begun, or its next; `before` is the one that goes out before it."""
    if known is not None:
        return Due(Period(known.first_day, wanted), known.number + (1 if again or known.complete else 0))
    if before is None:
        former = DataSetLog(connection).latest(before=wanted)
        before = former.business_date if former is not None else wanted - timedelta(days=1)
    return Due(Period(before + timedelta(days=1), wanted), 1)
