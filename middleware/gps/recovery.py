"""From what devices reported to the facts that the verdict on recovery comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drawbar.middleware.gps.accounts import AccountSituation
from drawbar.middleware.gps.feasibility import RecoveryFacts
from drawbar.middleware.gps.geofences import FenceKind
from drawbar.middleware.gps.readings import Reading
from drawbar.middleware.gps.scene import Scene
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.tracks import Track
from drawbar.middleware.gps.trail import stood_until


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle by the device that tells of it, and that device's kept readings in order; without a device: None."""

    track: Track | None
    readings: tuple[Reading, ...] = ()

    @property
    def last_report_at(self) -> datetime | None:
        return self.readings[-1].at if self.readings else None


NOTHING_KNOWN: Final = Vehicle(None)


def newest_of_each(vehicles: Iterable[Vehicle]) -> dict[str, list[Vehicle]]:
    """Give by account one entry per VIN: of several devices in one vehicle the one that reported last."""
    newest: dict[tuple[str, str], Vehicle] = {}
    for each in vehicles:
        if each.track is not None:
            place = each.track.account, each.track.vin or each.track.device_key
            newest[place] = max(newest.get(place, NOTHING_KNOWN), each, key=_reported)
    found: dict[str, list[Vehicle]] = defaultdict(list)
    for (account, _), vehicle in sorted(newest.items()):
        found[account].append(vehicle)
    return found


def _reported(vehicle: Vehicle) -> tuple[bool, str, bool]:
    at = vehicle.last_report_at
    return at is not None, at.isoformat() if at else "", vehicle.track is not None


def facts_of(vehicle: Vehicle, situation: AccountSituation, scene: Scene, settings: GpsSettings) -> RecoveryFacts:
    """Gather what the verdict comes from."""
    last = next((each for each in reversed(vehicle.readings) if each.spot is not None), None)
    if vehicle.track is None or last is None or (spot := last.spot) is None:
        return RecoveryFacts(situation.account, situation.days_past_due, vehicle.last_report_at)
    homes = scene.geofences.homes_of(situation.account)
    at_home = [fence.name for fence in homes if fence.miles_to(spot) == 0]
    yards = scene.fences_near(spot, 0.0, FenceKind.YARD, situation.account)
    borders = scene.borders_near(spot, settings.border_miles)
    told_volts = [each.volts for each in vehicle.readings if each.volts is not None]
    return RecoveryFacts(
        account=situation.account,
        days_past_due=situation.days_past_due,
        last_report_at=vehicle.last_report_at,
        device_active=vehicle.track.active,
        standing=stood_until(vehicle.track.standing, vehicle.readings, settings),
        moving=last.moving == "Moving",
        region=scene.boundaries.region_of(spot),
        home_states=scene.home_states(situation.account, situation.lessee_state),
        has_home=bool(homes),
        at_home=bool(at_home),
        places=(*at_home, *(near.fence.name for near in yards)),
        border=min(borders, key=lambda name: borders[name], default=""),
        volts=told_volts[-1] if told_volts else None,
        power_low=vehicle.readings[-1].power_low,
    )
