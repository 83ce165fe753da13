"""What devices reported, as the rules read it: positions and events alike, in the order of their times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from drawbar.middleware.gps.distance import Spot
from drawbar.middleware.gps.records import DeviceEvent, MovingStatus, Position


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device said at an instant (`at`); `spot` is None for an event without a fix.

    `source` is "" for a position, else the maker's id of the event: together with device and time it tells one
    reading from another. `volts` is None where the maker tells none, `power_low` what an event said.
    """

    device_key: str
    at: datetime
    source: str = ""
    latitude: float | None = None
    longitude: float | None = None
    volts: float | None = None
    moving: MovingStatus | None = None
    power_low: bool = False

    @property
    def spot(self) -> Spot | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Spot(self.latitude, self.longitude)


def of_position(position: Position) -> Reading:
    """Give a position as a reading."""
    volts = position.battery_volts
    return Reading(
        device_key=position.device_key,
        at=position.at.replace(microsecond=0),
        latitude=float(position.latitude),
        longitude=float(position.longitude),
        volts=None if volts is None else float(volts),
        moving=position.moving,
    )


def of_event(event: DeviceEvent) -> Reading:
    """Give an event as a reading."""
    return Reading(
        device_key=event.device_key,
        at=event.at.replace(microsecond=0),
        source=event.id,
        latitude=None if event.latitude is None else float(event.latitude),
        longitude=None if event.longitude is None else float(event.longitude),
        power_low=event.kind == "power_low",
    )


def in_order(readings: Iterable[Reading]) -> list[Reading]:
    """Sort readings by time, each once, whatever order and however often they came.

    Of two versions of one reading the same one is always chosen, whichever came first.
    """
    chosen: dict[tuple[datetime, str], Reading] = {}
    for each in readings:
        place = each.at, each.source
        known = chosen.get(place)
        chosen[place] = each if known is None else max(known, each, key=repr)
    return [chosen[place] for place in sorted(chosen)]
