"""Simulated makers of GPS devices over a small lease book, at a time that stands still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.leaseworks.book import BookPlan, BusinessDay
from drawbar.sandbox.leaseworks.delivery import OUTBOUND, write_deliveries, write_delivery
from drawbar.sandbox.leaseworks.layout import VEHICLES, Table, Value
from drawbar.sandbox.leaseworks.vehicle_models import TRUCKS, make_vin
from drawbar.sandbox.passtime.vendor import PassTimeVendor
from drawbar.sandbox.spireon.vendor import SpireonVendor

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def small_book(folder: Path, accounts: int = 20) -> Path:
    """Deliver the first day of a small book; give LeaseWorks' folder."""
    write_deliveries(folder, BookPlan(accounts=accounts, seed=7), 1)
    return folder


def some_trucks(folder: Path, count: int = 24) -> Path:
    """Deliver trucks and nothing else, which takes no time; give LeaseWorks' folder."""
    numbers = range(1, count + 1)
    columns: dict[str, Sequence[Value]] = {
        "ASSET_NO": [f"VH{number:08d}" for number in numbers],
        "ACCT_NO": [f"LW{number:08d}" for number in numbers],
        "VIN": [make_vin(TRUCKS[0], 2021, number * 7919) for number in numbers],
        "YEAR": [2021] * count,
        "MAKE": [TRUCKS[0].make] * count,
        "MODEL": [TRUCKS[0].name] * count,
        "COLOR": ["White"] * count,
    }
    empty: Sequence[Value] = [None] * count
    table = Table(VEHICLES, tuple(columns.get(name, empty) for name in VEHICLES.header))
    write_delivery(BusinessDay(1, date(2026, 3, 2), (table,)), folder / OUTBOUND)
    return folder


def simulated_passtime(folder: Path, files: Path) -> PassTimeVendor:
    return PassTimeVendor(folder / "passtime", Yard(files, "PassTime"), clock=lambda: NOW)


def simulated_spireon(folder: Path, files: Path) -> SpireonVendor:
    return SpireonVendor(folder / "spireon", Yard(files, "Spireon"), clock=lambda: NOW)
