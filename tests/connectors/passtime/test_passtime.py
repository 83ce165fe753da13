"""PassTime's calls one by one, and the exports of its portal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import responses

from drawbar.connectors.passtime.checks import PassTimeChecks
from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.connector import PassTime, last_locates, open_passtime
from drawbar.connectors.passtime.portal import read_export
from drawbar.connectors.passtime.settings import PassTimeSettings, PortalSettings
from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun
from drawbar.middleware.gps.records import Device, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.sync.polled import Refused
from drawbar.sandbox.gps.trucks import Yard
from drawbar.sandbox.passtime.vendor import DEALER, USER, PassTimeVendor, serial_of
from tests.connectors.gps_vendors import NOW, some_trucks
from tests.contracts.served_vendor import ServedVendor, serve_vendor
from tests.fake_time import FakeTime

EXPORT = Path(__file__).with_name("export.csv")
URL = "https://softwarepartners.passtimeusa.com"


@dataclass
class Served:
    """The simulated PassTime over HTTP; its clock is the one that the client sleeps by."""

    time: FakeTime
    simulated: PassTimeVendor
    vendor: ServedVendor

    def open(self, **changes: object) -> PassTime:
        values = {
            "url": self.vendor.url, "dealer_number": DEALER, "username": USER, "password": self.simulated.password(),
            "calls_per_minute": 6_000,
        }  # fmt: skip
        settings = PassTimeSettings.model_validate(values | changes)
        return PassTime(settings, PassTimeClient(settings, clocks=self.time.clocks))

    @property
    def devices(self) -> list[Device]:
        return [Device(serial_of(truck), "PassTime", truck.vin, "", True) for truck in self.simulated.yard.trucks()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("passtime")
    time = FakeTime()
    yard = Yard(some_trucks(folder / "leaseworks"), "PassTime")
    simulated = PassTimeVendor(folder / "passtime", yard, clock=time.now)
    with serve_vendor(simulated.routes()) as vendor:
        yield Served(time, simulated, vendor)


@pytest.fixture
def passtime(running: Served) -> Served:
    running.vendor.weather.clears()
    running.simulated.devices.clear()
    return running


@pytest.mark.spec("P10")
def test_each_device_costs_one_call_and_all_share_one_log_in(passtime: Served) -> None:
    devices = passtime.devices

    found = list(last_locates(passtime.open().client, devices))

    assert all(isinstance(each, DeviceReport) and each.position for each in found)
    assert passtime.vendor.weather.calls.count("/api/device/GetLastLocate") == len(devices)
    assert passtime.vendor.weather.calls.count("/token") == 1


def test_calls_keep_to_the_pace_that_the_settings_allow(passtime: Served) -> None:
    before = passtime.time.seconds

    list(last_locates(passtime.open(calls_per_minute=30).client, passtime.devices * 2))

    calls = len(passtime.devices) * 2 + 1
    assert passtime.time.seconds - before == pytest.approx((calls - 5) * 2, abs=1)


def test_a_token_that_has_run_out_is_renewed_before_it_is_refused(passtime: Served) -> None:
    client = passtime.open().client
    list(last_locates(client, passtime.devices[:1]))
    passtime.time.sleep(timedelta(days=1).total_seconds())

    list(last_locates(client, passtime.devices[:1]))

    assert passtime.vendor.weather.calls.count("/token") == 2


def test_a_device_that_is_asked_is_waited_for_with_growing_patience(passtime: Served) -> None:
    serial = passtime.devices[0].serial
    passtime.time.slept.clear()
    before = passtime.open().client.last_locate(serial)

    found = passtime.open().client.locate_now(serial)

    assert before is not None
    assert found.at > before.at
    assert [each for each in passtime.time.slept if each >= 1] == [5.0, 10.0]


def test_a_device_that_does_not_answer_in_time_is_left_for_later(passtime: Served) -> None:
    with pytest.raises(RetryLater, match="has not answered for 6 seconds"):
        passtime.open(locate_patience_seconds=6).client.locate_now(passtime.devices[0].serial)


def test_a_device_of_another_dealer_fails_alone(passtime: Served) -> None:
    unknown = Device("PT0", "PassTime", "", "", True)

    found = list(last_locates(passtime.open().client, [unknown, *passtime.devices[:1]]))

    assert [isinstance(each, DeviceReport) and each.position is not None for each in found] == [False, True]


def test_miles_and_the_log_in_can_be_asked_for_alone(passtime: Served) -> None:
    counted = passtime.open().client.total_miles(passtime.devices[0].serial)
    right = list(PassTimeChecks(passtime.open()).checks(NOW))
    wrong = list(PassTimeChecks(passtime.open(password="canary-x")).checks(NOW))

    assert counted is not None
    assert counted.total_miles > 0
    assert [(each.name, each.ok) for each in right] == [("log-in", True)]
    assert [(each.name, each.ok) for each in wrong] == [("log-in", False)]
    assert wrong[0].remedy
    assert "canary-x" not in repr(wrong)


def _answering(answer: object) -> PassTimeClient:
    responses.post(f"{URL}/token", json={"access_token": "t"})
    responses.get(f"{URL}/api/device/GetLastLocate", json=answer)
    settings = PassTimeSettings.model_validate({"dealer_number": "1", "username": "u", "password": "p"})
    return PassTimeClient(settings, clocks=FakeTime().clocks)


@pytest.mark.parametrize("written", ["2026-03-02T07:15:00", "03/02/2026 07:15:00 AM", "2026-03-02T12:15:00Z"])
@responses.activate
def test_times_are_those_of_the_zone_that_was_asked_for(written: str) -> None:
    client = _answering([{"lat": 40.7, "long": -74.1, "lastLocate": written, "totalMiles": None, "speed": 3}])

    found = client.last_locate("PT1")

    assert found is not None
    assert found.at == datetime(2026, 3, 2, 12, 15, tzinfo=UTC)
    asked = responses.calls[1].request.url or ""
    assert "TimeZone=EST" in asked
    assert "TimeZonHasDayLightSavings=0" in asked


@pytest.mark.parametrize("answer", [[{"lat": 95, "long": 0, "lastLocate": "2026-03-02T07:15:00"}], [{"lat": 1}]])
@responses.activate
def test_an_odd_answer_is_refused_with_device_and_field(answer: object) -> None:
    with pytest.raises(RecordRejected) as refused:
        _answering(answer).last_locate("PT1")

    assert refused.value.record == "device PT1"
    assert refused.value.field


@responses.activate
def test_a_device_that_never_said_where_it_is_has_no_place() -> None:
    assert _answering([]).last_locate("PT1") is None


def test_an_export_gives_its_good_rows_and_tells_of_the_others() -> None:
    located, silent, when, nobody, nowhere = read_export(EXPORT, PortalSettings())

    at = datetime(2026, 3, 2, 12, 15, tzinfo=UTC)
    assert located == DeviceReport(
        Device("PT0000000001", "PassTime", "1FUJHHDR5LL000001", "", True),
        Position(
            "PT0000000001", "PassTime", at, Decimal("40.701300"), Decimal("-74.150200"),
            address="100 Port St, Newark, NJ", odometer=12_345,
        ),
    )  # fmt: skip
    assert isinstance(silent, DeviceReport)
    assert isinstance(nowhere, DeviceReport)
    assert (silent.position, nowhere.position) == (None, None)
    assert isinstance(when, Refused)
    assert isinstance(nobody, Refused)
    assert (when.key, when.error.field, nobody.error.field) == ("PassTime:PT0000000003", "at", "serial")
    assert "export.csv row 4" in str(nobody.error)


def test_an_excel_export_says_what_a_csv_export_says(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Serial Number", "VIN", "Last Locate", "Latitude", "Longitude", "Address", "Total Miles"])
    book.active.append([1234567, "1FUJHHDR5LL000001", datetime(2026, 3, 2, 7, 15), 40.7013, -74.1502, None, 12345.6])  # noqa: DTZ001
    book.save(path)

    (found,) = read_export(path, PortalSettings())

    assert isinstance(found, DeviceReport)
    assert found.device.serial == "1234567"
    assert found.position == Position(
        "1234567", "PassTime", datetime(2026, 3, 2, 12, 15, tzinfo=UTC), Decimal("40.701300"), Decimal("-74.150200"),
        odometer=12_345,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.csv",
            b"Serial Number,VIN\nPT1,V\n",
            "has no column Last Locate, Latitude, Longitude",
        ),
        ("b.xlsx", b"not a workbook", "cannot be read"),
        ("c.csv", b"Serial Number,VIN\n\xff\xfe", "cannot be read"),
    ],
)
def test_a_file_that_is_no_export_stops_the_run_and_says_what_to_mend(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(StopRun, match=said) as stopped:
        list(read_export(tmp_path / name, PortalSettings()))

    assert stopped.value.remedy


def test_columns_are_named_by_the_settings(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("Unit,Vehicle Id\nPT7,1FUJHHDR5LL000007\n", encoding="utf-8")
    absent = dict.fromkeys(("at", "latitude", "longitude", "address", "odometer"), "")

    (found,) = read_export(
        tmp_path / "own.csv", PortalSettings(columns={"serial": "Unit", "vin": "Vehicle Id", **absent})
    )

    assert isinstance(found, DeviceReport)
    assert (found.device.serial, found.device.vin) == ("PT7", "1FUJHHDR5LL000007")


def test_exports_alone_are_enough_and_doctor_says_whether_they_come(tmp_path: Path) -> None:
    settings = PassTimeSettings.model_validate({"portal": {"folder": str(tmp_path)}})
    empty = list(PassTimeChecks(open_passtime(settings)).checks(NOW))
    (tmp_path / "new.csv").write_bytes(EXPORT.read_bytes())
    filled = list(PassTimeChecks(open_passtime(settings)).checks(NOW))

    assert open_passtime(settings).interface is None
    assert [(each.name, each.ok) for each in (*empty, *filled)] == [("portal exports", False), ("portal exports", True)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "dealer_number"),
        ({"dealer_number": "1"}, "username and password"),
        ({"portal": {"folder": "x", "columns": {"serial": ""}}}, "needs a column for serial"),
        ({"portal": {"folder": "x", "columns": {"plate": "Plate"}}}, "names no field of ours: plate"),
        ({"portal": {"folder": "x", "time_zone": "Newark"}}, "time zone"),
        ({"portal": {"folder": "x"}, "starter_interrupt": True}, "starter_interrupt"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PassTimeSettings.model_validate(values)
