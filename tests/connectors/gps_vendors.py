"""Simulated makers of GPS devices over a small lease book, at a time that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from drawbar.sandbox.passtime.vendor import PassTimeVendor
from drawbar.sandbox.spireon.vendor import SpireonVendor

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def small_book(folder: Path, accounts: int = 20) -> Path:
    """Deliver the first day of a small book; give LeaseWorks' folder."""
    write_deliveries(folder, BookPlan(accounts=accounts, seed=7), 1)
    return folder


def simulated_passtime(folder: Path, files: Path) -> PassTimeVendor:
    return PassTimeVendor(folder / "passtime", Yard(files, "PassTime"), clock=lambda: NOW)


def simulated_spireon(folder: Path, files: Path) -> SpireonVendor:
    return SpireonVendor(folder / "spireon", Yard(files, "Spireon"), clock=lambda: NOW)
