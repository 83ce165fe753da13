"""What a reading of a GPS maker's system gives for one device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drawbar.middleware.gps.records import Device, DeviceEvent, Position


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """A device and what it said since it was last asked.

    `position` is the newest known one, None when there is none. `track` is its movement history of the time that was
    asked for, up to `read_until` (None when no history was asked for). `reference` is the maker's own id of the
    device's truck, "" when the maker has none. What follows is filled in by the hub: `vehicle` is the asset number of
    the truck on lease, "" when no truck on lease has the device's VIN; `leads` says that `position` is the newest of
    all devices of the truck.
    """

    device: Device
    position: Position | None = None
    track: tuple[Position, ...] = ()
    events: tuple[DeviceEvent, ...] = ()
    read_until: datetime | None = None
    reference: str = ""
    vehicle: str = ""
    leads: bool = False

    @property
    def newest(self) -> Position | None:
        """The newest position of all that are told; of two of one time the one that the device's record shows."""
        known = (*((self.position,) if self.position else ()), *self.track)
        return max(known, key=lambda each: each.at, default=None)
