"""Which trucks have a GPS device, and whose: read from the newest delivery of the simulated LeaseWorks."""

from __future__ import annotations

import csv
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zlib import crc32

from drawbar.sandbox.leaseworks.delivery import existing_deliveries
from drawbar.sandbox.leaseworks.layout import VEHICLES
from drawbar.sandbox.leaseworks.vehicle_models import TRAILERS

Maker = Literal["PassTime", "Spireon"]

_TRAILERS = frozenset((model.make, model.name) for model in TRAILERS)
_PASSTIME_BELOW, _SPIREON_BELOW = 45, 90
"""Of a hundred trucks: 45 with a device of PassTime, 45 with one of Spireon, 10 with none."""


@dataclass(frozen=True, slots=True)
class Truck:
    """A truck on lease."""

    vin: str
    make: str
    model: str
    year: int
    color: str

    @property
    def luck(self) -> int:
        """A number that belongs to the truck, and decides all that is left to chance."""
        return crc32(self.vin.encode())

    @property
    def maker(self) -> Maker | None:
        """Who made the truck's GPS device; None when it has none."""
        share = self.luck % 100
        return "PassTime" if share < _PASSTIME_BELOW else "Spireon" if share < _SPIREON_BELOW else None


class Yard:
    """The trucks that have been delivered below LeaseWorks' folder; looks again when there is a newer delivery."""

    def __init__(self, files: Path, maker: Maker) -> None:
        self._files = files
        self._maker = maker
        self._lock = threading.Lock()
        self._name = ""
        self._trucks: tuple[Truck, ...] = ()

    def trucks(self) -> tuple[Truck, ...]:
        """Give the maker's trucks, in the order of the book."""
        deliveries = existing_deliveries(self._files)
        with self._lock:
            newest = max(deliveries, default="")
            if newest != self._name:
                self._name, self._trucks = newest, self._read(deliveries[newest])
            return self._trucks

    def _read(self, delivery: Path) -> tuple[Truck, ...]:
        with (delivery / VEHICLES.file_name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row["MAKE"], row["MODEL"]) not in _TRAILERS]
        trucks = (Truck(row["VIN"], row["MAKE"], row["MODEL"], int(row["YEAR"]), row["COLOR"]) for row in rows)
        return tuple(truck for truck in trucks if truck.maker == self._maker)
