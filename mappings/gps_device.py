"""Report of a GPS device → GPS_Device__c (P07)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.gps_device import GpsDevice, LocatedGpsDevice
from drawbar.mappings.words import optional_line, shortened
from drawbar.middleware.gps.reports import DeviceReport

LONGEST_ADDRESS = 255


def to_salesforce(report: DeviceReport, *, now: datetime) -> GpsDevice:
    """Map a device, with its position when the report has one; without one, what was known of it stays."""
    device, position = report.device, report.position
    if position is None:
        return GpsDevice(
            device_key=device.key,
            name=device.serial,
            vendor=device.vendor,
            vin=optional_line(device.vin),
            vehicle=report.vehicle or None,
            lease_account=device.account or None,
            active=device.active,
            source_system=device.vendor,
            last_synced=now,
        )
    return LocatedGpsDevice(
        device_key=device.key,
        name=device.serial,
        vendor=device.vendor,
        vin=optional_line(device.vin),
        vehicle=report.vehicle or None,
        lease_account=device.account or None,
        active=device.active,
        last_report=position.at,
        latitude=position.latitude,
        longitude=position.longitude,
        address=address_line(position.address),
        odometer=position.odometer,
        battery=position.battery_volts,
        moving_status=position.moving,
        source_system=device.vendor,
        source_updated=position.at,
        last_synced=now,
    )


def address_line(address: str) -> str | None:
    """Give an address as it fits a field; None for an empty one."""
    whole = optional_line(address)
    return None if whole is None else shortened(whole, LONGEST_ADDRESS, "at the maker")
