"""FleetRock as the hub asks it: orders by what happened to them, each version once, read again until they are whole."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from drawbar.connectors.fleetrock.audit import lacks_lines
from drawbar.connectors.fleetrock.client import Event, FleetRockClient
from drawbar.connectors.fleetrock.records import (
    Answer,
    OrderStage,
    PurchaseOrder,
    RepairOrder,
    key_of,
    read_order,
    read_purchase,
)
from drawbar.connectors.fleetrock.settings import FleetRockSettings
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.polled import Refused

ORDER_EVENTS: Final[tuple[Event, ...]] = ("started", "finished", "invoiced")
PURCHASE_EVENTS: Final[tuple[Event, ...]] = ("received", "closed")


@dataclass(slots=True)
class _Seen:
    """Which versions of which records were given on, so that a record in several windows comes once."""

    versions: dict[str, str] = field(default_factory=dict)

    def is_new(self, answer: Answer) -> bool:
        key, version = key_of(answer), json.dumps(answer, sort_keys=True, default=str)
        if key and self.versions.get(key) == version:
            return False
        self.versions[key] = version
        return True


class FleetRock:
    """The FleetRock connector; calls nothing until it is asked."""

    def __init__(self, client: FleetRockClient) -> None:
        self.client = client

    @property
    def settings(self) -> FleetRockSettings:
        return self.client.settings

    def since(self, cursor: str, now: datetime) -> datetime:
        """Say from when on events are asked for: some hours before what is known, or some days back at first."""
        if not cursor:
            return now - timedelta(days=self.settings.first_days)
        return datetime.fromisoformat(cursor) - timedelta(hours=self.settings.overlap_hours)

    def orders(self, since: datetime, until: datetime, again: Collection[str]) -> Iterator[RepairOrder | Refused]:
        """Stream the repair orders to which something happened, and those to be read `again`, as they are now.

        An order whose lines or invoice date are still to come is read a few times more, seconds apart; each version
        of it is given on.
        """
        seen, unfinished = _Seen(), dict[str, None]()
        for answer in chain(self._answers(since, until), self._asked(again, seen)):
            if isinstance(answer, Refused):
                yield answer
            elif seen.is_new(answer):
                order = self._understood(answer)
                yield order
                unfinished.pop(key_of(answer), None)
                if isinstance(order, RepairOrder) and not is_whole(order):
                    unfinished[order.id] = None
        yield from self._settled(list(unfinished), seen)

    def _answers(self, since: datetime, until: datetime) -> Iterator[Answer]:
        for start, end in windows(since, until, timedelta(days=self.settings.window_days)):
            for event in ORDER_EVENTS:
                yield from self.client.orders(event, start, end)

    def _asked(self, ids: Iterable[str], seen: _Seen) -> Iterator[Answer | Refused]:
        """Ask for orders one by one, those that came already left out; one that is not there is refused."""
        for order_id in ids:
            if order_id not in seen.versions:
                try:
                    answer = self.client.order(order_id)
                except RecordRejected as error:
                    yield Refused(order_id, error, b"")
                else:
                    yield _not_there(order_id) if answer is None else answer

    def _settled(self, waiting: Sequence[str], seen: _Seen) -> Iterator[RepairOrder | Refused]:
        """Read orders that lack something again, some seconds apart, until they lack nothing."""
        for _ in range(self.settings.settle_reads):
            if not waiting:
                return
            self.client.clocks.sleep(self.settings.settle_seconds)
            whole = set()
            for answer in self._asked(waiting, _Seen()):
                if not isinstance(answer, Refused) and seen.is_new(answer):
                    order = self._understood(answer)
                    yield order
                    whole |= {order.id} if isinstance(order, RepairOrder) and is_whole(order) else set()
            waiting = [each for each in waiting if each not in whole]

    def order(self, order_id: str) -> RepairOrder | None:
        """Give one repair order as it is now; raises RecordRejected when it cannot be understood."""
        answer = self.client.order(order_id)
        return None if answer is None else read_order(answer, self.settings.stages)

    def purchases(self, since: datetime, until: datetime) -> Iterator[PurchaseOrder | Refused]:
        """Stream the purchase orders to which something happened, as they are now."""
        seen = _Seen()
        for start, end in windows(since, until, timedelta(days=self.settings.window_days)):
            for event in PURCHASE_EVENTS:
                for answer in self.client.purchases(event, start, end):
                    if seen.is_new(answer):
                        try:
                            yield read_purchase(answer)
                        except RecordRejected as error:
                            yield _refused(answer, error)

    def _understood(self, answer: Answer) -> RepairOrder | Refused:
        try:
            return read_order(answer, self.settings.stages)
        except RecordRejected as error:
            return _refused(answer, error)


def is_whole(order: RepairOrder) -> bool:
    """Say whether all lines are there, and the invoice date of an order that has been invoiced."""
    if order.stage is OrderStage.DELETED:
        return True
    dated = order.date_invoiced is not None or order.stage not in (OrderStage.INVOICED, OrderStage.PAID)
    return dated and not lacks_lines(order)


def windows(since: datetime, until: datetime, longest: timedelta) -> Sequence[tuple[datetime, datetime]]:
    """Divide a span of time, oldest first: the window is the only paging that FleetRock has."""
    found = []
    start = since
    while start < until:
        end = min(start + longest, until)
        found.append((start, end))
        start = end
    return found


def _not_there(order_id: str) -> Refused:
    error = RecordRejected(
        "FleetRock has no such repair order any more", record=f"repair order {order_id}",
        remedy="Look for it in FleetRock; when it is gone for good, discard the failure.", code="NOT_FOUND",
    )  # fmt: skip
    return Refused(order_id, error, b"")


def _refused(answer: Answer, error: RecordRejected) -> Refused:
    return Refused(key_of(answer), error, json.dumps(answer, default=str).encode())
