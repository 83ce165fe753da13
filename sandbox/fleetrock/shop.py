"""What the simulated FleetRock remembers: orders that were added, and what was changed on any of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from drawbar.sandbox.fleetrock.generated import Unit, orders_of, units_of
from drawbar.sandbox.fleetrock.shapes import Labor, Order, Part
from drawbar.sandbox.leaseworks.delivery import existing_deliveries

_EASTERN = ZoneInfo("America/New_York")
_DATES = {
    "date_started": "started", "date_finished": "finished", "date_invoiced": "invoiced", "date_invoice_paid": "paid",
}  # fmt: skip
_FIRST_ADDED = 900_000_000
_IGNORED = frozenset({"labor_tax_rate", "part_tax_rate", "additional_charges_tax_rate", "cost_center"})


class Refused(Exception):
    """FleetRock says no, in these words."""


class Shop:
    """All orders of one account; changes are kept in `folder`, so that they outlive the process."""

    def __init__(self, folder: Path, files: Path, clock: Callable[[], datetime]) -> None:
        self._path = folder / "changes.json"
        self._files = files
        self._clock = clock
        self._lock = threading.RLock()
        self._newest = ""
        self._units: tuple[Unit, ...] = ()
        self._kept: dict[str, Any] = {"added": [], "changed": {}}
        if self._path.exists():
            self._kept = json.loads(self._path.read_text(encoding="utf-8"))

    def units(self) -> tuple[Unit, ...]:
        """Give the trucks of the newest delivery, reading it once."""
        deliveries = existing_deliveries(self._files)
        newest = max(deliveries, default="")
        with self._lock:
            if newest != self._newest:
                self._newest, self._units = newest, units_of(deliveries[newest])
            return self._units

    def orders(self) -> dict[str, Order]:
        """Give every order as it is now, by id."""
        now = self._clock()
        with self._lock:
            made = [order for unit in self.units() for order in orders_of(unit, now) if order.created <= now]
            made += [_added(each) for each in self._kept["added"]]
            return {each.id: _changed(each, self._kept["changed"].get(each.id, {})) for each in made}

    def add(self, asked: Mapping[str, Any]) -> str:
        """Add an order as AddRO does: without invoice and paid dates these are the finished date. Gives its id."""
        if not asked.get("vin"):
            raise Refused("vin is required")
        with self._lock:
            order_id = str(_FIRST_ADDED + len(self._kept["added"]))
            finished = asked.get("date_finished")
            dates = {"date_invoiced": finished, "date_invoice_paid": finished, **asked}
            entered = self._clock().isoformat()
            self._keep(added=[*self._kept["added"], {**dates, "id": order_id, "entered": entered}])
        return order_id

    def correct(self, order_id: str, **entered: Any) -> None:
        """Enter other values on an added order, as people do on FleetRock's own screens."""
        with self._lock:
            self._keep(added=[{**each, **entered} if each["id"] == order_id else each for each in self._kept["added"]])

    def change(self, order_id: str, values: Mapping[str, str]) -> None:
        """Change an order as UpdateRO does; raises Refused."""
        order = self.orders().get(order_id)
        if order is None:
            raise Refused(f"Repair order {order_id} not found")
        known = {name: value for name, value in values.items() if name not in _IGNORED}
        both = {"date_invoiced", "date_invoice_paid"} <= known.keys()
        stored = {name: self._stored(order, name, value, both=both) for name, value in known.items()}
        with self._lock:
            now_changed = {**self._kept["changed"].get(order_id, {}), **stored}
            self._keep(changed={**self._kept["changed"], order_id: now_changed})

    def _stored(self, order: Order, name: str, value: str, *, both: bool) -> str | None:
        if name == "po_number":
            return value
        if name == "status" and value == "deleted":
            if order.finished or order.invoiced or order.paid:
                raise Refused("An invoiced repair order cannot be deleted")
            return value
        if name not in _DATES:
            raise Refused(f"{name} cannot be updated")
        if value == "delete":
            return None
        moment = self._clock() if both else _eastern(value)
        return moment.isoformat()

    def _keep(self, **changed: Any) -> None:
        self._kept = {**self._kept, **changed}
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self._path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(self._kept), encoding="utf-8")
        unfinished.replace(self._path)


def _changed(order: Order, changes: Mapping[str, str | None]) -> Order:
    dates = {
        _DATES[name]: None if value is None else datetime.fromisoformat(value)
        for name, value in changes.items()
        if name in _DATES
    }
    return replace(
        order,
        **dates,  # type: ignore[arg-type]
        po_number=changes.get("po_number") or ("" if "po_number" in changes else order.po_number),
        deleted=changes.get("status") == "deleted",
    )


def _added(asked: Mapping[str, Any]) -> Order:
    entered = datetime.fromisoformat(asked["entered"])
    started, finished, invoiced, paid = (_eastern(str(asked[name])) if asked.get(name) else None for name in _DATES)
    return Order(
        id=asked["id"], vin=asked["vin"], unit_number=str(asked.get("unit_number", "")), created=entered,
        labor=tuple(_labor(number, each) for number, each in enumerate(asked.get("tasks", ()), 1)),
        po_number=str(asked.get("po_number", "")), entered=entered, started=started,
        finished=finished, invoiced=invoiced, paid=paid,
    )  # fmt: skip


def _labor(number: int, task: Mapping[str, Any]) -> Labor:
    return Labor(
        id=str(number), system=str(task.get("labor_system_code", "")), complaint=str(task.get("labor_complaint", "")),
        hours_tenths=round(float(task.get("labor_hours", 0)) * 10),
        rate_cents=round(float(task.get("labor_hourly_rate", 0)) * 100),
        parts=tuple(
            Part(
                f"{number}{place}", str(each.get("part_number", "")), str(each.get("part_description", "")),
                int(each.get("part_quantity", 0)), round(float(each.get("part_price", 0)) * 100),
            )
            for place, each in enumerate(task.get("parts", ()), 1)
        ),
    )  # fmt: skip


def _eastern(text: str) -> datetime:
    """Read a date as FleetRock does: `3/2/2026`, perhaps with a time, meant in US Eastern."""
    for form in ("%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=_EASTERN).astimezone(UTC)
        except ValueError:
            continue
    raise Refused(f"{text[:30]} is not a valid date")
