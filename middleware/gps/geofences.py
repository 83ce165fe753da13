"""The lender's own places: yards, homes of accounts, areas to watch, borders; GeoJSON files that people write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.gps.boundaries import square_around
from drawbar.middleware.gps.distance import Spot, miles_to
from drawbar.middleware.gps.geojson import read_features


class FenceKind(StrEnum):
    """What a place means: a `home` is not to be left by its account's vehicle, an area to `watch` not entered."""

    HOME = "home"
    YARD = "yard"
    WATCH = "watch"
    BORDER = "border"


class FenceProperties(BaseModel):
    """What a feature of a geofence file says of itself; other properties are for people and pass by."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    kind: FenceKind
    account: str = Field("", max_length=20)

    @model_validator(mode="after")
    def _home_of_somebody(self) -> Self:
        if self.kind is FenceKind.HOME and not self.account:
            raise ValueError("a home needs the account that it is of")
        return self


@dataclass(frozen=True, slots=True)
class Geofence:
    """One place: its name, what it means, whose home it is ("" for all accounts), and its area."""

    name: str
    kind: FenceKind
    account: str
    area: BaseGeometry

    def miles_to(self, spot: Spot) -> float:
        """Give the miles from a spot to the place, 0 inside."""
        return miles_to(self.area, spot)


@dataclass(frozen=True, slots=True)
class Geofences:
    """All places, found by where they are and by whose they are."""

    fences: tuple[Geofence, ...]
    index: STRtree

    def near(self, spot: Spot, miles: float) -> Iterator[tuple[Geofence, float]]:
        """Give the places within some miles of a spot with their distances, homes left out."""
        for number in sorted(self.index.query(square_around(spot, miles))):
            fence = self.fences[number]
            if fence.kind is not FenceKind.HOME and (away := fence.miles_to(spot)) <= miles:
                yield fence, away

    def homes_of(self, account: str) -> list[Geofence]:
        """Give the homes of an account."""
        return [each for each in self.fences if each.kind is FenceKind.HOME and each.account == account]


_AREAS = ("Polygon", "MultiPolygon")
_LINES = ("LineString", "MultiLineString")


def make_geofences(fences: Sequence[Geofence]) -> Geofences:
    """Index places so that they are found quickly."""
    return Geofences(tuple(fences), STRtree([each.area for each in fences]))


def open_geofences(place: Path | None) -> Geofences:
    """Read the geofences of a file, or of all `*.geojson` of a folder; none at all without a place.

    Raises ConfigError that names file, feature and reason for all that is wrong.
    """
    if place is None:
        return make_geofences([])
    files = sorted(place.glob("*.geojson")) if place.is_dir() else [place]
    if not files:
        raise ConfigError(
            "holds no *.geojson", record=str(place), remedy="Put geofence files there, or empty gps.geofences."
        )
    fences = [fence for file in files for fence in read_geofences(file)]
    names = [(each.kind, each.name, each.account) for each in fences]
    twice = sorted({f"{kind} {name!r}" for kind, name, account in names if names.count((kind, name, account)) > 1})
    if twice:
        raise ConfigError(f"stands twice: {', '.join(twice)}", record=str(place), remedy="Name each place once.")
    return make_geofences(fences)


def read_geofences(file: Path) -> list[Geofence]:
    """Read the geofences of one file; raises ConfigError that names feature and reason for all that is wrong."""
    features = read_features(file, FenceProperties)
    wrong = [
        f"features.{number}.geometry: a {mark.kind} is {_wanted(mark.kind)}, not a {area.geom_type}"
        for number, (mark, area) in enumerate(features)
        if area.geom_type not in _allowed(mark.kind)
    ]
    if wrong:
        raise ConfigError("; ".join(wrong), record=file.name, remedy="Draw the place as an area.")
    return [Geofence(mark.name, mark.kind, mark.account, area) for mark, area in features]


def _allowed(kind: FenceKind) -> tuple[str, ...]:
    return (*_AREAS, *_LINES) if kind is FenceKind.BORDER else _AREAS


def _wanted(kind: FenceKind) -> str:
    return "an area or a line" if kind is FenceKind.BORDER else "an area (Polygon)"
