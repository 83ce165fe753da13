"""What auctions are told of requests: kept in order for each request, and given until it is acknowledged (R10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.remarketing.requests import RemarketingRequest
from drawbar.middleware.remarketing.statuses import RemarketingStatus
from drawbar.middleware.remarketing.tables import remarketing_notification


@dataclass(frozen=True, slots=True)
class Told:
    """The request as it was when its status changed, with the tracking attributes as they were."""

    request: RemarketingRequest
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to an auction: its place in the order of the request, whose number correlates the messages."""

    request: str
    number: int
    vendor: str
    status: RemarketingStatus
    told: Told
    made_at: datetime
    received_at: datetime | None


_TOLD: Final = TypeAdapter(Told)


@dataclass(frozen=True, slots=True)
class Notifications:
    """All messages to auctions, inside the caller's transaction."""

    connection: Connection

    def add(self, told: Told, now: datetime) -> None:
        """Have the vendor of a request told of its status, after all that it is told before."""
        table, request = remarketing_notification, told.request
        last = select(func.max(table.c.number)).where(table.c.request == request.number)
        values = {
            "request": request.number, "number": int(self.connection.execute(last).scalar() or 0) + 1,
            "vendor": request.order.vendor, "status": request.status.value,
            "content": _TOLD.dump_json(told).decode(), "made_at": now,
        }  # fmt: skip
        self.connection.execute(insert(table).values(values))

    def waiting(self, vendors: Collection[str], limit: int) -> list[Notification]:
        """Give what vendors have not acknowledged, the oldest first, that of each request in its order."""
        table = remarketing_notification
        query = select(table).where(table.c.vendor.in_(list(vendors)), table.c.received_at.is_(None))
        rows = self.connection.execute(query.order_by(table.c.made_at, table.c.request, table.c.number).limit(limit))
        return [_notification(row) for row in rows]

    def of_request(self, number: str) -> list[Notification]:
        """Give all messages about a request, in order."""
        table = remarketing_notification
        rows = self.connection.execute(select(table).where(table.c.request == number).order_by(table.c.number))
        return [_notification(row) for row in rows]

    def acknowledge(self, request: RemarketingRequest, upto: int, now: datetime) -> int:
        """Note that the vendor has the messages about a request up to a number; gives how many are new to it.

        Raises RecordRejected for a number that no message to this vendor has.
        """
        table = remarketing_notification
        mine = table.c.request == request.number, table.c.vendor == request.order.vendor
        known = select(table.c.number).where(*mine, table.c.number == upto)
        if self.connection.execute(known).first() is None:
            raise RecordRejected(
                f"there is no message {upto} about it", record=request.record, field="ack",
                remedy="Acknowledge the number of a message that was fetched.", code="UNKNOWN_MESSAGE",
            )  # fmt: skip
        new = update(table).where(*mine, table.c.number <= upto, table.c.received_at.is_(None))
        return self.connection.execute(new.values(received_at=now)).rowcount

    def withdraw(self, request: RemarketingRequest) -> None:
        """Take back what the vendor of a request has not acknowledged: another one gets the work order."""
        table = remarketing_notification
        self.connection.execute(delete(table).where(table.c.request == request.number, table.c.received_at.is_(None)))

    def note_told(self, request: RemarketingRequest, now: datetime) -> None:
        """Note that people have told the vendor of all that there is to tell."""
        table = remarketing_notification
        waiting = table.c.request == request.number, table.c.received_at.is_(None)
        self.connection.execute(update(table).where(*waiting).values(received_at=now))


def _notification(row: Row[tuple[object, ...]]) -> Notification:
    return Notification(
        row.request, row.number, row.vendor, RemarketingStatus(row.status), _TOLD.validate_json(row.content),
        row.made_at, row.received_at,
    )  # fmt: skip
