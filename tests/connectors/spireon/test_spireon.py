"""What Spireon says, in our words; how it is paged, filtered and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses

from drawbar.connectors.spireon.checks import SpireonChecks
from drawbar.connectors.spireon.client import SpireonClient
from drawbar.connectors.spireon.connector import Spireon, WantedTruck
from drawbar.connectors.spireon.records import Asset, Event
from drawbar.connectors.spireon.settings import SpireonSettings
from drawbar.connectors.spireon.words import EVENTS, position_of, told_of
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.records import Device, DeviceEvent, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.sync.polled import Refused
from drawbar.middleware.vendor_answers import understood
from drawbar.sandbox.spireon import shapes
from drawbar.sandbox.spireon.vendor import BASE, USER, SpireonVendor
from tests.connectors.gps_vendors import NOW, simulated_spireon, some_trucks
from tests.contracts.served_vendor import ServedVendor, serve_vendor
from tests.fake_time import FakeTime

HERE = Path(__file__).parent
AT = datetime(2022, 5, 10, 3, 59, 59, 999_000, UTC)


def recorded(name: str, **changes: object) -> dict[str, Any]:
    return {**json.loads((HERE / name).read_text(encoding="utf-8"), parse_float=Decimal), **changes}


@dataclass(frozen=True)
class Served:
    """The simulated Spireon over HTTP, and a hub's side of it."""

    simulated: SpireonVendor
    vendor: ServedVendor
    time: FakeTime = field(default_factory=FakeTime)

    def open(self, **changes: object) -> Spireon:
        values = {
            "url": self.vendor.url + BASE, "identity_url": self.vendor.url, "username": USER, "page_size": 4,
            "app_token": self.simulated.app_token(), "password": self.simulated.password(), "calls_per_minute": 6_000,
        }  # fmt: skip
        settings = SpireonSettings.model_validate(values | changes)
        return Spireon(settings, SpireonClient(settings, clocks=self.time.clocks))

    def calls(self, ending: str) -> int:
        return sum(path.endswith(ending) for path in self.vendor.weather.calls)

    def trucks(self, known_until: datetime | None = None) -> list[WantedTruck]:
        """Give all active trucks as wanted ones."""
        return [
            WantedTruck(
                Device(shapes.serial_of(truck), "Spireon", truck.vin, "", True), shapes.asset_id(truck), known_until
            )
            for truck in self.simulated.yard.trucks()
            if shapes.is_active(truck)
        ]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("spireon")
    simulated = simulated_spireon(folder, some_trucks(folder / "leaseworks", 48))
    with serve_vendor(simulated.routes()) as vendor:
        yield Served(simulated, vendor)


@pytest.fixture
def spireon(running: Served) -> Served:
    running.vendor.weather.clears()
    return running


def test_an_asset_says_where_its_truck_is() -> None:
    asset = understood(Asset, recorded("asset.json"), record="asset", vendor="Spireon")

    assert position_of(asset, "BSHA638QKNB1") == Position(
        "BSHA638QKNB1", "Spireon", AT, Decimal("32.125300"), Decimal("-72.219482"),
        address="123 Street Name, City Name, ST 30098", odometer=516, speed_mph=Decimal("0.00"),
        battery_volts=Decimal("12.94"), moving="Stopped",
    )  # fmt: skip


def test_a_place_of_zero_degrees_is_no_place() -> None:
    nowhere = recorded("asset.json", lastLocation={"lat": 0, "lng": 0})

    assert position_of(understood(Asset, nowhere, record="asset", vendor="Spireon"), "S1") is None


def test_an_event_is_told_in_our_words_with_the_geofence_that_it_is_about() -> None:
    event = understood(Event, recorded("event.json"), record="event", vendor="Spireon")

    assert told_of(event, "S1") == DeviceEvent(
        "9085a727-a00f-4ee6-9363-603a6266b0d5", "S1", "Spireon", "geofence_left", AT,
        Decimal("32.125300"), Decimal("-72.219482"), "1140762987615GIDWGA",
    )  # fmt: skip
    bad = understood(Event, recorded("event.json", gpsFixQuality="BAD"), record="event", vendor="Spireon")
    assert told_of(bad, "S1").latitude is None


