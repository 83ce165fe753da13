"""Starter commands: off by default, never under a hold, never by one person alone, never twice (P10)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.connector import PassTime
from drawbar.connectors.passtime.settings import PassTimeSettings
from drawbar.jobs.hub import Hub
from drawbar.jobs.starter import StarterCommands
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.audit import Audit
from drawbar.middleware.collections.tables import account_standing, delinquency_case
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.errors import ConfigError, NotThere, RetryLater
from drawbar.middleware.gps.devices import GpsDevices, LeaseVehicle
from drawbar.middleware.gps.records import Device
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.starter import StarterRefused
from drawbar.sandbox.passtime.vendor import DEALER, USER, PassTimeVendor, serial_of
from tests.connectors.gps_vendors import simulated_passtime, some_trucks
from tests.contracts.served_vendor import ServedVendor, no_answer, refusal, serve_vendor
from tests.fake_time import FakeTime

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATE, PAID, GONE = "LW00000001", "LW00000002", "LW00000003"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> PassTimeVendor:
    folder = tmp_path_factory.mktemp("passtime")
    return simulated_passtime(folder, some_trucks(folder / "leaseworks"))


@pytest.fixture(scope="module")
def served(simulated: PassTimeVendor) -> Iterator[ServedVendor]:
    with serve_vendor(simulated.routes()) as vendor:
        yield vendor


class Yard:
    """A hub with three PassTime devices, in trucks of a late account, one paid up and one that has left the book."""

    def __init__(self, hub: Hub, simulated: PassTimeVendor, vendor: ServedVendor) -> None:
        self.hub = hub
        self.vendor = vendor
        self.simulated = simulated
        self.serials = dict(zip((LATE, PAID, GONE), map(serial_of, simulated.yard.trucks()), strict=False))
        with hub.engine.begin() as connection:
            for number, account in enumerate(self.serials):
                connection.execute(insert(account_standing).values(_standing(account)))
                GpsDevices(connection).take_vehicles([LeaseVehicle(f"VH{number}", f"VIN{number}", account)])
                device = Device(self.serials[account], "PassTime", f"VIN{number}", "", True)
                GpsDevices(connection).absorb([DeviceReport(device)], asked=None)
            connection.execute(insert(delinquency_case).values(_open_case(LATE)))

    def by(self, actor: str) -> StarterCommands:
        return StarterCommands(self.hub, actor)

    def starts(self, account: str) -> bool:
        """Say whether PassTime lets the account's truck start."""
        device = self.simulated.devices.get(self.serials[account])
        return device is None or device.starter

    def audited(self) -> list[tuple[str, str]]:
        with self.hub.engine.connect() as connection:
            assert Audit(connection).broken_at() is None
            return [(each.action, each.actor) for each in reversed(Audit(connection).lines())]


def _standing(account: str) -> dict[str, object]:
    return {
        "account_number": account, "lessee_number": "LS00000001", "portfolio": "TRK", "serviced": account != GONE,
        "left_as": "Charged Off" if account == GONE else "", "past_due_since": date(2026, 1, 1),
        "past_due_amount": Decimal(0), "late_fees": Decimal(0), "missed_payments": 0, "payment_amount": Decimal(0),
        "updated_at": NOW,
    }  # fmt: skip


def _open_case(account: str) -> dict[str, object]:
    return {
        "account_number": account, "sequence": 1, "status": "Open", "opened_on": date(2026, 1, 2), "close_reason": "",
        "times_reopened": 0,
    }  # fmt: skip


