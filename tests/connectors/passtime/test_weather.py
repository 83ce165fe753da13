"""PassTime's connector in all weathers, against the simulated PassTime."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.connector import last_locates
from drawbar.connectors.passtime.settings import PassTimeSettings
from drawbar.middleware.gps.records import Device
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.passtime.vendor import DEALER, USER, PassTimeVendor, serial_of
from tests.connectors.gps_vendors import simulated_passtime, some_trucks
from tests.contracts.polled_vendor import PolledVendorContract
from tests.contracts.served_vendor import ServedVendor, serve_vendor


@pytest.fixture(scope="module")
def passtime(tmp_path_factory: pytest.TempPathFactory) -> PassTimeVendor:
    folder = tmp_path_factory.mktemp("passtime")
    return simulated_passtime(folder, some_trucks(folder / "leaseworks"))


@pytest.fixture(scope="module")
def running_vendor(passtime: PassTimeVendor) -> Iterator[ServedVendor]:
    with serve_vendor(passtime.routes()) as served:
        yield served


class TestPassTime(PolledVendorContract):
    records = "/api/*"

    @pytest.fixture(autouse=True)
    def simulated(self, passtime: PassTimeVendor) -> None:
        self.passtime = passtime
        self.secrets = (passtime.password(),)

    def read(self, url: str, clocks: Clocks) -> list[object]:
        values = {
            "url": url,
            "dealer_number": DEALER,
            "username": USER,
            "password": self.passtime.password(),
            "read_timeout_seconds": 0.3,
            "calls_per_minute": 6_000,
        }
        settings = PassTimeSettings.model_validate(values)
        devices = [Device(serial_of(truck), "PassTime", truck.vin, "", True) for truck in self.passtime.yard.trucks()]
        return list(last_locates(PassTimeClient(settings, clocks=clocks), devices[:3]))
