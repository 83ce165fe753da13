"""The book of work orders: what was asked for, and what was decided, each decision once."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import NotThere
from drawbar.middleware.resale.tables import work_order
from drawbar.middleware.resale.work_orders import Decision, KeptWorkOrder, WorkOrder, WorkStatus

_FIELDS = [each.name for each in fields(WorkOrder)]
_CHUNK = 500


class WorkOrderBook:
    """All work orders, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, number: str) -> KeptWorkOrder | None:
        """Give an order, None when there is none of this number.

        On PostgreSQL its row stays locked until the transaction ends, so that two decisions come one after the other.
        """
        statement = select(work_order).where(work_order.c.number == number).with_for_update()
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _kept(row)

    def get(self, number: str) -> KeptWorkOrder:
        """Give an order; raises NotThere for a number that the hub does not know."""
        found = self.find(number)
        if found is None:
            raise NotThere(f"there is no work order {number}", remedy="See drawbar work-orders list.")
        return found

    def decided(self, numbers: Collection[str]) -> dict[str, KeptWorkOrder]:
        """Give those of some orders of which something was decided."""
        found: dict[str, KeptWorkOrder] = {}
        for chunk in in_chunks(numbers, _CHUNK):
            mine = select(work_order).where(work_order.c.number.in_(chunk), work_order.c.status != "Open")
            found.update((row.number, _kept(row)) for row in self._connection.execute(mine))
        return found

    def listed(self, *, status: WorkStatus | None = None, vehicle: str = "", account: str = "") -> list[KeptWorkOrder]:
        """Give orders, oldest first: of one status, vehicle or account, or all."""
        statement = select(work_order).order_by(work_order.c.made_at, work_order.c.number)
        if status is not None:
            statement = statement.where(work_order.c.status == status)
        if vehicle:
            statement = statement.where(work_order.c.vehicle == vehicle)
        if account:
            statement = statement.where(work_order.c.account == account)
        return [_kept(row) for row in self._connection.execute(statement)]

    def take(self, order: WorkOrder, *, now: datetime, told: str = "") -> KeptWorkOrder:
        """Keep an order as it is asked for now; one that was decided stays as it was decided. Gives what is kept."""
        known = self.find(order.number)
        if known is None:
            values = {**asdict(order), "made_at": now, "status": "Open", "told": told}
            self._connection.execute(insert(work_order).values(values))
            return KeptWorkOrder(order, now)
        if known.decision is not None:
            return known
        self._update(order.number, asdict(order) | ({"told": told} if told else {}))
        return KeptWorkOrder(order, known.made_at)

    def hear(self, order: WorkOrder, *, now: datetime) -> KeptWorkOrder:
        """Keep an order as another system says, but for what that says nothing of.

        What it said before does not go over what people entered since.
        """
        told = json.dumps(asdict(order), default=str)
        mine = select(work_order.c.told).where(work_order.c.number == order.number)
        if self._connection.execute(mine).scalar_one_or_none() == told:
            return self.get(order.number)
        known = self.find(order.number)
        entered = asdict(known.order) if known is not None else {}
        silent = {name for name, value in asdict(order).items() if value in ("", None)} & entered.keys()
        return self.take(replace(order, **{name: entered[name] for name in silent}), now=now, told=told)

    def decide(self, number: str, decision: Decision) -> None:
        """Note a decision."""
        self._update(number, {"status": decision.status, "decided_by": decision.by, "decided_at": decision.at})

    def _update(self, number: str, values: dict[str, Any]) -> None:
        self._connection.execute(update(work_order).where(work_order.c.number == number).values(values))


def _kept(row: Row[Any]) -> KeptWorkOrder:
    order = WorkOrder(**{name: getattr(row, name) for name in _FIELDS})
    decision = None if row.status == "Open" else Decision(row.status, row.decided_by, row.decided_at)
    return KeptWorkOrder(order, row.made_at, decision)
