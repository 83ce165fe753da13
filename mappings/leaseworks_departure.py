"""A record that is missing from a complete LeaseWorks delivery → the day of its departure in Salesforce."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from drawbar.connectors.salesforce.records.account import LesseeDeparture
from drawbar.connectors.salesforce.records.lease_account import LeaseAccountDeparture
from drawbar.connectors.salesforce.records.vehicle import VehicleDeparture

DEPARTURES: dict[str, type[LesseeDeparture | LeaseAccountDeparture | VehicleDeparture]] = {
    "lessees": LesseeDeparture,
    "accounts": LeaseAccountDeparture,
    "vehicles": VehicleDeparture,
}
"""By LeaseWorks entity; the other entities are windows, which keys leave without having gone."""


def to_salesforce(
    entity: Literal["lessees", "accounts", "vehicles"], key: str, *, left_on: date, now: datetime
) -> LesseeDeparture | LeaseAccountDeparture | VehicleDeparture:
    """Say since when a record has been missing; nothing else of it changes. When it comes back, the date goes."""
    return DEPARTURES[entity](leaseworks_id=key, left_source_date=left_on, last_synced=now)
