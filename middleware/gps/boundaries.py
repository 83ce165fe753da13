"""Which state a spot lies in, and how far it is to the borders of the country; from the files in `boundary_files/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import shapely
from shapely import STRtree
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from drawbar.middleware.gps.distance import Spot, miles_to

_FOLDER: Final = Path(__file__).parent / "boundary_files"
COAST_MILES: Final = 5.0
"""The coast in the files is smoothed: a pier so far outside still belongs to the state."""
_DEGREES_PER_MILE: Final = 1 / 69


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The states of the USA, the neighbouring countries, and the land borders with them."""

    states: dict[str, BaseGeometry]
    neighbours: dict[str, BaseGeometry]
    borders: dict[str, BaseGeometry]
    index: STRtree

    def region_of(self, spot: Spot) -> str:
        """Name the state (`TX`) that a spot lies in, else the neighbouring country (`MEX`); "" for anywhere else.

        Off the coast the nearest state counts, up to `COAST_MILES`.
        """
        point = spot.point
        for code, area in (*self._near(spot, 0.0), *self.neighbours.items()):
            if area.covers(point):
                return code
        off = [(miles, code) for code, area in self._near(spot, COAST_MILES) if (miles := miles_to(area, spot))]
        miles, code = min(off, default=(COAST_MILES + 1, ""))
        return code if miles <= COAST_MILES else ""

    def miles_outside(self, state: str, spot: Spot) -> float:
        """Give the miles from a spot to a state, 0 inside; KeyError for a state that does not exist."""
        return miles_to(self.states[state], spot)

    def border_within(self, miles: float, spot: Spot) -> dict[str, float]:
        """Give the neighbouring countries whose land border is no farther than so many miles, with the distance.

        A spot that lies in a neighbouring country is 0 miles from its border.
        """
        found = {}
        for code, line in self.borders.items():
            part = nearby(line, spot, miles)
            away = 0.0 if self.region_of(spot) == code else miles_to(part, spot) if not part.is_empty else miles + 1
            if away <= miles:
                found[code] = away
        return found

    def _near(self, spot: Spot, miles: float) -> list[tuple[str, BaseGeometry]]:
        codes = list(self.states)
        return [(codes[number], self.states[codes[number]]) for number in self.index.query(square_around(spot, miles))]


def nearby(shape: BaseGeometry, spot: Spot, miles: float) -> BaseGeometry:
    """Give the part of a line or area within some miles of a spot and a little more, empty when there is none."""
    return shapely.clip_by_rect(shape, *square_around(spot, miles).bounds)


def square_around(spot: Spot, miles: float) -> BaseGeometry:
    """Give the square around a spot that holds all within so many miles, up to 70 degrees of latitude."""
    reach = miles * _DEGREES_PER_MILE * 1.02
    west, east = spot.longitude - 3 * reach, spot.longitude + 3 * reach
    return shapely.box(west, spot.latitude - reach, east, spot.latitude + reach)


@cache
def open_boundaries() -> Boundaries:
    """Read the boundaries that come with Drawbar, once."""
    states, neighbours, borders = (_read(name) for name in ("states", "neighbours", "borders"))
    for area in (*states.values(), *neighbours.values()):
        shapely.prepare(area)
    return Boundaries(states, neighbours, borders, STRtree(list(states.values())))


def _read(name: str) -> dict[str, BaseGeometry]:
    content = json.loads((_FOLDER / f"{name}.geojson").read_bytes())
    return {each["properties"]["code"]: shape(each["geometry"]) for each in content["features"]}
