"""The book of repair orders: which are to be read again, which have news for their vehicle, and how vehicles stand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.repairs.conditions import Repairs
from drawbar.middleware.repairs.tables import repair_order

Stands = Literal["open", "finished", "void"]
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class OrderRead:
    """A repair order as it was just read.

    `complete` says that nothing of it is still to come. `over_since` is when it was finished, None when that is not
    told or it is not.
    """

    id: str
    vin: str
    vehicle: str
    stands: Stands
    line_keys: tuple[str, ...]
    complete: bool
    over_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderKnown:
    """A repair order as it was read before."""

    vehicle: str
    stands: str
    line_keys: tuple[str, ...]
    watched_since: datetime | None


@dataclass(frozen=True, slots=True)
class OrderListed:
    """A repair order for people: its vehicle ("" when none is known), how it stands, and what is still waited for."""

    order: str
    vehicle: str
    vin: str
    stands: str
    watched_since: datetime | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class RepairBook:
    """The repair orders of one system, inside the caller's transaction."""

    connection: Connection
    system: str

    def known(self, ids: Collection[str]) -> dict[str, OrderKnown]:
        """Give what was read before of these orders."""
        table = repair_order.c
        found: dict[str, OrderKnown] = {}
        for chunk in in_chunks(ids, _CHUNK):
            statement = select(table.id, table.vehicle, table.stands, table.line_keys, table.watched_since).where(
                table.system == self.system, table.id.in_(chunk)
            )
            for row in self.connection.execute(statement):
                found[row.id] = OrderKnown(row.vehicle, row.stands, tuple(json.loads(row.line_keys)), row.watched_since)
        return found

    def take(self, orders: Sequence[OrderRead], *, now: datetime, news_since: datetime) -> None:
        """Keep orders as they were read; of several readings of one order the last counts.

        An order has news for its vehicle when work on it begins or ends. What was over before `news_since` when it
        was first read is history, and no news.
        """
        latest = {each.id: each for each in orders}
        known = self.known(latest)
        fresh = []
        for order in latest.values():
            before = known.get(order.id)
            values = self._values(order, before, now)
            if before is None:
                history = order.stands != "open" and (order.over_since is None or order.over_since < news_since)
                fresh.append({"system": self.system, "id": order.id, **values, "news": not history})
            else:
                moved = before.stands != order.stands or before.vehicle != order.vehicle
                self._update([order.id], **values, **({"news": True} if moved else {}))
        insert_rows(self.connection, repair_order, fresh)

    def _values(self, order: OrderRead, before: OrderKnown | None, now: datetime) -> dict[str, object]:
        since = before.watched_since if before is not None and before.watched_since is not None else now
        return {
            "vin": order.vin, "vehicle": order.vehicle, "stands": order.stands, "lines": len(order.line_keys),
            "line_keys": json.dumps(order.line_keys), "watched_since": None if order.complete else since,
            "read_at": now,
        }  # fmt: skip

    def watch(self, order_id: str, now: datetime) -> None:
        """Have an order read again, because it was changed from here."""
        self._update([order_id], watched_since=now)

    def unwatch(self, order_id: str) -> None:
        """Do not read an order again by itself, because it cannot be read."""
        self._update([order_id], watched_since=None)

    def to_read_again(self) -> list[str]:
        """Name the orders of which something is still to come."""
        table = repair_order.c
        statement = select(table.id).where(table.system == self.system, table.watched_since.is_not(None))
        return sorted(self.connection.execute(statement).scalars())

    def vins_without_vehicle(self) -> list[str]:
        """Give the VINs of orders whose vehicle was not known when they were read."""
        table = repair_order.c
        statement = select(table.vin).distinct()
        statement = statement.where(table.system == self.system, table.vehicle == "", table.vin != "")
        return sorted(self.connection.execute(statement).scalars())

    def orders_without_vehicle(self, vins: Collection[str]) -> list[str]:
        """Name the orders of these VINs whose vehicle was not known when they were read."""
        table = repair_order.c
        found: list[str] = []
        for chunk in in_chunks(vins, _CHUNK):
            statement = select(table.id).where(table.system == self.system, table.vehicle == "", table.vin.in_(chunk))
            found += self.connection.execute(statement).scalars()
        return sorted(found)

    def vehicles_with_news(self) -> list[str]:
        """Give the vehicles for which an order has news."""
        table = repair_order.c
        statement = select(table.vehicle).distinct()
        statement = statement.where(table.system == self.system, table.news, table.vehicle != "")
        return sorted(self.connection.execute(statement).scalars())

    def repairs(self, vehicles: Iterable[str]) -> Iterator[Repairs]:
        """Count each vehicle's orders on which work is left, and those that are finished."""
        table = repair_order.c
        for chunk in in_chunks(vehicles, _CHUNK):
            statement = select(table.vehicle, table.stands).where(table.system == self.system, table.vehicle.in_(chunk))
            stands: dict[str, list[str]] = {vehicle: [] for vehicle in chunk}
            for row in self.connection.execute(statement):
                stands[row.vehicle].append(row.stands)
            for vehicle, each in stands.items():
                yield Repairs(vehicle, each.count("open"), each.count("finished"))

    def listed(self, *, only_open: bool, limit: int) -> list[OrderListed]:
        """Give the orders that were read last, latest first; those on which work is left alone with `only_open`."""
        table = repair_order.c
        statement = select(table.id, table.vehicle, table.vin, table.stands, table.watched_since, table.read_at)
        statement = statement.where(table.system == self.system)
        if only_open:
            statement = statement.where(table.stands == "open")
        statement = statement.order_by(table.read_at.desc(), table.id.desc()).limit(limit)
        return [OrderListed(*row) for row in self.connection.execute(statement)]

    def concluded(self, vehicles: Collection[str]) -> None:
        """Note that the news of these vehicles has been concluded."""
        for chunk in in_chunks(vehicles, _CHUNK):
            mine = (repair_order.c.system == self.system, repair_order.c.vehicle.in_(chunk))
            self.connection.execute(update(repair_order).where(*mine).values(news=False))

    def _update(self, ids: Sequence[str], **values: object) -> None:
        mine = (repair_order.c.system == self.system, repair_order.c.id.in_(ids))
        self.connection.execute(update(repair_order).where(*mine).values(**values))


def lines_gone(known: Mapping[str, OrderKnown], order_id: str, line_keys: Iterable[str]) -> tuple[str, ...]:
    """Give the keys of lines that an order had and has no more."""
    before = known[order_id].line_keys if order_id in known else ()
    now = frozenset(line_keys)
    return tuple(key for key in before if key not in now)
