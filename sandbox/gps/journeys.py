"""Where a truck is at any time: the same for the same truck and time, whoever asks and however often.

A truck drives by day between its home city and another, out on one day and back on the next, and stands by night.
Some have stood for weeks, some have a weak battery, some devices have fallen silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from drawbar.sandbox.gps.trucks import Truck

EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""From here days and miles are counted."""

REPORT_EVERY: Final = timedelta(minutes=30)

_LEAVES, _ARRIVES = 11.0, 23.0
"""Between which hours of the UTC day trucks drive."""

_MILES_A_DAY: Final = 380.0
_NEVER_MOVES_BELOW, _WEAK_BELOW = 8, 14
"""Of a hundred trucks: 8 stand still, 6 more have a weak battery."""

_SILENT_ONE_IN: Final = 20
_SILENT_HOURS: Final = 72


@dataclass(frozen=True, slots=True)
class City:
    """A city where trucks stand at night; degrees of WGS 84."""

    street: str
    name: str
    state: str
    postal_code: str
    latitude: float
    longitude: float


CITIES: Final = (
    City("100 Port St", "Newark", "NJ", "07114", 40.7013, -74.1502),
    City("55 Truck Stop Rd", "Carlisle", "PA", "17015", 40.2265, -77.1383),
    City("12 Lake Ave", "Buffalo", "NY", "14220", 42.8466, -78.8200),
    City("800 Fulton Industrial Blvd", "Atlanta", "GA", "30336", 33.7391, -84.5469),
    City("21 River St", "Jacksonville", "FL", "32218", 30.4488, -81.6602),
    City("640 Statesville Ave", "Charlotte", "NC", "28206", 35.2569, -80.8337),
    City("1 Center Point Dr", "Joliet", "IL", "60436", 41.4608, -88.1170),
    City("77 Circle Rd", "Indianapolis", "IN", "46241", 39.7217, -86.2731),
    City("4100 Alum Creek Dr", "Columbus", "OH", "43207", 39.8868, -82.9325),
    City("9 Mines Rd", "Laredo", "TX", "78045", 27.6430, -99.5200),
    City("12000 Gateway Blvd", "El Paso", "TX", "79927", 31.6905, -106.2290),
    City("300 Northwest Fwy", "Houston", "TX", "77092", 29.8130, -95.4730),
    City("15 Valley Blvd", "Fontana", "CA", "92335", 34.0700, -117.4600),
    City("2 Airport Way", "Stockton", "CA", "95206", 37.8990, -121.2490),
    City("51 Buckeye Rd", "Phoenix", "AZ", "85043", 33.4370, -112.1900),
    City("8 Vista Blvd", "Reno", "NV", "89434", 39.5360, -119.7060),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """What a truck's device reports: when, where (`city` when it stands in one), and how it is."""

    at: datetime
    latitude: float
    longitude: float
    city: City | None
    moving: bool
    speed: int
    heading: int
    miles: float
    volts: float


def last_report(truck: Truck, now: datetime) -> Spot:
    """Give what a truck's device last said before or at `now`."""
    return spot(truck, _last_time(truck, now))


def reports(truck: Truck, since: datetime, until: datetime) -> Iterator[Spot]:
    """Give what a truck's device said from `since` to `until`, oldest first."""
    last, at = _last_time(truck, until), _on_the_beat(truck, since)
    at = at if at >= since else at + REPORT_EVERY
    while at <= last:
        yield spot(truck, at)
        at += REPORT_EVERY


def spot(truck: Truck, at: datetime) -> Spot:
    """Give where a truck is at a time, and how it is."""
    day, hour = divmod((at - EPOCH).total_seconds() / 3600, 24)
    share = 0.0 if _stands(truck) else min(1.0, max(0.0, (hour - _LEAVES) / (_ARRIVES - _LEAVES)))
    start, end = _leg(truck, int(day))
    moving = 0 < share < 1
    miles = 40_000 + truck.luck % 200_000 + (0 if _stands(truck) else (int(day) + share) * _MILES_A_DAY)
    return Spot(
        at=at,
        latitude=round(start.latitude + (end.latitude - start.latitude) * share + _off_the_road(truck), 6),
        longitude=round(start.longitude + (end.longitude - start.longitude) * share, 6),
        city=None if moving else (start if share == 0 else end),
        moving=moving,
        speed=48 + truck.luck % 20 if moving else 0,
        heading=90 if end.longitude > start.longitude else 270,
        miles=round(miles, 2),
        volts=round(10.9 if _is_weak(truck) else 12.4 + truck.luck % 16 / 10, 2),
    )


def _last_time(truck: Truck, now: datetime) -> datetime:
    """Give when the device last reported before or at `now`; one that has fallen silent did so days ago."""
    silent = truck.luck // 7 % _SILENT_ONE_IN == 0
    return _on_the_beat(truck, now - timedelta(hours=_SILENT_HOURS) if silent else now)


def _on_the_beat(truck: Truck, at: datetime) -> datetime:
    """Give the half hour before or at a time at which the device reports, each device a little off the hour."""
    offset = timedelta(seconds=truck.luck % 1_800)
    return EPOCH + offset + (at - EPOCH - offset) // REPORT_EVERY * REPORT_EVERY


def _leg(truck: Truck, day: int) -> tuple[City, City]:
    """Give from where to where a truck drives on a day: out on even days, back on odd ones."""
    home = truck.luck % len(CITIES)
    other = (home + 1 + (truck.luck // 13 + day // 2) % (len(CITIES) - 1)) % len(CITIES)
    out = (CITIES[home], CITIES[other])
    return out if day % 2 == 0 else (out[1], out[0])


def _stands(truck: Truck) -> bool:
    return truck.luck // 100 % 100 < _NEVER_MOVES_BELOW


def _is_weak(truck: Truck) -> bool:
    return _NEVER_MOVES_BELOW <= truck.luck // 100 % 100 < _WEAK_BELOW


def _off_the_road(truck: Truck) -> float:
    """Keep trucks of one city from standing on one spot."""
    return truck.luck % 97 / 20_000
