"""The simulated FleetRock behaves as public connectors say that the real one does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from drawbar.sandbox.fleetrock.vendor import USER, FleetRockVendor
from tests.connectors.fleetrock.shop import Moment, simulated_fleetrock, small_book, work
from tests.contracts.served_vendor import serve_vendor

VIN = "1FUJHHDR5LLAA0001"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_book(tmp_path_factory.mktemp("leaseworks"), accounts=200)


class Caller:
    """Calls the simulated FleetRock with its key."""

    def __init__(self, vendor: FleetRockVendor, url: str) -> None:
        self.vendor, self.url = vendor, f"{url}/API"

    def get(self, call: str, **parameters: str) -> dict[str, Any]:
        query = {"username": USER, "token": self.vendor.key(), **parameters}
        found: dict[str, Any] = requests.get(f"{self.url}/{call}", params=query, timeout=10).json()
        return found

    def post(self, call: str, body: Mapping[str, object]) -> dict[str, Any]:
        token = {"token": self.vendor.key()}
        found: dict[str, Any] = requests.post(f"{self.url}/{call}", params=token, json=body, timeout=10).json()
        return found

    def update(self, order: str, **values: str) -> dict[str, Any]:
        body = {"username": USER, "repair_orders": [{"ro_id": order, **values}]}
        answer = self.post("UpdateRO", body)
        row: dict[str, Any] = answer["response"][0]
        return row

    def order(self, order: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get("GetRO", id=order)["repair_orders"][0]
        return found


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def caller(tmp_path: Path, files: Path, moment: Moment) -> Iterator[Caller]:
    vendor = simulated_fleetrock(tmp_path, files, moment)
    with serve_vendor(vendor.routes()) as served:
        yield Caller(vendor, served.url)


def test_its_trucks_are_those_of_the_lease_book_and_their_orders_the_same_every_time(
    caller: Caller, tmp_path: Path, files: Path
) -> None:
    vins = {each["vin"] for each in caller.get("GetUnits")["units"]}
    window = {"event": "started", "start": "2025-09-01", "end": "2026-03-03"}
    orders = caller.get("GetRO", **window)["repair_orders"]
    another = simulated_fleetrock(tmp_path / "another", files, Moment())

    assert len(orders) >= 10
    assert {each["vin"] for each in orders} <= vins
    assert {each["id"] for each in orders} <= another.shop.orders().keys()
    assert caller.get("GetPO", event="received", start="2025-09-01", end="2026-03-03")["purchase_orders"]


@pytest.mark.parametrize("call", ["GetRO", "GetUnits", "GetPO"])
def test_a_wrong_token_is_an_error_in_an_answer_of_status_200(caller: Caller, call: str) -> None:
    answer = requests.get(f"{caller.url}/{call}", params={"username": USER, "token": "wrong"}, timeout=10)

    assert (answer.status_code, answer.json()) == (200, {"result": "error", "message": "Invalid token"})


def test_totals_come_at_once_and_lines_and_invoice_date_seconds_later(caller: Caller, moment: Moment) -> None:
    order = caller.vendor.shop.add(work(VIN, date_started="3/3/2026"))
    early = caller.order(order)
    moment.passes(seconds=6)

    assert (early["grand_total"], early["tasks"]) == (390.0, [])
    assert len(caller.order(order)["tasks"]) == 1


def test_dates_are_eastern_when_written_and_utc_when_read(caller: Caller) -> None:
    order = caller.vendor.shop.add(work(VIN, date_started="3/1/2026"))

    assert caller.update(order, date_finished="3/2/2026")["result"] == "success"
    assert caller.order(order)["date_finished"] == "3/2/2026 5:00:00 AM"
    caller.update(order, date_finished="delete")
    assert caller.order(order)["date_finished"] == ""


def test_two_dates_in_one_call_are_stored_as_some_other_time(caller: Caller) -> None:
    order = caller.vendor.shop.add(work(VIN, date_finished="3/1/2026"))

    caller.update(order, date_invoiced="3/1/2026", date_invoice_paid="3/2/2026")

    assert caller.order(order)["date_invoice_paid"] == "3/3/2026 3:00:00 PM"


def test_an_added_order_is_invoiced_and_paid_on_the_day_that_it_was_finished(caller: Caller, moment: Moment) -> None:
    asked = {"vin": VIN, "date_finished": "3/1/2026"}
    body = {"customer_id": USER, "repair_orders": [asked]}
    answer = caller.post("AddRO", body)
    moment.passes(minutes=1)

    order = caller.order(answer["response"][0]["ro_id"])

    assert order["date_finished"] == order["date_invoiced"] == order["date_invoice_paid"] == "3/1/2026 5:00:00 AM"


def test_an_invoiced_order_cannot_be_deleted_and_taxes_are_taken_and_ignored(caller: Caller) -> None:
    order = caller.vendor.shop.add(work(VIN, date_finished="3/1/2026", date_invoiced="3/1/2026"))

    assert caller.update(order, status="deleted")["result"] == "error"
    assert caller.update(order, labor_tax_rate="8")["result"] == "success"
    assert caller.order(order)["tax_total"] == 0
    for name in ("date_invoice_paid", "date_invoiced", "date_finished"):
        caller.update(order, **{name: "delete"})
    assert caller.update(order, status="deleted")["result"] == "success"
    assert caller.order(order)["status"] == "deleted"


def test_what_was_changed_outlives_the_process(caller: Caller, tmp_path: Path, files: Path) -> None:
    order = caller.vendor.shop.add(work(VIN, date_started="3/1/2026"))
    caller.update(order, po_number="PO-9")

    again = simulated_fleetrock(tmp_path, files, Moment())

    assert again.shop.orders()[order].po_number == "PO-9"
    assert again.key() == caller.vendor.key()
