"""What GPS devices say, in our words: the same for every maker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from drawbar.middleware.units import Miles

GpsVendor = Literal["PassTime", "Spireon"]

MovingStatus = Literal["Moving", "Idle", "Stopped"]
"""Idle stands with the engine running."""

EventKind = Literal[
    "power_low",
    "speeding",
    "move_started",
    "move_stopped",
    "moving",
    "trip_started",
    "trip_stopped",
    "fell_asleep",
    "configured",
    "located",
    "geofence_entered",
    "geofence_left",
]


@dataclass(frozen=True, slots=True)
class Device:
    """A GPS device, and the truck that it is built into.

    `vin` is "" when the maker does not know it; `account` is the number of the lease account, "" when the hub knows
    none. `active` is what the maker says: an inactive device reports no more.
    """

    serial: str
    vendor: GpsVendor
    vin: str
    account: str
    active: bool

    @property
    def key(self) -> str:
        """The device's key in the hub and in Salesforce: serial numbers are only unique within a maker."""
        return device_key(self.vendor, self.serial)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a device was at an instant (`at`, aware, UTC).

    Latitude and longitude are degrees of WGS 84. What a maker does not tell is None (`address`: ""); `heading` is
    degrees clockwise from north, `odometer` the device's count of miles.
    """

    serial: str
    vendor: GpsVendor
    at: datetime
    latitude: Decimal
    longitude: Decimal
    address: str = ""
    odometer: Miles | None = None
    speed_mph: Decimal | None = None
    heading: int | None = None
    battery_volts: Decimal | None = None
    moving: MovingStatus | None = None

    @property
    def device_key(self) -> str:
        """The key of the device that was there."""
        return device_key(self.vendor, self.serial)

    @property
    def key(self) -> str:
        """The position's own key: `vendor:serial:time`, to the second."""
        return f"{self.device_key}:{self.at:%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something that a device reported by itself; `id` is the maker's, unique within the maker.

    `detail` says more where a kind needs it: the maker's id of the geofence that was entered or left. Events without a
    fix have no latitude and longitude.
    """

    id: str
    serial: str
    vendor: GpsVendor
    kind: EventKind
    at: datetime
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    detail: str = ""

    @property
    def device_key(self) -> str:
        """The key of the device that reported it."""
        return device_key(self.vendor, self.serial)


def device_key(vendor: GpsVendor, serial: str) -> str:
    """Give the key of a device in the hub and in Salesforce: `Spireon:4541000123`."""
    return f"{vendor}:{serial}"
