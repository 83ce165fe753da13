"""What resale concludes of a vehicle → Vehicle__c: reminder of its title, notice (P19, P20)."""

from __future__ import annotations

from datetime import date, datetime

from drawbar.connectors.salesforce.records.vehicle_title import VehicleNotice, VehicleTitleReminder


def title_reminder(vehicle: str, text: str, *, now: datetime) -> VehicleTitleReminder:
    """Map what people are reminded of, "" for nothing."""
    return VehicleTitleReminder(leaseworks_id=vehicle, reminder=text or None, last_synced=now)


def notice(vehicle: str, sent_on: date, earliest_sale_on: date, *, now: datetime) -> VehicleNotice:
    """Map a notice that was sent."""
    return VehicleNotice(leaseworks_id=vehicle, sent_on=sent_on, earliest_sale_on=earliest_sale_on, last_synced=now)
