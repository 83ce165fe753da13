"""Distances on the earth, in statute miles; points are degrees of WGS 84."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely import Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

METRES_PER_MILE = 1_609.344


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the earth: degrees north and east."""

    latitude: float
    longitude: float

    @property
    def point(self) -> Point:
        """The point as shapely has it: longitude first."""
        return Point(self.longitude, self.latitude)


@cache
def _earth() -> Geod:
    return Geod(ellps="WGS84")


def miles_between(one: Spot, other: Spot) -> float:
    """Give the length of the shortest way over the ellipsoid."""
    _, _, metres = _earth().inv(one.longitude, one.latitude, other.longitude, other.latitude)
    return float(metres) / METRES_PER_MILE


def miles_to(shape: BaseGeometry, spot: Spot) -> float:
    """Give the distance to the nearest point of a line or area, 0 inside of an area.

    The nearest point is looked for on a map on which miles to the east are as long as miles to the north where the
    spot is, so the answer is exact to a hundredth up to some 100 miles, and too long beyond.
    """
    if shape.covers(spot.point):
        return 0.0
    narrow = math.cos(math.radians(spot.latitude))

    def squeezed(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return xy * (narrow, 1.0)

    here = Point(spot.longitude * narrow, spot.latitude)
    nearest, _ = nearest_points(shapely.transform(shape, squeezed), here)
    return miles_between(spot, Spot(nearest.y, nearest.x / narrow))