@pytest.fixture
def small(hub_on_sqlite: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database of SQLite with all tables."""
    shutil.copy(hub_on_sqlite, tmp_path / "hub.db")
    engine = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def yard(small: Engine, simulated: PassTimeVendor, served: ServedVendor, tmp_path: Path) -> Yard:
    return _yard(small, simulated, served, tmp_path)


@pytest.fixture
def yard_on_both(hub_engine: Engine, simulated: PassTimeVendor, served: ServedVendor, tmp_path: Path) -> Yard:
    """The same on SQLite, and once more on PostgreSQL."""
    return _yard(hub_engine, simulated, served, tmp_path)


def _yard(engine: Engine, simulated: PassTimeVendor, served: ServedVendor, tmp_path: Path) -> Yard:
    served.weather.clears()
    simulated.devices.clear()
    values = {
        "url": served.url, "dealer_number": DEALER, "username": USER, "password": simulated.password(),
        "starter_interrupt": True, "read_timeout_seconds": 0.3,
    }  # fmt: skip
    settings = PassTimeSettings.model_validate(values)
    leaseworks = {"surface": "folder", "folder": {"path": tmp_path}}
    hub = open_hub(Settings(data_folder=tmp_path, leaseworks=leaseworks))
    hub.engine.dispose()
    passtime = PassTime(settings, PassTimeClient(settings, clocks=FakeTime().clocks))
    return Yard(replace(hub, engine=engine, passtime=passtime), simulated, served)


def test_two_people_keep_a_truck_from_starting_and_let_it_start_again(yard_on_both: Yard) -> None:
    yard = yard_on_both
    serial = yard.serials[LATE]
    asked = yard.by("ada").request(serial, "disable", "60 days late", NOW, dry_run=False)
    waiting = yard.starts(LATE)
    done = yard.by("bob").approve(asked.id, NOW + timedelta(hours=1), dry_run=False)
    stopped = yard.starts(LATE)
    back = yard.by("bob").request(serial, "enable", "paid", NOW, dry_run=False)
    yard.by("ada").approve(back.id, NOW, dry_run=False)

    assert (waiting, stopped, yard.starts(LATE)) == (True, False, True)
    assert (done.state, done.requested_by, done.decided_by) == ("done", "ada", "bob")
    assert yard.audited() == [
        ("starter requested", "ada"), ("starter approved", "bob"), ("starter done", "bob"),
        ("starter requested", "bob"), ("starter approved", "ada"), ("starter done", "ada"),
    ]  # fmt: skip


@pytest.mark.spec("P10")
def test_what_must_not_be_is_refused_with_the_reason_and_nothing_is_sent(yard: Yard) -> None:
    serial = yard.serials[LATE]
    asked = yard.by("ada").request(serial, "disable", "late", NOW, dry_run=False)

    for account, reason in ((PAID, "not delinquent"), (GONE, "Charged Off")):
        with pytest.raises(StarterRefused, match=reason):
            yard.by("ada").request(yard.serials[account], "disable", "late", NOW, dry_run=False)
    with pytest.raises(NotThere):
        yard.by("ada").request("PT0", "disable", "late", NOW, dry_run=False)
    with pytest.raises(StarterRefused, match="made by ada"):
        yard.by("ada").approve(asked.id, NOW, dry_run=False)
    with pytest.raises(StarterRefused, match="expired"):
        yard.by("bob").approve(asked.id, NOW + timedelta(hours=4), dry_run=False)
    off = yard.hub.passtime.settings.model_copy(update={"starter_interrupt": False})  # type: ignore[union-attr]
    yard.hub = replace(yard.hub, passtime=PassTime(off, yard.hub.passtime.client))  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="off"):
        yard.by("bob").approve(asked.id, NOW, dry_run=False)
    assert yard.vendor.weather.calls == []


def test_a_dry_run_sends_nothing_and_leaves_the_request_waiting(yard: Yard) -> None:
    rehearsed = yard.by("ada").request(yard.serials[LATE], "disable", "late", NOW, dry_run=True)
    asked = yard.by("ada").request(yard.serials[LATE], "disable", "late", NOW, dry_run=False)
    after = yard.by("bob").approve(asked.id, NOW, dry_run=True)

    assert rehearsed.account == LATE
    assert after.state == "waiting"
    assert [each.id for each in yard.by("bob").listed(10)] == [asked.id]
    assert yard.vendor.weather.calls == []


@pytest.mark.fault(12)
def test_a_command_whose_answer_is_lost_is_not_sent_again(yard: Yard) -> None:
    asked = yard.by("ada").request(yard.serials[LATE], "disable", "late", NOW, dry_run=False)
    yard.vendor.weather.comes(no_answer(), only="/api/device")

    with pytest.raises(RetryLater, match="may have had its effect"):
        yard.by("bob").approve(asked.id, NOW, dry_run=False)
    with pytest.raises(StarterRefused, match="sending"):
        yard.by("eve").approve(asked.id, NOW, dry_run=False)

    assert yard.by("bob").listed(1)[0].state == "sending"
    assert yard.vendor.weather.calls.count("/api/device") == 1


def test_a_command_that_passtime_does_not_confirm_has_failed(yard: Yard) -> None:
    asked = yard.by("ada").request(yard.serials[LATE], "disable", "late", NOW, dry_run=False)
    yard.vendor.weather.comes(refusal(200, body=b'{"results": {"error": "no signal"}}'), only="/api/device")

    with pytest.raises(Exception, match="does not confirm"):
        yard.by("bob").approve(asked.id, NOW, dry_run=False)

    assert yard.by("bob").listed(1)[0].state == "failed"
    assert yard.audited()[-1] == ("starter failed", "bob")
