"""Repair orders of the simulated FleetRock, and how they are worded in its answers.

Shapes as public connectors read them (docs/connectors/fleetrock.md). Amounts are whole cents inside, and numbers with
two decimals in answers. Dates are worded in US form, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LATER = timedelta(seconds=5)
"""How long after the totals the lines appear, and after the status the invoice date."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was used."""

    id: str
    number: str
    description: str
    quantity: int
    price_cents: int

    @property
    def cents(self) -> int:
        return self.quantity * self.price_cents


@dataclass(frozen=True, slots=True)
class Labor:
    """A task; hours in tenths."""

    id: str
    system: str
    complaint: str
    hours_tenths: int
    rate_cents: int
    parts: tuple[Part, ...] = ()

    @property
    def cents(self) -> int:
        return (self.hours_tenths * self.rate_cents + 5) // 10


@dataclass(frozen=True, slots=True)
class Order:
    """A repair order with all that will have happened to it; what lies in the future has not happened yet.

    `entered` is when its lines were entered, from which they take a few seconds to appear. `deleted` hides nothing.
    """

    id: str
    vin: str
    unit_number: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    invoiced: datetime | None
    paid: datetime | None
    labor: tuple[Labor, ...]
    vendor_name: str = ""
    vendor_city: str = ""
    vendor_state: str = ""
    odometer_miles: int | None = None
    tax_cents: int = 0
    charges_cents: int = 0
    po_number: str = ""
    entered: datetime | None = None
    deleted: bool = False

    def happened(self, event: str, now: datetime) -> datetime | None:
        """Give when an event happened, None when it has not by now."""
        moment = {"started": self.started, "finished": self.finished, "invoiced": self.invoiced}.get(event)
        return moment if moment is not None and moment <= now else None

    def status(self, now: datetime) -> str:
        """Give the status word."""
        if self.deleted:
            return "deleted"
        passed = (each for each in ("invoiced", "finished", "started") if self.happened(each, now))
        return next(passed, "open")

    def answer(self, now: datetime) -> dict[str, Any]:
        """Word the order as GetRO gives it."""
        begun = self.happened("started", now)
        shown = begun is not None and now >= (self.entered or begun) + LATER
        labor = sum(each.cents for each in self.labor) if begun else 0
        parts = sum(part.cents for each in self.labor for part in each.parts) if begun else 0
        tax, charges = (self.tax_cents, self.charges_cents) if begun else (0, 0)
        invoiced = self.happened("invoiced", now)
        return {
            "id": self.id, "group": "All units", "vin": self.vin, "unit_number": self.unit_number,
            "unit_type": "Tractor", "vendor_name": self.vendor_name, "vendor_city": self.vendor_city,
            "vendor_state": self.vendor_state, "odometer_miles": self.odometer_miles, "engine_hours": "",
            "priority_code": "Scheduled", "tag": "", "status": self.status(now), "created_by": "shop",
            "date_created": us_text(self.created), "date_started": us_text(begun), "date_expected_finish": "",
            "date_finished": us_text(self.happened("finished", now)),
            "date_invoiced": us_text(invoiced if invoiced and now >= invoiced + LATER else None),
            "date_invoice_paid": us_text(self.paid if self.paid and self.paid <= now else None),
            "po_number": self.po_number, "labor_total": dollars(labor), "part_total": dollars(parts),
            "additional_charges": dollars(charges), "additional_charges_tax_rate": 0, "tax_total": dollars(tax),
            "credit_amount": 0, "grand_total": dollars(labor + parts + charges + tax),
            "tasks": [_task(each) for each in self.labor] if shown else [],
        }  # fmt: skip


def _task(labor: Labor) -> dict[str, Any]:
    return {
        "task_id": labor.id, "labor_type": "Repair", "labor_system_code": labor.system,
        "labor_complaint": labor.complaint, "labor_hours": labor.hours_tenths / 10,
        "labor_hourly_rate": dollars(labor.rate_cents), "labor_subtotal": dollars(labor.cents), "labor_tax_rate": 0,
        "parts": [
            {
                "task_part_id": part.id, "part_number": part.number, "part_description": part.description,
                "part_quantity": part.quantity, "part_price": dollars(part.price_cents),
                "part_subtotal": dollars(part.cents), "part_tax_rate": 0,
            }
            for part in labor.parts
        ],
    }  # fmt: skip


def dollars(cents: int) -> float:
    """Give an amount as JSON numbers have it: FleetRock sends such numbers, and callers have to cope."""
    return cents / 100


def us_text(moment: datetime | None) -> str:
    """Word an instant as FleetRock does: US form, in UTC, "" for none."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    clock = f"{utc.hour % 12 or 12}:{utc.minute:02d}:{utc.second:02d} {'AM' if utc.hour < 12 else 'PM'}"  # noqa: PLR2004
    return f"{utc.month}/{utc.day}/{utc.year} {clock}"
