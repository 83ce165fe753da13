"""Spireon's connector in all weathers, against the simulated Spireon; `test_spireon.py` logs in the other way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drawbar.connectors.spireon.client import SpireonClient
from drawbar.connectors.spireon.connector import Spireon
from drawbar.connectors.spireon.settings import SpireonSettings
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.spireon.vendor import BASE, USER, SpireonVendor
from tests.connectors.gps_vendors import simulated_spireon, some_trucks
from tests.contracts.polled_vendor import PolledVendorContract
from tests.contracts.served_vendor import ServedVendor, serve_vendor


@pytest.fixture(scope="module")
def spireon(tmp_path_factory: pytest.TempPathFactory) -> SpireonVendor:
    folder = tmp_path_factory.mktemp("spireon")
    return simulated_spireon(folder, some_trucks(folder / "leaseworks"))


@pytest.fixture(scope="module")
def running_vendor(spireon: SpireonVendor) -> Iterator[ServedVendor]:
    with serve_vendor(spireon.routes()) as served:
        yield served


class TestSpireon(PolledVendorContract):
    records = f"{BASE}/*"

    @pytest.fixture(autouse=True)
    def simulated(self, spireon: SpireonVendor) -> None:
        self.spireon = spireon
        self.secrets = (spireon.password(), spireon.app_token())

    def read(self, url: str, clocks: Clocks) -> list[object]:
        values = {
            "url": url + BASE,
            "identity_url": url,
            "app_token": self.spireon.app_token(),
            "username": USER,
            "password": self.spireon.password(),
            "auth": "token",
            "read_timeout_seconds": 0.3,
            "page_size": 4,
            "calls_per_minute": 6_000,
        }
        settings = SpireonSettings.model_validate(values)
        return list(Spireon(settings, SpireonClient(settings, clocks=clocks)).book())