def test_every_documented_event_has_a_word_of_ours_and_others_are_refused_by_name() -> None:
    documented = {
        "EXT_PWR_LOW", "SPEED", "MOVE_START", "MOVE_STOP", "MOVE_PER", "TRIP_START", "TRIP_STOP", "SLEEP_ENTER",
        "CFG_RESP", "USER_LOC", "AUTO_LOC", "GEO_ENTER", "GEO_EXIT",
    }  # fmt: skip
    unknown = understood(Event, recorded("event.json", type="TELEPORT"), record="event", vendor="Spireon")

    assert set(EVENTS) == documented
    with pytest.raises(RecordRejected, match="TELEPORT is not known"):
        told_of(unknown, "S1")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lastLocation": {"lat": 91, "lng": 0}}, "lastLocation.lat"),
        ({"locationLastReported": "2022-05-10T03:59:59"}, "locationLastReported"),
        ({"odometer": "many"}, "odometer"),
        ({"id": ""}, "id"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        understood(Asset, recorded("asset.json", **changes), record="asset 1", vendor="Spireon")

    assert refused.value.field == field
    assert refused.value.remedy


def test_the_book_comes_whole_whatever_the_pages_and_each_truck_says_itself_whether_it_is_active(
    spireon: Served,
) -> None:
    trucks = spireon.simulated.yard.trucks()

    found = [each for each in spireon.open().book() if isinstance(each, DeviceReport)]

    assert [each.device.serial for each in found] == [shapes.serial_of(truck) for truck in trucks]
    assert [each.device.active for each in found] == [shapes.is_active(truck) for truck in trucks]
    pages = len(trucks) // 4 + 1
    assert (spireon.calls("/assets"), spireon.calls("/devices")) == (pages, pages)


@pytest.mark.spec("P10")
def test_the_calls_are_as_many_as_the_formula_says(spireon: Served) -> None:
    known_until = NOW - timedelta(minutes=30)
    few, all_of_them = spireon.trucks(known_until)[:3], spireon.trucks(known_until)
    book = len(spireon.simulated.yard.trucks())

    list(spireon.open(page_size=10, overlap_hours=0.5).movements(few[:1], book, NOW))
    by_truck = len(spireon.vendor.weather.calls)
    spireon.vendor.weather.clears()
    found = list(spireon.open(page_size=10, overlap_hours=0.5).movements(all_of_them, book, NOW))
    by_page = spireon.calls("/assets")

    assert by_truck == 2
    assert by_page <= -(-book // 10) + 1
    assert spireon.calls("/events") == len(all_of_them)
    assert [each for each in found if isinstance(each, Refused)] == []


def test_movements_begin_where_the_last_ones_ended_less_the_overlap(spireon: Served) -> None:
    wanted = spireon.trucks(NOW - timedelta(hours=2))[:1]

    (found,) = spireon.open(overlap_hours=1).movements(wanted, 1, NOW)

    assert isinstance(found, DeviceReport)
    assert found.read_until == NOW
    assert list(found.track) == sorted(found.track, key=lambda each: each.at)
    assert all(NOW - timedelta(hours=3) <= each.at <= NOW for each in found.events)


def test_a_truck_that_spireon_does_not_know_any_more_fails_alone(spireon: Served) -> None:
    gone = WantedTruck(Device("S9", "Spireon", "", "", True), "no such asset", None)

    found = list(spireon.open().movements([gone, *spireon.trucks(NOW)[:1]], 1_000, NOW))

    assert isinstance(found[0], Refused)
    assert found[0].key == "Spireon:S9"
    assert "correlation id" in found[0].error.message
    assert isinstance(found[1], DeviceReport)


def test_a_device_that_was_asked_where_it_is_answers_with_an_event(spireon: Served) -> None:
    wanted = spireon.trucks(NOW)[0]

    taken = spireon.open().client.ask_where(wanted.asset_id)

    assert taken.command == "locate"
    assert spireon.simulated.asked[wanted.asset_id] == NOW
    assert [each.id for each in spireon.open().client.geofences(wanted.asset_id)]


def test_doctor_says_that_we_are_let_in_or_what_is_wrong(spireon: Served) -> None:
    right = list(SpireonChecks(spireon.open().client).checks(NOW))
    wrong = list(SpireonChecks(spireon.open(password="canary-x").client).checks(NOW))

    assert [(each.name, each.ok) for each in right] == [("log-in", True), ("trucks", True)]
    assert [(each.name, each.ok) for each in wrong] == [("log-in", False)]
    assert "correlation id" in wrong[0].detail
    assert "canary-x" not in repr(wrong)


@responses.activate
def test_a_page_that_never_ends_is_not_read_for_ever() -> None:
    settings = SpireonSettings.model_validate(
        {"app_token": "token", "username": "user", "password": "secret", "page_size": 1}
    )
    responses.get(f"{settings.url}/assets", json={"content": [{"id": "1"}], "count": 1, "total": 9})

    assert list(SpireonClient(settings, clocks=FakeTime().clocks).assets()) == [{"id": "1"}]


def test_secrets_do_not_travel_over_plain_http() -> None:
    with pytest.raises(ValueError, match="https"):
        SpireonSettings.model_validate(
            {"url": "http://spireon.example", "app_token": "t", "username": "u", "password": "p"}
        )
