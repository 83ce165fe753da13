"""Geofence files that people write, and the boundaries that come with Drawbar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from drawbar.commands.gps import gps
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.gps.distance import Spot, miles_between, miles_to
from drawbar.middleware.gps.geofences import open_geofences
from tests.middleware.gps.samples import HOME, HOUSTON, LAREDO, NUEVO_LAREDO, PORT, YARD, around, scene

SQUARE = [[[-95.4, 29.7], [-95.2, 29.7], [-95.2, 29.9], [-95.4, 29.9], [-95.4, 29.7]]]
YARD_FEATURE = {"name": "Harris Yard", "kind": "yard", "phone": "for people"}


def feature(properties: Any, coordinates: Any = SQUARE, kind: str = "Polygon") -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def written(folder: Path, *features: Any, name: str = "fences.geojson") -> Path:
    file = folder / name
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def test_a_folder_of_files_gives_all_its_places(tmp_path: Path) -> None:
    written(tmp_path, feature(YARD_FEATURE))
    line = [[-99.6, 27.4], [-99.4, 27.6]]
    written(tmp_path, feature({"name": "Bridge", "kind": "border"}, line, "LineString"), name="more.geojson")
    written(tmp_path, feature({"name": "Lot", "kind": "home", "account": "LW1"}), name="other.json")

    fences = open_geofences(tmp_path)

    assert [(each.kind, each.name) for each in fences.fences] == [("yard", "Harris Yard"), ("border", "Bridge")]
    assert [fence.name for fence, _ in fences.near(HOUSTON, 0)] == ["Harris Yard"]
    assert open_geofences(None).fences == ()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (feature({"kind": "yard"}), r"fences.geojson: features.0.properties.*name: Field required"),
        (feature({"name": "X", "kind": "zone"}), r"features.0.properties.*kind: Input should be 'home', 'yard'"),
        (feature({"name": "X", "kind": "home"}), r"a home needs the account that it is of"),
        (feature(YARD_FEATURE, [[-95.4, 29.7], [-95.2, 29.9]], "LineString"), r"is an area \(Polygon\), not a Line"),
        (feature(YARD_FEATURE, [[[29.7, -95.4], [29.7, -95.2], [29.9, -95.2], [29.7, -95.4]]]), r"longitude first"),
        (feature(YARD_FEATURE, [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]), r"features.0.geometry: Self-intersection"),
        (feature(YARD_FEATURE, [[[0, 0], [1, 1], [1, 0], [0, 1]]]), r"features.0.geometry"),
        (feature(None), r"features.0: has no properties"),
        ({**feature(YARD_FEATURE), "geometry": None}, r"features.0: has no geometry"),
        ({"type": "Feature"}, r"features.0.*geometry: Field required"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_feature_and_field(tmp_path: Path, wrong: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        open_geofences(written(tmp_path, wrong))


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.geojson").write_text("{")
    with pytest.raises(ConfigError, match=r"broken.geojson: is not JSON"):
        open_geofences(tmp_path)
    with pytest.raises(ConfigError, match=r"missing.geojson: cannot be read \(No such file"):
        open_geofences(tmp_path / "missing.geojson")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"holds no \*.geojson"):
        open_geofences(tmp_path / "empty")


def test_a_place_stands_in_one_file_only(tmp_path: Path) -> None:
    written(tmp_path, feature(YARD_FEATURE))
    written(tmp_path, feature(YARD_FEATURE), name="again.geojson")
    with pytest.raises(ConfigError, match=r"stands twice: yard 'Harris Yard'"):
        open_geofences(tmp_path)


def test_a_geofence_file_can_be_checked_before_it_is_used(tmp_path: Path) -> None:
    good = written(tmp_path, feature(YARD_FEATURE))

    told = CliRunner().invoke(gps, ["geofences", "check", str(good), "--json"])
    for_people = CliRunner().invoke(gps, ["geofences", "check", str(good)])

    assert json.loads(told.output) == [{"name": "Harris Yard", "kind": "yard", "account": ""}]
    assert "Harris Yard" in for_people.output
    assert "1 geofences." in for_people.output


@pytest.mark.spec("P08")
@pytest.mark.parametrize(
    ("spot", "region"),
    [
        (HOUSTON, "TX"),
        (Spot(40.7357, -74.1724), "NJ"),
        (Spot(38.9, -77.03), "DC"),
        (Spot(31.76, -106.487), "TX"),
        (Spot(31.69, -106.424), "MEX"),
        (NUEVO_LAREDO, "MEX"),
        (Spot(42.3, -83.02), "CAN"),
        (Spot(33.72, -118.27), "CA"),
        (Spot(33.0, -119.8), ""),
        (Spot(51.5, 0.0), ""),
    ],
    ids=str,
)
def test_a_spot_lies_in_a_state_or_a_neighbouring_country(spot: Spot, region: str) -> None:
    assert scene().boundaries.region_of(spot) == region


@pytest.mark.spec("P09")
def test_borders_are_found_within_so_many_miles(tmp_path: Path) -> None:
    boundaries = scene().boundaries

    assert boundaries.border_within(25, HOUSTON) == {}
    assert 0 < boundaries.border_within(25, LAREDO)["MEX"] < 1
    assert boundaries.border_within(1, NUEVO_LAREDO) == {"MEX": 0.0}


def test_distances_are_those_of_the_ellipsoid() -> None:
    assert miles_between(Spot(40.0, -74.0), Spot(41.0, -74.0)) == pytest.approx(69.0, abs=0.02)  # a meridian degree
    assert miles_to(around(HOME), HOME) == 0
    north = Spot(HOME.latitude + 0.11, HOME.longitude)
    assert miles_to(around(HOME), north) == pytest.approx(6.89, abs=0.01)
    east = Spot(HOME.latitude, HOME.longitude + 0.11)
    edge = Spot(HOME.latitude, HOME.longitude + 0.01)
    assert miles_to(around(HOME), east) == pytest.approx(miles_between(edge, east))


def test_places_of_other_accounts_are_not_seen() -> None:
    assert scene().geofences.homes_of("LW00000009") == []
    assert {fence.name for fence, _ in scene().geofences.near(YARD, 30)} == {"Harris Yard", "Port of Houston"}
    assert [fence.name for fence, _ in scene().geofences.near(PORT, 0)] == ["Port of Houston"]
