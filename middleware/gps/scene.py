"""What is around a vehicle where it reports: states, borders, geofences; the rules ask, this answers."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.middleware.gps.boundaries import Boundaries
from drawbar.middleware.gps.distance import Spot
from drawbar.middleware.gps.geofences import FenceKind, Geofence, Geofences


@dataclass(frozen=True, slots=True)
class NearFence:
    """A geofence near a vehicle, and the miles to its edge, 0 inside."""

    fence: Geofence
    miles: float


@dataclass(frozen=True, slots=True)
class Scene:
    """The world as all vehicles see it."""

    boundaries: Boundaries
    geofences: Geofences

    def fences_near(self, spot: Spot, miles: float, kind: FenceKind, account: str) -> list[NearFence]:
        """Give the geofences of a kind within some miles that are for all accounts, or for this one."""
        return [
            NearFence(fence, away)
            for fence, away in self.geofences.near(spot, miles)
            if fence.kind is kind and fence.account in ("", account)
        ]

    def borders_near(self, spot: Spot, miles: float) -> dict[str, float]:
        """Give the borders within some miles: the country's own (`MEX`), and those that the lender has drawn."""
        drawn = {fence.name: away for fence, away in self.geofences.near(spot, miles) if fence.kind is FenceKind.BORDER}
        return {**self.boundaries.border_within(miles, spot), **drawn}

    def home_states(self, account: str, lessee_state: str) -> frozenset[str]:
        """Give the states in which an account's vehicle is at home: those of its homes, else the lessee's."""
        homes = self.geofences.homes_of(account)
        centres = [fence.area.representative_point() for fence in homes]
        found = {self.boundaries.region_of(Spot(point.y, point.x)) for point in centres} - {""}
        lived_in = {lessee_state} & self.boundaries.states.keys()
        return frozenset(found or lived_in)
