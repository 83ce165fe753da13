"""FleetRock as a target, over HTTP against the simulated one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from drawbar.connectors.fleetrock.connector import FleetRock
from drawbar.connectors.fleetrock.days import eastern_day
from drawbar.connectors.fleetrock.records import RepairOrder
from drawbar.connectors.fleetrock.target import ORDER, PAID_ON, PO_NUMBER, FleetRockTarget
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.ports import takes_bulk
from drawbar.middleware.records import TargetRecord
from drawbar.sandbox.fleetrock.vendor import FleetRockVendor
from tests.connectors.fleetrock.shop import Moment, open_fleetrock, simulated_fleetrock, work
from tests.contracts.served_vendor import ServedVendor, half_an_answer, serve_vendor
from tests.contracts.target import RecordTargetContract
from tests.fake_time import FakeTime

KEYS = {"K1": "900000000", "K2": "900000001", "K3": "900000002"}
DATED = {"date_finished": "3/1/2026", "date_invoiced": "3/2/2026"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no-trucks")


@pytest.fixture
def shop(tmp_path: Path, files: Path) -> FleetRockVendor:
    """A FleetRock with three invoiced orders."""
    vendor = simulated_fleetrock(tmp_path, files, Moment())
    for _ in KEYS:
        vendor.shop.add(work("1FUJHHDR5LLAA0001", **DATED))
    return vendor


@pytest.fixture
def running(shop: FleetRockVendor) -> Iterator[ServedVendor]:
    with serve_vendor(shop.routes()) as served:
        yield served


@pytest.fixture
def fleetrock(running: ServedVendor, shop: FleetRockVendor) -> Iterator[FleetRock]:
    fleetrock = open_fleetrock(running.url, shop.key(), FakeTime().clocks)
    yield fleetrock
    fleetrock.client.close()


def paid(day: date | None, order: str = KEYS["K1"], **others: str) -> TargetRecord:
    return TargetRecord(ORDER, order, {PAID_ON: day, **others})


class TestContract(RecordTargetContract):
    object_name = ORDER
    text_field = PO_NUMBER
    first = "updated"

    @pytest.fixture(autouse=True)
    def _known(self, fleetrock: FleetRock) -> None:
        self.fleetrock = fleetrock

    def open_target(self) -> FleetRockTarget:
        return _ByShortKey(self.fleetrock)

    def record(self, key: str, text: str | None) -> TargetRecord:
        return TargetRecord(ORDER, key, {PO_NUMBER: text})

    def bad_record(self, key: str) -> TargetRecord:
        return TargetRecord(ORDER, key, {"grand_total": "0.00"})


class _ByShortKey(FleetRockTarget):
    """The target, for a contract that names its records K1, K2 and K3."""

    def _found(self, order_id: str) -> RepairOrder:
        return super()._found(KEYS.get(order_id, order_id))


def test_it_takes_no_bulk_jobs(fleetrock: FleetRock) -> None:
    assert not takes_bulk(FleetRockTarget(fleetrock))


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2025, 3, 9), date(2025, 7, 4), date(2025, 11, 2)])
def test_a_day_is_written_as_eastern_and_read_back_as_the_same_day(fleetrock: FleetRock, day: date) -> None:
    target = FleetRockTarget(fleetrock)

    target.upsert([paid(day)])

    assert target.read(ORDER, [KEYS["K1"]], [PAID_ON]) == {KEYS["K1"]: {PAID_ON: day}}


def test_late_in_the_evening_of_new_york_it_is_the_next_day_in_utc() -> None:
    assert eastern_day(datetime(2026, 3, 3, 4, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert eastern_day(datetime(2026, 3, 3, tzinfo=UTC)) == date(2026, 3, 3), "a day without a time is that day"


def test_each_call_writes_one_field_and_the_purchase_order_number_first(
    fleetrock: FleetRock, running: ServedVendor, shop: FleetRockVendor
) -> None:
    FleetRockTarget(fleetrock).upsert([paid(date(2026, 3, 2), po_number="PO-1")])

    assert running.weather.calls.count("/API/UpdateRO") == 2
    answer = shop.shop.orders()[KEYS["K1"]].answer(Moment().now)
    assert (answer["date_invoice_paid"], answer["po_number"]) == ("3/2/2026 5:00:00 AM", "PO-1")


def test_what_is_so_already_is_not_written(fleetrock: FleetRock, running: ServedVendor) -> None:
    target = FleetRockTarget(fleetrock)
    target.upsert([paid(date(2026, 3, 2))])
    running.weather.calls.clear()

    (outcome,) = target.upsert([paid(date(2026, 3, 2))])

    assert outcome.status == "updated"
    assert running.weather.calls == ["/API/GetRO"]


@pytest.mark.fault(12)
def test_a_write_whose_answer_was_lost_is_not_made_again(fleetrock: FleetRock, running: ServedVendor) -> None:
    target = FleetRockTarget(fleetrock)
    running.weather.comes(*[half_an_answer()] * 5, only="*/UpdateRO")
    with pytest.raises(RetryLater):
        target.upsert([paid(date(2026, 3, 2))])
    running.weather.clears()

    target.upsert([paid(date(2026, 3, 2))])

    assert "/API/UpdateRO" not in running.weather.calls


def test_an_order_that_is_not_invoiced_cannot_be_paid(fleetrock: FleetRock, shop: FleetRockVendor) -> None:
    order = shop.shop.add(work("1FUJHHDR5LLAA0001", date_finished="3/1/2026"))

    (outcome,) = FleetRockTarget(fleetrock).upsert([paid(date(2026, 3, 2), order)])

    assert (outcome.status, outcome.code, outcome.fields) == ("refused", "NOT_INVOICED", (PAID_ON,))


def test_a_payment_can_be_taken_back(fleetrock: FleetRock) -> None:
    target = FleetRockTarget(fleetrock)
    target.upsert([paid(date(2026, 3, 2))])

    target.upsert([paid(None)])

    assert target.read(ORDER, [KEYS["K1"]], [PAID_ON]) == {KEYS["K1"]: {PAID_ON: None}}


def test_no_order_is_deleted(fleetrock: FleetRock, running: ServedVendor) -> None:
    (outcome,) = FleetRockTarget(fleetrock).delete(ORDER, [KEYS["K1"]])

    assert (outcome.status, running.weather.calls) == ("refused", [])
