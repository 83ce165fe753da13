"""Log-in, errors in answers of status 200, windows, versions, and readings that are repeated until orders are whole."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from drawbar.connectors.fleetrock.checks import FleetRockChecks
from drawbar.connectors.fleetrock.connector import FleetRock, is_whole, windows
from drawbar.connectors.fleetrock.records import OrderStage, RepairOrder
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.polled import Refused
from drawbar.middleware.vendor import CallRefused, VendorBusy
from drawbar.middleware.vendor_login import LogInRefused
from drawbar.sandbox.fleetrock.vendor import FleetRockVendor
from tests.connectors.fleetrock.shop import NOW, Moment, open_fleetrock, simulated_fleetrock, work
from tests.contracts.served_vendor import ServedVendor, half_an_answer, refusal, serve_vendor
from tests.fake_time import FakeTime

VIN = "1FUJHHDR5LLAA0001"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("no-trucks")


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def vendor(tmp_path: Path, files: Path, moment: Moment) -> FleetRockVendor:
    return simulated_fleetrock(tmp_path, files, moment)


@pytest.fixture
def served(vendor: FleetRockVendor) -> Iterator[ServedVendor]:
    with serve_vendor(vendor.routes()) as served:
        yield served


@pytest.fixture
def fleetrock(served: ServedVendor, vendor: FleetRockVendor, moment: Moment) -> Iterator[FleetRock]:
    """The connector, for whom time passes at the vendor as well."""
    clocks = Clocks(FakeTime().monotonic, moment, lambda seconds: moment.passes(seconds=seconds))
    fleetrock = open_fleetrock(served.url, vendor.key(), clocks, window_days=60)
    yield fleetrock
    fleetrock.client.close()


def read(fleetrock: FleetRock, *again: str) -> list[RepairOrder | Refused]:
    return list(fleetrock.orders(NOW - timedelta(days=20), NOW, again))


def test_a_token_is_fetched_once_and_again_when_it_is_refused(
    fleetrock: FleetRock, served: ServedVendor, vendor: FleetRockVendor
) -> None:
    fleetrock.client.units()
    fleetrock.client.units()
    vendor.forget_tokens()
    fleetrock.client.units()

    assert served.weather.calls.count("/API/GetToken") == 2


def test_the_key_can_be_the_token(served: ServedVendor, vendor: FleetRockVendor) -> None:
    fleetrock = open_fleetrock(served.url, vendor.key(), FakeTime().clocks, auth="key")

    assert fleetrock.client.units() == []
    fleetrock.client.close()
    assert served.weather.calls == ["/API/GetUnits"]


@pytest.mark.parametrize("auth", ["token", "key"])
def test_a_wrong_key_stops_the_run_after_one_call(served: ServedVendor, auth: str) -> None:
    fleetrock = open_fleetrock(served.url, "wrong-canary", FakeTime().clocks, auth=auth)

    with pytest.raises(LogInRefused, match="Invalid") as refused:
        fleetrock.client.units()

    fleetrock.client.close()
    assert len(served.weather.calls) == 1
    assert "canary" not in "".join(traceback.format_exception(refused.value))


def test_an_error_in_an_answer_of_status_200_is_an_error(fleetrock: FleetRock) -> None:
    with pytest.raises(CallRefused, match="Repair order 1 not found"):
        fleetrock.client.order("1")


def test_an_answer_without_its_array_is_not_taken_for_an_empty_one(fleetrock: FleetRock, served: ServedVendor) -> None:
    fleetrock.client.units()
    served.weather.comes(refusal(200, body=b'{"orders": []}'))

    with pytest.raises(VendorBusy, match="without repair_orders"):
        read(fleetrock)


def test_neither_error_nor_traceback_tells_a_secret(
    fleetrock: FleetRock, served: ServedVendor, vendor: FleetRockVendor
) -> None:
    fleetrock.client.units()
    (token,) = vendor.tokens()
    echo = b'{"result": "error", "message": "bad call: %s"}' % token.encode()
    for body, times in ((echo, 1), (b"", 5)):
        served.weather.comes(*[refusal(200, body=body) if body else half_an_answer()] * times)
        with pytest.raises(DrawbarError) as failed:
            read(fleetrock)
        told = "".join(traceback.format_exception(failed.value)) + repr(fleetrock.settings)
        assert not [secret for secret in (token, vendor.key()) if secret in told]


def test_a_long_time_is_asked_for_in_windows_without_a_gap() -> None:
    found = windows(NOW - timedelta(days=20), NOW, timedelta(days=7))

    assert [end - start for start, end in found] == [timedelta(days=7), timedelta(days=7), timedelta(days=6)]
    assert all(earlier[1] == later[0] for earlier, later in pairwise(found))
    assert windows(NOW, NOW, timedelta(days=7)) == []


def test_an_order_in_several_events_and_windows_comes_once(fleetrock: FleetRock, vendor: FleetRockVendor) -> None:
    order = vendor.shop.add(work(VIN, date_started="2/20/2026", date_finished="2/24/2026", date_invoiced="2/25/2026"))
    vendor.clock.passes(hours=1)  # type: ignore[attr-defined]

    assert [each.id for each in read(fleetrock, order) if isinstance(each, RepairOrder)] == [order]


@pytest.mark.spec("P17")
def test_an_order_is_read_again_until_its_lines_have_come(
    fleetrock: FleetRock, vendor: FleetRockVendor, moment: Moment
) -> None:
    vendor.shop.add(work(VIN, date_started="2/20/2026"))
    moment.passes(seconds=-4)

    versions = [each for each in read(fleetrock) if isinstance(each, RepairOrder)]

    assert [is_whole(each) for each in versions] == [False, True]
    assert [each.lines for each in versions] == [0, 2]


def test_an_order_that_never_becomes_whole_is_left_after_a_few_readings(
    fleetrock: FleetRock, vendor: FleetRockVendor, served: ServedVendor, moment: Moment
) -> None:
    vendor.shop.add(work(VIN, date_started="2/20/2026"))
    moment.passes(days=-1)

    versions = read(fleetrock)

    assert len(versions) == 1
    assert served.weather.calls.count("/API/GetRO") == 3 + fleetrock.settings.settle_reads


def test_an_invoiced_order_is_not_whole_before_its_date_has_come() -> None:
    order = RepairOrder(id="7", status="invoiced", stage=OrderStage.INVOICED)

    assert not is_whole(order)
    assert is_whole(order.model_copy(update={"date_invoiced": NOW}))


def test_an_order_to_be_read_again_that_is_gone_does_not_keep_the_others_out(
    fleetrock: FleetRock, vendor: FleetRockVendor
) -> None:
    order = vendor.shop.add(work(VIN, date_created="1/1/2026"))

    found = read(fleetrock, "1", order)

    assert [each.key if isinstance(each, Refused) else each.id for each in found] == ["1", order]


def test_doctor_tells_what_the_account_may_see(fleetrock: FleetRock, vendor: FleetRockVendor) -> None:
    vendor.shop.add(work(VIN, date_started="3/3/2026"))

    lines = list(FleetRockChecks(fleetrock.client).checks(NOW))

    assert [(each.name, each.ok, each.detail) for each in lines] == [
        ("log-in and units", True, "0 units"),
        ("repair orders", True, "1 begun in the last 24 hours"),
    ]


def test_doctor_says_what_to_do_when_the_log_in_is_refused(served: ServedVendor) -> None:
    fleetrock = open_fleetrock(served.url, "wrong", FakeTime().clocks)

    (line,) = FleetRockChecks(fleetrock.client).checks(NOW)

    assert not line.ok
    assert "username and key" in line.remedy
