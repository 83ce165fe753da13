"""Where trucks are: from simulated makers of GPS devices, through the hub, into a local org."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.leaseworks.delivery import OUTBOUND
from drawbar.sandbox.passtime import vendor as passtime_vendor
from drawbar.sandbox.passtime.vendor import PassTimeVendor
from drawbar.sandbox.spireon import shapes
from drawbar.sandbox.spireon import vendor as spireon_vendor
from drawbar.sandbox.spireon.shapes import serial_of
from drawbar.sandbox.spireon.vendor import SpireonVendor
from tests.contracts.served_vendor import ServedVendor, refusal, serve_vendor
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import Record, World, ours

FIRST_LOOK = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


class Roads:
    """Both makers, served over HTTP, at a time that a test sets."""

    def __init__(self, folder: Path, files: Path) -> None:
        self.now = FIRST_LOOK
        self.passtime = PassTimeVendor(folder / "passtime", Yard(files, "PassTime"), clock=lambda: self.now)
        self.spireon = SpireonVendor(folder / "spireon", Yard(files, "Spireon"), clock=lambda: self.now)

    def settings(self, passtime: ServedVendor, spireon: ServedVendor) -> dict[str, Any]:
        return {
            "passtime": {
                "url": passtime.url, "dealer_number": passtime_vendor.DEALER, "username": passtime_vendor.USER,
                "password": self.passtime.password(), "calls_per_minute": 6_000,
                "portal": {"folder": str(self.passtime.exports)},
            },
            "spireon": {
                "url": spireon.url + spireon_vendor.BASE, "identity_url": spireon.url,
                "app_token": self.spireon.app_token(), "username": spireon_vendor.USER,
                "password": self.spireon.password(), "calls_per_minute": 6_000, "page_size": 20,
            },
        }  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "leaseworks"


@pytest.fixture
def roads(tmp_path: Path, files: Path, days: list[Path]) -> Roads:
    """The makers of a lender who has delivered his first day."""
    (files / OUTBOUND).mkdir(parents=True)
    (files / OUTBOUND / days[0].name).symlink_to(days[0], target_is_directory=True)
    return Roads(tmp_path, files)


@pytest.fixture
def makers(roads: Roads) -> Iterator[tuple[ServedVendor, ServedVendor]]:
    with serve_vendor(roads.passtime.routes()) as passtime, serve_vendor(roads.spireon.routes()) as spireon:
        yield passtime, spireon


@pytest.fixture
def on_the_road(
    open_world: OpenWorld, roads: Roads, makers: tuple[ServedVendor, ServedVendor], files: Path, database_url: str
) -> World:
    """A hub that has taken the first day, and has read all trucks once."""
    return _under_way(open_world(url=database_url, files=files, **roads.settings(*makers)), roads)


@pytest.fixture
def on_sqlite(open_world: OpenWorld, roads: Roads, makers: tuple[ServedVendor, ServedVendor], files: Path) -> World:
    return _under_way(open_world(files=files, **roads.settings(*makers)), roads)


def _under_way(world: World, roads: Roads) -> World:
    roads.passtime.write_export()
    world.hub = replace(world.hub, clock=lambda: roads.now)
    assert world.run("accounts").state == "succeeded"
    assert world.run("gps-book").state == "succeeded"
    return world


@pytest.mark.spec("P07", "P10")
def test_the_whole_book_shows_where_each_truck_is_and_delinquent_ones_get_a_history(
    on_the_road: World, roads: Roads
) -> None:
    org = on_the_road.org
    book, vehicles = org.records("GPS_Device__c"), org.records("Vehicle__c")
    delinquent = {each["Lease_Account__c"] for each in org.records("Case").values() if each["Status"] != "Closed"}
    late = {key for key, each in book.items() if each["Lease_Account__c"] in delinquent and each["Active__c"]}
    org.forget_counts()
    again = on_the_road.run("gps-book").summary["read"]
    sent_again = org.sent()
    assert on_the_road.run("gps-delinquent").state == "succeeded"
    first = org.records("GPS_Position__c")
    roads.now += timedelta(hours=3)
    assert on_the_road.run("gps-delinquent").state == "succeeded"
    second = org.records("GPS_Position__c")

    trucks = {truck.vin for truck in (*roads.passtime.yard.trucks(), *roads.spireon.yard.trucks())}
    assert {each["VIN__c"] for each in book.values()} == trucks
    assert {each["Vendor__c"] for each in book.values()} == {"PassTime", "Spireon"}
    assert all(_says_the_same(device, vehicles[device["Vehicle__c"]]) for device in book.values())
    assert sent_again == 0
    assert [(each["created"], each["changed"], each["refused"]) for each in again.values()] == [(0, 0, 0)] * 3
    assert late
    assert {each["GPS_Device__c"] for each in first.values()} == late
    assert {key: ours(second[key]) for key in first} == {key: ours(each) for key, each in first.items()}
    assert len(second) > len(first)


def _says_the_same(device: Record, vehicle: Record) -> bool:
    pairs = {
        "VIN__c": "VIN__c", "Lease_Account__c": "Lease_Account__c", "GPS_Last_Report__c": "Last_Report__c",
        "GPS_Latitude__c": "Latitude__c", "GPS_Longitude__c": "Longitude__c", "GPS_Odometer__c": "Odometer__c",
        "GPS_Moving_Status__c": "Moving_Status__c", "GPS_Address__c": "Address__c",
    }  # fmt: skip
    return all(vehicle[on_vehicle] == device[on_device] for on_vehicle, on_device in pairs.items())


def test_one_odd_device_and_a_maker_that_fails_keep_nothing_else_back(
    on_sqlite: World, roads: Roads, makers: tuple[ServedVendor, ServedVendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = roads.spireon.yard.trucks()[0]
    shown = shapes.asset
    monkeypatch.setattr(
        shapes,
        "asset",
        lambda truck, now: shown(truck, now) | ({"status": "Flying"} if truck == broken else {}),
    )
    roads.now += timedelta(hours=1)
    failed = on_sqlite.run("gps-book")
    letters = on_sqlite.letters()
    monkeypatch.undo()
    mended = on_sqlite.run("gps-book")
    left = on_sqlite.letters()
    roads.now += timedelta(hours=2)
    makers[1].weather.comes(*[refusal(429, retry_after="3600")] * 3)
    paused = on_sqlite.run("gps-book")

    assert failed.state == "incomplete"
    odd = f"Spireon:{serial_of(broken)}"
    assert [(each.failure.key, each.failure.code) for each in letters] == [(odd, "UNKNOWN_CODE")]
    assert "Flying" in letters[0].failure.message
    assert (mended.state, left) == ("succeeded", [])
    assert paused.state == "paused"
    devices = on_sqlite.org.records("GPS_Device__c").values()
    assert any(each["Vendor__c"] == "PassTime" and each["Last_Report__c"] > "2026-03-03T17" for each in devices)


def test_without_a_maker_the_job_says_what_to_configure(open_world: OpenWorld) -> None:
    world = open_world()

    run = world.run("gps-book")

    assert run.state == "stopped"
    assert "[passtime]" in run.error
    assert world.settings.cron("gps-book") == ""
