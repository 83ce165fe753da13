"""Where trucks are: from simulated makers of GPS devices, through the hub, into a local org."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.passtime import vendor as passtime_vendor
from drawbar.sandbox.passtime.vendor import PassTimeVendor
from drawbar.sandbox.spireon import shapes
from drawbar.sandbox.spireon import vendor as spireon_vendor
from drawbar.sandbox.spireon.shapes import serial_of
from drawbar.sandbox.spireon.vendor import SpireonVendor
from tests.connectors.gps_vendors import small_book
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
    return small_book(tmp_path / "leaseworks", accounts=60)


@pytest.fixture
def roads(tmp_path: Path, files: Path) -> Roads:
    """The makers of a lender who has delivered his first day."""
    return Roads(tmp_path, files)


@pytest.fixture
def makers(roads: Roads) -> Iterator[tuple[ServedVendor, ServedVendor]]:
    with serve_vendor(roads.passtime.routes()) as passtime, serve_vendor(roads.spireon.routes()) as spireon:
        yield passtime, spireon


@pytest.fixture
def on_the_road(open_world: OpenWorld, roads: Roads, makers: tuple[ServedVendor, ServedVendor], files: Path) -> World:
    """A hub that has taken the first day, and has read all trucks once."""
    world = open_world(files=files, **roads.settings(*makers))
    roads.passtime.write_export()
    world.hub = replace(world.hub, clock=lambda: roads.now)
    assert world.run("accounts").state == "succeeded"
    assert world.run("gps-book").state == "succeeded"
    return world


@pytest.mark.spec("P07", "P10")
def test_all_trucks_are_shown_late_ones_get_a_history_and_what_fails_keeps_nothing_else_back(
    on_the_road: World,
    roads: Roads,
    makers: tuple[ServedVendor, ServedVendor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    org = on_the_road.org
    book, vehicles = org.records("GPS_Device__c"), org.records("Vehicle__c")
    delinquent = {each["Lease_Account__c"] for each in org.records("Case").values() if each["Status"] != "Closed"}
    late = {key for key, each in book.items() if each["Lease_Account__c"] in delinquent and each["Active__c"]}
    org.forget_counts()
    again = on_the_road.run("gps-book").summary["read"]
    sent_again = org.sent()
    roads.now += timedelta(days=1)
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
    assert [(each["created"], each["changed"], each["refused"]) for each in again.values()] == [(0, 0, 0)] * 5
    assert late
    assert {each["GPS_Device__c"] for each in first.values()} == late
    assert {key: ours(second[key]) for key in first} == {key: ours(each) for key, each in first.items()}
    assert len(second) > len(first)
    _one_odd_device_fails_alone_and_is_mended(on_the_road, roads, monkeypatch)
    _a_maker_that_fails_pauses_the_run_and_keeps_nothing_else_back(on_the_road, roads, makers[1])


def _one_odd_device_fails_alone_and_is_mended(world: World, roads: Roads, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = roads.spireon.yard.trucks()[0]
    shown = shapes.asset
    monkeypatch.setattr(
        shapes, "asset", lambda truck, now: shown(truck, now) | ({"status": "Flying"} if truck == broken else {})
    )
    failed, letters = world.run("gps-book"), world.letters()
    monkeypatch.undo()
    mended = world.run("gps-book")

    assert failed.state == "incomplete"
    odd = f"Spireon:{serial_of(broken)}"
    assert [(each.failure.key, each.failure.code) for each in letters] == [(odd, "UNKNOWN_CODE")]
    assert "Flying" in letters[0].failure.message
    assert (mended.state, world.letters()) == ("succeeded", [])


def _a_maker_that_fails_pauses_the_run_and_keeps_nothing_else_back(
    world: World, roads: Roads, spireon: ServedVendor
) -> None:
    before = roads.now
    roads.now += timedelta(hours=2)
    spireon.weather.comes(*[refusal(429, retry_after="3600")] * 3)
    paused = world.run("gps-book")

    devices = world.org.records("GPS_Device__c").values()
    assert paused.state == "paused"
    assert any(each["Vendor__c"] == "PassTime" and each["Last_Report__c"] > f"{before:%Y-%m-%dT%H}" for each in devices)


def _says_the_same(device: Record, vehicle: Record) -> bool:
    pairs = {
        "VIN__c": "VIN__c", "Lease_Account__c": "Lease_Account__c", "GPS_Last_Report__c": "Last_Report__c",
        "GPS_Latitude__c": "Latitude__c", "GPS_Longitude__c": "Longitude__c", "GPS_Odometer__c": "Odometer__c",
        "GPS_Moving_Status__c": "Moving_Status__c", "GPS_Address__c": "Address__c",
    }  # fmt: skip
    return all(vehicle[on_vehicle] == device[on_device] for on_vehicle, on_device in pairs.items())


def test_without_a_maker_the_job_says_what_to_configure(open_world: OpenWorld) -> None:
    world = open_world()

    run = world.run("gps-book")

    assert run.state == "stopped"
    assert "[passtime]" in run.error
    assert world.settings.cron("gps-book") == ""
