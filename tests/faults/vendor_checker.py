"""Compares the vendors with the org after whatever happened, as `checker.py` does for LeaseWorks; shares no code with
what it checks: the simulated vendors say what is so, the org's tables what has come of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from drawbar.middleware.database.engine import reading
from drawbar.middleware.sync.tables import delivery, inbox_message
from drawbar.sandbox.fleetrock.shapes import Order
from drawbar.sandbox.gps.journeys import last_report, reports
from drawbar.sandbox.gps.trucks import Truck
from drawbar.sandbox.passtime.vendor import serial_of as passtime_serial
from drawbar.sandbox.spireon.shapes import serial_of as spireon_serial
from tests.faults.lender_day import LenderDay
from tests.jobs.world import Record


@dataclass(frozen=True, slots=True)
class VendorChecker:
    """Looks at a day's vendors at `now`, the time of the last readings; `posted` and `owed` are all bills by key."""

    day: LenderDay
    now: datetime
    posted: dict[str, str]
    """Totals of bills in QuickBooks Online, by number."""

    owed: tuple[str, ...]
    """Keys of bills in QuickBooks Desktop."""

    def disagreements(self) -> list[str]:
        """Say everything that does not agree; nothing when all is as it should be."""
        return [
            *self._devices(),
            *self._movements(),
            *self._repairs(),
            *self._online(),
            *self._desktop(),
            *self._inbox(),
        ]

    def _trucks(self) -> Iterator[tuple[str, Truck]]:
        vendors = self.day.vendors
        yield from ((f"PassTime:{passtime_serial(each)}", each) for each in vendors.passtime.yard.trucks())
        yield from ((f"Spireon:{spireon_serial(each)}", each) for each in vendors.spireon.yard.trucks())

    def _devices(self) -> Iterator[str]:
        wanted, found = dict(self._trucks()), self.day.world.org.records("GPS_Device__c")
        yield from _one_each("GPS_Device__c", wanted, found)
        for key in wanted.keys() & found.keys():
            last = _instant(last_report(wanted[key], self.now).at)
            if found[key]["Last_Report__c"] != last:
                yield f"{key} was last seen {found[key]['Last_Report__c']}, not {last}"

    def _movements(self) -> Iterator[str]:
        """A history has every report from its first to the last reading: no gap, and none twice."""
        trucks = dict(self._trucks())
        for device, rows in _by(self.day.world.org.records("GPS_Position__c"), "GPS_Device__c").items():
            if device.startswith("Spireon:"):
                times = [str(row["Reported__c"]) for row in rows]
                first = datetime.fromisoformat(min(times))
                wanted = {_instant(each.at) for each in reports(trucks[device], first, self.now)}
                yield from (f"{device} lacks its report of {each}" for each in sorted(wanted - set(times)))
                yield from (f"{device} has {each} twice" for each, number in Counter(times).items() if number > 1)

    def _repairs(self) -> Iterator[str]:
        orders = {each.id: each for each in self.day.vendors.fleetrock.shop.orders().values()}
        seen = {key: each for key, each in orders.items() if each.happened("started", self.now)}
        found = self.day.world.org.records("Repair_Order__c")
        recent = {key: each for key, each in seen.items() if key in found or _is_recent(each, self.now)}
        yield from _one_each("Repair_Order__c", recent, found)
        lines = _by(self.day.world.org.records("Repair_Order_Line__c"), "Repair_Order__c")
        for key in recent.keys() & found.keys():
            told = recent[key].answer(self.now)
            if found[key]["Grand_Total__c"] != told["grand_total"]:
                yield f"Repair_Order__c {key} has {found[key]['Grand_Total__c']} instead of {told['grand_total']}"
            number = sum(1 + len(each["parts"]) for each in told["tasks"])
            if len(lines.get(key, ())) != number:
                yield f"Repair_Order__c {key} has {len(lines.get(key, ()))} lines instead of {number}"

    def _online(self) -> Iterator[str]:
        bills = self.day.vendors.books.company.objects("Bill")
        yield from _one_each("bill", self.posted, [each["DocNumber"] for each in bills])
        for each in bills:
            if f"{each['TotalAmt']:.2f}" != self.posted.get(each["DocNumber"]):
                yield f"bill {each['DocNumber']} stands in QuickBooks with {each['TotalAmt']}"

    def _desktop(self) -> Iterator[str]:
        numbers = [each["RefNumber"].removeprefix("INV ") for each in self.day.vendors.desktop.bills.values()]
        yield from _one_each("Desktop bill", dict.fromkeys(self.owed), numbers)
        for task in self.day.desktop_tasks():
            if task.state != "done":
                yield f"bill {task.key} is {task.state} in the queue of the Web Connector: {task.message}"

    def _inbox(self) -> Iterator[str]:
        """What was acknowledged is there once, and came to an end."""
        with reading(self.day.world.hub.engine) as connection:
            rows = connection.execute(select(inbox_message.c.message_id, inbox_message.c.state)).all()
            effects = connection.execute(select(delivery.c.object, delivery.c.key, delivery.c.status)).all()
        stored = Counter(row.message_id for row in rows)
        yield from (f"message {name} is stored {number} times" for name, number in stored.items() if number > 1)
        yield from (f"message {name} was acknowledged and is not there" for name in self._acknowledged() - set(stored))
        yield from (
            f"message {row.message_id} is {row.state}" for row in rows if row.state not in ("handled", "failed")
        )
        created = Counter((row.object, row.key) for row in effects if row.status == "created")
        yield from (
            f"{name} {key} was created {number} times"
            for (name, key), number in created.items()
            if number > 1 and name != "Sync_Error__c"
        )

    def _acknowledged(self) -> set[str]:
        """Ids of messages whose senders give one themselves."""
        return {name for name in self.day.acknowledged if name.startswith(("ask-", "hook-", "04l"))}


def _one_each(what: str, wanted: Any, found: Any) -> Iterator[str]:
    there = Counter(list(found))
    yield from (f"{what} {key} is missing" for key in sorted(set(wanted) - set(there)))
    yield from (f"{what} {key} is not known at its source" for key in sorted(set(there) - set(wanted)))
    yield from (f"{what} {key} is there {number} times" for key, number in there.items() if number > 1)


def _by(records: dict[str, Record], lookup: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for each in records.values():
        found.setdefault(str(each[lookup]), []).append(each)
    return found


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"


def _is_recent(order: Order, now: datetime) -> bool:
    """Say whether the first reading asked for a time in which the order began; older ones are read only if they are."""
    return order.started is not None and (now - order.started).days < 55
