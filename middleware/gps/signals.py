"""Tells of one reading which alerts it speaks for and which it speaks against; what it leaves open, stays as it is.

Between the limit at which something begins and the one at which it ends lies a margin (hysteresis): a vehicle that
drives along a border, or a battery at its limit, raises one alert and not twenty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drawbar.middleware.gps.distance import Spot, miles_between
from drawbar.middleware.gps.geofences import FenceKind
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.readings import Reading
from drawbar.middleware.gps.scene import Scene
from drawbar.middleware.gps.settings import GpsSettings

EVERYWHERE = "*"
"""As the place of a signal: all places of the kind that the reading has not named."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a vehicle stands: the first spot of it, since when, and when it was last seen there."""

    latitude: float
    longitude: float
    since: datetime
    until: datetime

    @property
    def spot(self) -> Spot:
        return Spot(self.latitude, self.longitude)

    @property
    def length(self) -> timedelta:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Signal:
    """A reading says that something holds at a place, or does not; None: between both limits, it stays as it is.

    `why` is a sentence for people.
    """

    kind: AlertKind
    place: str
    holds: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Watched:
    """The account whose vehicle reports, and the states in which it is at home (none: nobody knows)."""

    account: str
    home_states: frozenset[str]


def stand(before: Standing | None, reading: Reading, settings: GpsSettings) -> Standing | None:
    """Give where the vehicle stands after a reading: at the old place while it stays within `standing_miles`."""
    if (spot := reading.spot) is None:
        return before
    if before is not None and miles_between(before.spot, spot) <= settings.standing_miles:
        return Standing(before.latitude, before.longitude, before.since, max(before.until, reading.at))
    return Standing(spot.latitude, spot.longitude, reading.at, reading.at)


@dataclass(frozen=True, slots=True)
class Signals:
    """Reads signals out of readings of one vehicle."""

    watched: Watched
    scene: Scene
    settings: GpsSettings

    def of(self, reading: Reading, before: Standing | None, after: Standing | None) -> Iterator[Signal]:
        """Give the signals of a reading, by where the vehicle stood before it and stands after it."""
        yield from self._power(reading)
        if (spot := reading.spot) is None or after is None:
            return
        yield from self._state(spot)
        yield from self._fences(spot)
        yield from self._moving(before, after)
        yield from self._parked(spot, after)

    def _power(self, reading: Reading) -> Iterator[Signal]:
        low, lost, margin = (
            self.settings.power_low_volts, self.settings.power_lost_volts, self.settings.power_margin_volts
        )  # fmt: skip
        if reading.power_low:
            yield Signal(AlertKind.POWER_LOW, "", True, "The device says that its power is low.")
        if (volts := reading.volts) is None:
            return
        if volts < lost:
            yield Signal(AlertKind.POWER_LOST, "", True, f"{volts:g} volts: the device is cut off, or nearly.")
        elif volts >= lost + margin:
            yield Signal(AlertKind.POWER_LOST, "", False, f"{volts:g} volts again.")
        if lost <= volts < low:
            yield Signal(AlertKind.POWER_LOW, "", True, f"{volts:g} volts, less than {low:g}.")
        elif volts >= low + margin:
            yield Signal(AlertKind.POWER_LOW, "", False, f"{volts:g} volts again.")

    def _state(self, spot: Spot) -> Iterator[Signal]:
        homes = sorted(self.watched.home_states)
        if not homes:
            return
        region = self.scene.boundaries.region_of(spot)
        if region in self.watched.home_states:
            yield Signal(AlertKind.LEFT_STATE, "", False, f"Back in {region}.")
        elif (away := self._miles_outside(homes, spot)) > self.settings.state_margin_miles:
            where = f"In {region}" if region else "Outside of all states"
            yield Signal(AlertKind.LEFT_STATE, "", True, f"{where}, {away:.0f} miles from {', '.join(homes)}.")

    def _miles_outside(self, states: list[str], spot: Spot) -> float:
        return min(self.scene.boundaries.miles_outside(state, spot) for state in states)

    def _fences(self, spot: Spot) -> Iterator[Signal]:
        margin = self.settings.fence_margin_miles
        homes = [(fence, fence.miles_to(spot)) for fence in self.scene.geofences.homes_of(self.watched.account)]
        if homes:
            fence, away = min(homes, key=lambda each: each[1])
            if away == 0:
                yield Signal(AlertKind.LEFT_GEOFENCE, "", False, f"Back in {fence.name}.")
            elif away > margin:
                yield Signal(AlertKind.LEFT_GEOFENCE, "", True, f"{away:.1f} miles from {fence.name}.")
        yield Signal(AlertKind.ENTERED_GEOFENCE, EVERYWHERE, False, "Left it.")
        for near in self.scene.fences_near(spot, margin, FenceKind.WATCH, self.watched.account):
            inside = True if near.miles == 0 else None
            yield Signal(AlertKind.ENTERED_GEOFENCE, near.fence.name, inside, "Entered it.")

    def _moving(self, before: Standing | None, after: Standing) -> Iterator[Signal]:
        days = timedelta(days=self.settings.standing_days)
        if before is not None and after.since > before.since and before.length >= days:
            stood = (
                f"Stood for {before.length.days} days, then moved {miles_between(before.spot, after.spot):.1f} miles."
            )
            yield Signal(AlertKind.MOVING_AGAIN, "", True, stood)
        elif after.length >= timedelta(hours=self.settings.settled_hours):
            yield Signal(AlertKind.MOVING_AGAIN, "", False, f"Stands again since {after.since:%Y-%m-%d %H:%M} UTC.")

    def _parked(self, spot: Spot, after: Standing) -> Iterator[Signal]:
        parked = after.length >= timedelta(minutes=self.settings.parked_minutes)
        since = f"Stands there since {after.since:%Y-%m-%d %H:%M} UTC."
        margin = self.settings.fence_margin_miles
        yield Signal(AlertKind.PARKED_AT_YARD, EVERYWHERE, False, "Left it.")
        for near in self.scene.fences_near(spot, margin, FenceKind.YARD, self.watched.account):
            inside = True if parked and near.miles == 0 else None
            yield Signal(AlertKind.PARKED_AT_YARD, near.fence.name, inside, since)
        yield Signal(AlertKind.PARKED_NEAR_BORDER, EVERYWHERE, False, "Went away from it.")
        far = self.settings.border_miles + self.settings.border_margin_miles
        for border, away in self.scene.borders_near(spot, far).items():
            close = True if parked and away <= self.settings.border_miles else None
            yield Signal(AlertKind.PARKED_NEAR_BORDER, border, close, f"{away:.0f} miles from it. {since}")
