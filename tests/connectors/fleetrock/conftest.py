"""The simulated FleetRock on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drawbar.sandbox.fleetrock.vendor import FleetRockVendor
from tests.connectors.fleetrock.shop import Moment, simulated_fleetrock, small_book
from tests.contracts.served_vendor import ServedVendor, serve_vendor


@pytest.fixture(scope="module")
def moment() -> Moment:
    return Moment()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, moment: Moment) -> FleetRockVendor:
    folder = tmp_path_factory.mktemp("fleetrock")
    return simulated_fleetrock(folder, small_book(folder / "leaseworks"), moment)


@pytest.fixture(scope="module")
def running_vendor(simulated: FleetRockVendor) -> Iterator[ServedVendor]:
    with serve_vendor(simulated.routes()) as served:
        yield served
