"""FleetRock's connector in all weathers, against the simulated FleetRock, with either way to log in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drawbar.middleware.retry import Clocks
from drawbar.sandbox.fleetrock.vendor import BASE, USER, FleetRockVendor
from tests.connectors.fleetrock.shop import NOW, open_fleetrock
from tests.contracts.polled_vendor import PolledVendorContract


class TestFleetRockWithToken(PolledVendorContract):
    records = f"{BASE}/GetRO"
    auth = "token"

    @pytest.fixture(autouse=True)
    def known(self, simulated: FleetRockVendor) -> None:
        self.key = simulated.key()
        self.secrets = (self.key, USER)

    def read(self, url: str, clocks: Clocks) -> list[object]:
        fleetrock = open_fleetrock(url, self.key, clocks, auth=self.auth, window_days=40)
        try:
            return list(fleetrock.orders(NOW - timedelta(days=90), NOW, ()))
        finally:
            fleetrock.client.close()
