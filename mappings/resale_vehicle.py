"""What resale concludes of a vehicle → Vehicle__c: disposition, reminder of its title, notice (P19, P20)."""

from __future__ import annotations

from datetime import date, datetime

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.connectors.salesforce.records.vehicle_title import VehicleNotice, VehicleTitleReminder
from drawbar.middleware.records import TargetRecord


def sold(vehicle: str) -> TargetRecord:
    """Give the one step of a vehicle that the hub takes in people's stead: who submits a sale says that it is sold.

    The field is people's own, so no record class may set it, and nothing that the hub remembers holds it.
    """
    return TargetRecord(VEHICLE.api_name, vehicle, {"Disposition__c": "SOLD"})


def title_reminder(vehicle: str, text: str, *, now: datetime) -> VehicleTitleReminder:
    """Map what people are reminded of, "" for nothing."""
    return VehicleTitleReminder(leaseworks_id=vehicle, reminder=text or None, last_synced=now)


def notice(vehicle: str, sent_on: date, earliest_sale_on: date, *, now: datetime) -> VehicleNotice:
    """Map a notice that was sent."""
    return VehicleNotice(leaseworks_id=vehicle, sent_on=sent_on, earliest_sale_on=earliest_sale_on, last_synced=now)
