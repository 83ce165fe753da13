"""Remembers which data sets were handed over to a reporting system, so that no business date is delivered twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.sync.data_set_tables import data_set_delivery, data_set_figure, data_set_sending

FigurePlace = tuple[str, str, str]
"""Data set, group, and figure."""


@dataclass(frozen=True, slots=True)
class DataSetDelivery:
    """A delivery of a business date: its number on that date, its name, the days it covers, its manifest's SHA-256.

    `complete` says that it was sent by every way; until then `digest` may be replaced.
    """

    business_date: date
    number: int
    name: str
    first_day: date
    digest: str
    made_at: datetime
    run_id: str
    complete: bool = False


@dataclass(frozen=True, slots=True)
class DataSetLog:
    """The deliveries, and the figures that each came with."""

    connection: Connection

    def last(self, business_date: date) -> DataSetDelivery | None:
        """Give the newest delivery of a business date."""
        table = data_set_delivery
        query = select(table).where(table.c.business_date == business_date).order_by(table.c.number.desc()).limit(1)
        return _delivery(self.connection.execute(query).first())

    def latest(self, *, before: date | None = None) -> DataSetDelivery | None:
        """Give the newest complete delivery, of business dates before one when that is given."""
        table = data_set_delivery
        query = select(table).where(table.c.complete).order_by(table.c.business_date.desc(), table.c.number.desc())
        if before is not None:
            query = query.where(table.c.business_date < before)
        return _delivery(self.connection.execute(query.limit(1)).first())

    def unfinished(self) -> list[date]:
        """Give the business dates whose newest delivery was not sent by every way, in order."""
        table = data_set_delivery
        newest = select(table.c.business_date, func.max(table.c.number).label("number")).group_by(table.c.business_date)
        each = newest.subquery()
        query = select(table.c.business_date).where(
            table.c.business_date == each.c.business_date, table.c.number == each.c.number, ~table.c.complete
        )
        return sorted(self.connection.execute(query).scalars())

    def note(self, made: DataSetDelivery, figures: Mapping[FigurePlace, Decimal]) -> None:
        """Note a delivery that was made, with its figures, in place of one of the same number."""
        place = {"business_date": made.business_date, "number": made.number}
        for table in (data_set_figure, data_set_delivery):
            same = table.c.business_date == made.business_date, table.c.number == made.number
            self.connection.execute(delete(table).where(*same))
        values = {
            "name": made.name, "first_day": made.first_day, "digest": made.digest, "made_at": made.made_at,
            "run_id": made.run_id, "complete": made.complete,
        }  # fmt: skip
        self.connection.execute(insert(data_set_delivery).values(**place, **values))
        rows = [
            {**place, "data_set": data_set, "group": group, "figure": figure, "value": str(value)}
            for (data_set, group, figure), value in figures.items()
        ]
        insert_rows(self.connection, data_set_figure, rows)

    def figures(self, made: DataSetDelivery) -> dict[FigurePlace, Decimal]:
        """Give the figures that a delivery came with."""
        table = data_set_figure
        query = select(table).where(table.c.business_date == made.business_date, table.c.number == made.number)
        return {(row.data_set, row.group, row.figure): Decimal(row.value) for row in self.connection.execute(query)}

    def sent(self, name: str) -> set[str]:
        """Give the ways by which a delivery was sent."""
        query = select(data_set_sending.c.way).where(data_set_sending.c.name == name)
        return set(self.connection.execute(query).scalars())

    def note_sent(self, name: str, way: str, now: datetime) -> None:
        """Note that a delivery was sent one way."""
        self.connection.execute(insert(data_set_sending).values(name=name, way=way, sent_at=now))

    def complete(self, name: str) -> None:
        """Note that a delivery was sent by every way."""
        table = data_set_delivery
        self.connection.execute(update(table).where(table.c.name == name).values(complete=True))


def _delivery(row: Row[tuple[object, ...]] | None) -> DataSetDelivery | None:
    return DataSetDelivery(**row._mapping) if row is not None else None  # noqa: SLF001  (public, despite its name)
