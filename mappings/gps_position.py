"""Position of a GPS device → GPS_Position__c (P07)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.gps_position import GpsPosition
from drawbar.mappings.gps_device import address_line
from drawbar.middleware.gps.records import Position


def to_salesforce(position: Position, *, now: datetime) -> GpsPosition:
    """Map a position of the movement history."""
    return GpsPosition(
        position_key=position.key,
        name=f"{position.serial[:58]} {position.at:%Y-%m-%d %H:%M:%S}",
        device=position.device_key,
        reported=position.at,
        latitude=position.latitude,
        longitude=position.longitude,
        address=address_line(position.address),
        odometer=position.odometer,
        speed=position.speed_mph,
        heading=position.heading,
        battery=position.battery_volts,
        moving_status=position.moving,
        source_system=position.vendor,
        source_updated=position.at,
        last_synced=now,
    )
