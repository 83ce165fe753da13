"""A truck of a delinquent account in Texas, its devices and the places around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import shapely

from drawbar.middleware.gps import tables
from drawbar.middleware.gps.accounts import AccountSituation
from drawbar.middleware.gps.boundaries import open_boundaries
from drawbar.middleware.gps.distance import Spot
from drawbar.middleware.gps.geofences import FenceKind, Geofence, make_geofences
from drawbar.middleware.gps.records import Device, DeviceEvent, EventKind, MovingStatus, Position
from drawbar.middleware.gps.scene import Scene

TABLES = [tables.gps_track, tables.gps_reading, tables.gps_alert, tables.lessee_home]
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ACCOUNT = "LW00000001"
SERIAL = "4541000123"
DEVICE = Device(SERIAL, "Spireon", "1XKAD49X0CJ000001", ACCOUNT, active=True)
LATE = AccountSituation(ACCOUNT, days_past_due=45, case_key=f"{ACCOUNT}-D001", lessee_state="TX")

HOUSTON = Spot(29.7604, -95.3698)
YARD = Spot(29.80, -95.30)
HOME = Spot(29.90, -95.60)
PORT = Spot(29.73, -95.27)
LAREDO = Spot(27.506, -99.507)
NUEVO_LAREDO = Spot(27.477, -99.549)
TULSA = Spot(36.154, -95.993)
SHREVEPORT = Spot(32.5252, -93.7502)


def hours(count: float) -> datetime:
    return START + timedelta(hours=count)


def around(spot: Spot, degrees: float = 0.01) -> shapely.Polygon:
    return shapely.box(
        spot.longitude - degrees, spot.latitude - degrees, spot.longitude + degrees, spot.latitude + degrees
    )


@cache
def scene(*, with_home: bool = True) -> Scene:
    fences = [
        Geofence("Harris Yard", FenceKind.YARD, "", around(YARD)),
        Geofence("Port of Houston", FenceKind.WATCH, "", around(PORT)),
    ]
    if with_home:
        fences.append(Geofence("Lessee's lot", FenceKind.HOME, ACCOUNT, around(HOME)))
    return Scene(open_boundaries(), make_geofences(fences))


def at(
    spot: Spot, hour: float, *, volts: float | None = None, moving: MovingStatus | None = None, serial: str = SERIAL
) -> Position:
    """Give a position, so many hours after the start."""
    return Position(
        serial, "Spireon", hours(hour), Decimal(f"{spot.latitude:.6f}"), Decimal(f"{spot.longitude:.6f}"),
        battery_volts=None if volts is None else Decimal(str(volts)), moving=moving,
    )  # fmt: skip


def event(kind: EventKind, hour: float, number: str) -> DeviceEvent:
    return DeviceEvent(number, SERIAL, "Spireon", kind, hours(hour))


def east_of(spot: Spot, miles: float) -> Spot:
    """Give the spot so many miles to the east, near Texas."""
    return Spot(spot.latitude, spot.longitude + miles / 60)
