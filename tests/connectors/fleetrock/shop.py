"""A simulated FleetRock over a small lease book, at a time that the test sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from drawbar.connectors.fleetrock.client import FleetRockClient
from drawbar.connectors.fleetrock.connector import FleetRock
from drawbar.connectors.fleetrock.settings import FleetRockSettings
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.fleetrock.vendor import BASE, USER, FleetRockVendor
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import write_deliveries

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


@dataclass
class Moment:
    """A clock that stands still until somebody moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


def small_book(folder: Path, accounts: int = 60) -> Path:
    """Deliver the first day of a small book; give LeaseWorks' folder."""
    write_deliveries(folder, BookPlan(accounts=accounts, seed=7), 1)
    return folder


def simulated_fleetrock(folder: Path, files: Path, moment: Moment) -> FleetRockVendor:
    return FleetRockVendor(folder / "fleetrock", files, clock=moment)


def work(vin: str, **dates: str) -> dict[str, Any]:
    """Ask for an order of 2.5 hours at 120.00 and 2 parts at 45.00: 390.00 in all."""
    part = {"part_number": "BR-1", "part_description": "Brake shoe", "part_quantity": 2, "part_price": 45.0}
    task = {"labor_system_code": "013", "labor_complaint": "Brakes", "labor_hours": 2.5, "labor_hourly_rate": 120.0}
    return {"vin": vin, "date_invoiced": "", "date_invoice_paid": "", **dates, "tasks": [{**task, "parts": [part]}]}


def open_fleetrock(url: str, key: str, clocks: Clocks, **changes: Any) -> FleetRock:
    """Open the connector as a new process does."""
    values = {"url": url + BASE, "username": USER, "key": key, "timeout_seconds": 0.3, **changes}
    return FleetRock(FleetRockClient(FleetRockSettings.model_validate(values), clocks=clocks))
