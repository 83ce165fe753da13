"""The repair orders of the trucks on lease, made up from their VINs alone; the clock says how far they are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zlib import crc32

from drawbar.sandbox.fleetrock.shapes import Labor, Order, Part
from drawbar.sandbox.leaseworks.layout import VEHICLES
from drawbar.sandbox.leaseworks.vehicle_models import TRAILERS

CYCLE_DAYS = 150
"""A truck that comes to the shop comes again after so many days."""

_FIRST_DAY = date(2025, 9, 1)
_IN_A_HUNDRED = 12
"""So many of a hundred trucks ever come to the shop."""

_TRAILERS = frozenset((model.make, model.name) for model in TRAILERS)
_WORK = (
    ("045-Engine", "Oil leak at rear main seal", 6, "Seal kit", 18_450),
    ("013-Brakes", "Brakes pull to the left", 4, "Brake shoe set", 22_900),
    ("042-Cooling", "Coolant loss, radiator seeps", 5, "Radiator hose", 6_475),
    ("034-Lighting", "Marker lights out", 1, "LED marker light", 1_299),
    ("017-Tires", "Steer tires worn", 2, "Steer tire 295/75R22.5", 51_200),
    ("043-Exhaust", "DPF regeneration fails", 3, "DPF gasket", 9_830),
)
_SHOPS = (
    ("Lone Star Truck Repair", "Dallas", "TX"),
    ("Gateway Diesel", "St. Louis", "MO"),
    ("Peach State Fleet Service", "Atlanta", "GA"),
    ("Keystone Heavy Duty", "Harrisburg", "PA"),
)
_RATES = (11_500, 12_950, 14_275)


@dataclass(frozen=True, slots=True)
class Unit:
    """A truck as FleetRock's account has it."""

    number: str
    vin: str

    @property
    def luck(self) -> int:
        """A number that belongs to the truck, and decides all that is left to chance."""
        return crc32(self.vin.encode())


def units_of(delivery: Path) -> tuple[Unit, ...]:
    """Give the trucks of a delivery of LeaseWorks."""
    with (delivery / VEHICLES.file_name).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["MAKE"], row["MODEL"]) not in _TRAILERS]
    return tuple(Unit(f"T{number:05d}", row["VIN"]) for number, row in enumerate(rows, 1))


def orders_of(unit: Unit, now: datetime) -> Iterator[Order]:
    """Give the orders that a truck has had up to now."""
    luck = unit.luck
    if luck % 100 >= _IN_A_HUNDRED:
        return
    since = (now.date() - _FIRST_DAY).days - luck // 100 % CYCLE_DAYS
    for visit in range(since // CYCLE_DAYS + 1 if since >= 0 else 0):
        day = _FIRST_DAY + timedelta(days=luck // 100 % CYCLE_DAYS + visit * CYCLE_DAYS)
        yield _order(unit, visit, datetime.combine(day, time(8 + luck % 6, luck % 60), tzinfo=UTC))


def _order(unit: Unit, visit: int, created: datetime) -> Order:
    roll = crc32(f"{unit.vin} {visit}".encode())
    started = created + timedelta(hours=1 + roll % 5)
    finished = started + timedelta(days=2 + roll // 7 % 9, hours=roll % 4)
    invoiced = finished + timedelta(days=1)
    shop = _SHOPS[roll // 11 % len(_SHOPS)]
    return Order(
        id=f"4{unit.number[1:]}{visit:02d}", vin=unit.vin, unit_number=unit.number,
        vendor_name=shop[0], vendor_city=shop[1], vendor_state=shop[2], odometer_miles=80_000 + roll % 420_000,
        created=created, started=started, finished=finished, invoiced=invoiced,
        paid=invoiced + timedelta(days=14) if roll % 3 == 0 else None, labor=tuple(_labor(roll)),
        tax_cents=roll % 4_000, charges_cents=(roll // 13 % 3) * 1_500,
    )  # fmt: skip


def _labor(roll: int) -> Iterator[Labor]:
    for number in range(1 + roll // 17 % 3):
        system, complaint, hours, part, price = _WORK[(roll // 19 + number) % len(_WORK)]
        quantity = 1 + roll // 23 % 2
        yield Labor(
            id=str(roll % 900_000 + number), system=system, complaint=complaint, hours_tenths=hours * 10 + roll % 10,
            rate_cents=_RATES[(roll + number) % len(_RATES)],
            parts=(Part(str(roll % 700_000 + number), f"{system[:3]}-{roll % 1_000:03d}", part, quantity, price),),
        )  # fmt: skip
