"""Position of a truck's GPS device → the part of Vehicle__c that says where the truck is (P07)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.vehicle import VehiclePosition
from drawbar.mappings.gps_device import address_line
from drawbar.middleware.gps.records import Position


def to_salesforce(asset_number: str, position: Position, *, now: datetime) -> VehiclePosition:
    """Map the newest position of all devices of a truck."""
    return VehiclePosition(
        leaseworks_id=asset_number,
        gps_last_report=position.at,
        gps_latitude=position.latitude,
        gps_longitude=position.longitude,
        gps_address=address_line(position.address),
        gps_odometer=position.odometer,
        gps_moving_status=position.moving,
        last_synced=now,
    )
