"""The records of the simulated Spireon, in the shapes of its interface.

Source: the unofficial OpenAPI description of lojack-clients 1.0.2 (PyPI, read 2026-07).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from drawbar.sandbox.gps.journeys import REPORT_EVERY, Spot, last_report, reports, spot
from drawbar.sandbox.gps.trucks import Truck

_INSTALLED: Final = "2024-06-03T14:00:00.000+0000"
_HALF_A_MILE: Final = 0.008
"""In degrees; near enough for a geofence."""


def asset_id(truck: Truck) -> str:
    return f"27{truck.luck:010d}ASSET"


def device_id(truck: Truck) -> str:
    return f"38{truck.luck:010d}UNIT"


def serial_of(truck: Truck) -> str:
    """Give the serial number of a truck's device."""
    return f"BSH{truck.luck:09X}"


def is_active(truck: Truck) -> bool:
    return truck.luck % 50 != 3  # noqa: PLR2004  (one in fifty is not)


def written(instant: datetime) -> str:
    """Write an instant as Spireon does: an offset without colon."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def asset(truck: Truck, now: datetime) -> dict[str, Any]:
    """Give a truck with what its device last said."""
    seen = last_report(truck, now)
    return {
        "id": asset_id(truck),
        "active": is_active(truck),
        "name": f"{truck.year} {truck.make} {truck.model}",
        "make": truck.make,
        "model": truck.model,
        "year": truck.year,
        "vin": truck.vin,
        "initialOdometer": 9,
        "odometer": seen.miles,
        "batteryVoltage": seen.volts,
        "internalBatteryVoltage": 0,
        "speed": seen.speed,
        "status": "Moving" if seen.moving else "Stopped",
        "statusStartDate": written(seen.at),
        "locationLastReported": written(seen.at),
        "lastLocation": _location(seen),
        "attributes": {"color": truck.color, "installationDate": _INSTALLED, "deviceStatus": "Installed"},
        "customAttributes": {},
        "instrumentationRef": {"id": asset_id(truck), "deviceId": device_id(truck)},
        "dateCreated": _INSTALLED,
        "lastUpdated": written(seen.at),
    }


def device(truck: Truck) -> dict[str, Any]:
    """Give a truck's device."""
    return {
        "id": device_id(truck),
        "accountId": "83628362941HDHQQ63V1",
        "active": is_active(truck),
        "type": "UNKNOWN",
        "features": ["QUICK_LOCATE", "NSPIRE_V2"],
        "serialNumber": serial_of(truck),
        "dateCreated": _INSTALLED,
        "lastUpdated": _INSTALLED,
    }


def events(truck: Truck, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Give what a truck's device reported from `since` to `until`, oldest first."""
    for seen in reports(truck, since, until):
        yield _event(truck, seen, _kind(truck, seen))


def located(truck: Truck, at: datetime) -> dict[str, Any]:
    """Give the event with which a device answers the question where it is."""
    return _event(truck, spot(truck, at), "USER_LOC")


def geofence(truck: Truck) -> dict[str, Any]:
    """Give the one geofence of a truck: around the city where it stood on the first day."""
    home = spot(truck, datetime(2025, 1, 1, tzinfo=UTC))
    return {
        "id": f"11{truck.luck:010d}GEO",
        "name": f"Home of {truck.vin[-6:]}",
        "shape": {
            "type": "RECTANGLE",
            "point1": {"lat": round(home.latitude - _HALF_A_MILE, 6), "lng": round(home.longitude - _HALF_A_MILE, 6)},
            "point2": {"lat": round(home.latitude + _HALF_A_MILE, 6), "lng": round(home.longitude + _HALF_A_MILE, 6)},
        },
        "dateCreated": _INSTALLED,
        "lastUpdated": _INSTALLED,
    }


def _kind(truck: Truck, seen: Spot) -> str:
    before = spot(truck, seen.at - REPORT_EVERY)
    if seen.moving:
        return "MOVE_PER" if before.moving else "MOVE_START"
    if before.moving:
        return "MOVE_STOP"
    return "EXT_PWR_LOW" if seen.volts < 11 and seen.at.hour == 0 else "AUTO_LOC"  # noqa: PLR2004  (volts)


def _event(truck: Truck, seen: Spot, kind: str) -> dict[str, Any]:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{truck.vin} {kind} {seen.at.isoformat()}")),
        "type": kind,
        "location": _location(seen),
        "date": written(seen.at),
        "odometer": seen.miles,
        "batteryVoltage": seen.volts,
        "heading": seen.heading,
        "speed": seen.speed,
        "engineHours": 0,
        "distanceDriven": seen.miles,
        "signalStrength": 0.8,
        "gpsFixQuality": "GOOD",
        "eventData": None,
    }


def _location(seen: Spot) -> dict[str, Any]:
    city = seen.city
    address = (
        {"line1": city.street, "city": city.name, "stateOrProvince": city.state, "postalCode": city.postal_code}
        if city
        else {}
    )
    return {"lat": seen.latitude, "lng": seen.longitude, "address": address}


LOCATE_DELAY: Final = timedelta(seconds=8)
"""How long a device takes to say where it is, once it was asked."""
