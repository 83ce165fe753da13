"""What the hub makes of reports of GPS devices, in whatever order they come."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.jobs.gps import take_reports
from drawbar.jobs.reporter import SyncErrorReporter
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.gps.devices import GpsDevices, LeaseVehicle
from drawbar.middleware.gps.records import Device, GpsVendor, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.sync.polled import PolledResult, PolledRun, Refused
from tests.contracts.polled_vendor import TakenAnswersContract

VIN = "1FUJHHDR5LL000001"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def position(hours: int, vendor: GpsVendor = "Spireon", serial: str = "S1") -> Position:
    return Position(serial, vendor, NOON + timedelta(hours=hours), Decimal(30 + hours), Decimal(-90), odometer=hours)


def report(hours: int, vendor: GpsVendor = "Spireon", serial: str = "S1", **changes: object) -> DeviceReport:
    where = position(hours, vendor, serial)
    told = DeviceReport(Device(serial, vendor, VIN, "", True), where, track=(where,), reference=f"asset {serial}")
    return replace(told, **changes)  # type: ignore[arg-type]


class TestReports(TakenAnswersContract):
    def answers(self) -> Sequence[object]:
        return [report(0), report(1, "PassTime", "P1"), report(2), report(3)]

    def take(self, run: PolledRun, answers: Sequence[object]) -> PolledResult:
        GpsDevices(run.connection).take_vehicles([LeaseVehicle("VH00000001", VIN, "LW00000001")])
        reports = cast("Sequence[DeviceReport | Refused]", answers)
        return take_reports(run, "spireon.movements", reports, source="Spireon", history=True)


class Hub:
    """A hub that takes readings, one after the other, and tells what it then says of a record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            GpsDevices(connection).take_vehicles([LeaseVehicle("VH00000001", VIN, "LW00000001")])

    def take(self, *reports: DeviceReport) -> PolledResult:
        with self._engine.connect() as connection:
            run = PolledRun(
                connection, "salesforce", BOOKKEEPING, SyncErrorReporter(), "run-1", NOON, connection.commit,
                lambda _done: None,
            )  # fmt: skip
            return take_reports(run, "spireon.book", reports, source="Spireon", asked=NOON)


@pytest.fixture
def small(hub_on_sqlite: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database of SQLite with all tables."""
    shutil.copy(hub_on_sqlite, tmp_path / "hub.db")
    engine = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def hub(small: Engine) -> Hub:
    return Hub(small)


def test_a_device_is_found_in_its_truck_and_remembered(hub_engine: Engine) -> None:
    hub = Hub(hub_engine)
    hub.take(report(2, read_until=NOON))
    hub.take(replace(report(0), reference="", read_until=None))

    with hub_engine.connect() as connection:
        known = GpsDevices(connection).find("Spireon", "S1")
        nobody = GpsDevices(connection).find("PassTime", "S1")
    assert known is not None
    assert (known.device.account, known.reference) == ("LW00000001", "asset S1")
    assert (known.last_at, known.last_read, known.read_until) == (NOON + timedelta(hours=2), NOON, NOON)
    assert nobody is None


@pytest.mark.fault(24)
def test_an_older_position_of_a_later_reading_changes_nothing(hub: Hub) -> None:
    first = hub.take(report(2))
    late = hub.take(report(1))

    assert (first.created, first.changed) == (1, 1)
    assert (late.created, late.changed) == (0, 0)


def test_of_two_devices_in_a_truck_the_newest_position_is_the_trucks(hub: Hub) -> None:
    hub.take(report(2))
    covert = hub.take(report(1, "PassTime", "P1"))
    newer = hub.take(report(3, "PassTime", "P1"))

    assert (covert.created, covert.changed) == (1, 0)
    assert (newer.created, newer.changed) == (0, 2)


def test_a_truck_that_is_not_on_lease_any_more_is_forgotten(hub: Hub, small: Engine) -> None:
    with small.begin() as connection:
        GpsDevices(connection).drop_vehicles(["VH00000001"])
        assert not GpsDevices(connection).knows_vehicles()

    assert hub.take(report(1)).created == 1
    with small.connect() as connection:
        assert [each.device.account for each in GpsDevices(connection).known()] == [""]
