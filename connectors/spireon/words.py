"""Spireon's records in our words; a word that is not known is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from drawbar.connectors.spireon.records import Address, Asset, Event, Location
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.records import DeviceEvent, EventKind, GpsVendor, MovingStatus, Position
from drawbar.middleware.gps.units import is_no_fix

Word = TypeVar("Word")

VENDOR: Final[GpsVendor] = "Spireon"

MOVING: Final[Mapping[str, MovingStatus]] = {"Moving": "Moving", "Stopped": "Stopped", "Idle": "Idle"}
"""What a truck does."""

EVENTS: Final[Mapping[str, EventKind]] = {
    "EXT_PWR_LOW": "power_low",
    "SPEED": "speeding",
    "MOVE_START": "move_started",
    "MOVE_STOP": "move_stopped",
    "MOVE_PER": "moving",
    "TRIP_START": "trip_started",
    "TRIP_STOP": "trip_stopped",
    "SLEEP_ENTER": "fell_asleep",
    "CFG_RESP": "configured",
    "USER_LOC": "located",
    "AUTO_LOC": "located",
    "GEO_ENTER": "geofence_entered",
    "GEO_EXIT": "geofence_left",
}
"""What a device reports."""

_DOES: Final[Mapping[EventKind, MovingStatus]] = {
    "move_started": "Moving",
    "moving": "Moving",
    "trip_started": "Moving",
    "move_stopped": "Stopped",
    "trip_stopped": "Stopped",
    "fell_asleep": "Stopped",
}
_BAD_FIX: Final = "BAD"


def position_of(asset: Asset, serial: str) -> Position | None:
    """Give where a truck last was; None when its device has never known a place."""
    moving = _ours(MOVING, asset.status, f"device {serial}", "status") if asset.status else None
    if asset.location is None or asset.reported_at is None or _is_nowhere(asset.location):
        return None
    return Position(
        serial, VENDOR, asset.reported_at, asset.location.latitude, asset.location.longitude,
        address=_one_line(asset.location.address), odometer=None if asset.odometer is None else int(asset.odometer),
        speed_mph=asset.speed, battery_volts=asset.battery_volts, moving=moving,
    )  # fmt: skip


def place_of(event: Event, serial: str) -> Position | None:
    """Give where an event happened; None without a place, or when the device's fix was bad."""
    if event.location is None or event.fix == _BAD_FIX or _is_nowhere(event.location):
        return None
    return Position(
        serial, VENDOR, event.at, event.location.latitude, event.location.longitude,
        address=_one_line(event.location.address), odometer=None if event.odometer is None else int(event.odometer),
        speed_mph=event.speed, heading=event.heading, battery_volts=event.battery_volts,
        moving=_DOES.get(kind_of(event)),
    )  # fmt: skip


def told_of(event: Event, serial: str) -> DeviceEvent:
    """Give an event in our words; the geofence's id is its detail."""
    place = place_of(event, serial)
    geofence = (event.detail or {}).get("geofenceId")
    return DeviceEvent(
        event.id, serial, VENDOR, kind_of(event), event.at,
        place.latitude if place else None, place.longitude if place else None, str(geofence or ""),
    )  # fmt: skip


def kind_of(event: Event) -> EventKind:
    """Give an event's kind in our words; RecordRejected for one that is not known."""
    return _ours(EVENTS, event.type, f"event {event.id}", "type")


def _ours(words: Mapping[str, Word], word: str, record: str, field: str) -> Word:
    if word not in words:
        raise RecordRejected(
            f"{word} is not known", record=record, field=field, remedy=f"Known are: {', '.join(words)}.",
            code="UNKNOWN_CODE",
        )  # fmt: skip
    return words[word]


def _is_nowhere(location: Location) -> bool:
    return is_no_fix(location.latitude, location.longitude)


def _one_line(address: Address | None) -> str:
    if address is None:
        return ""
    state = " ".join(part for part in (address.state, address.postal_code) if part)
    return ", ".join(part for part in (address.line1, address.city, state) if part)
