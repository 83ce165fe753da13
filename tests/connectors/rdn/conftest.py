"""A simulated RDN on a free port, one for a module, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drawbar.connectors.rdn.client import RdnClient
from drawbar.connectors.rdn.connector import Rdn
from drawbar.connectors.rdn.settings import RdnSettings
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.rdn.vendor import PATH, RdnVendor
from tests.contracts.served_vendor import ServedVendor, serve_vendor
from tests.fake_time import FakeTime
from tests.moment import Moment

AGENTS = {
    "lone_star": AgentSettings(channel="rdn", id="4711"),
    "other": AgentSettings(channel="rdn", id="4712"),
}


@pytest.fixture(scope="module")
def moment() -> Moment:
    return Moment()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, moment: Moment) -> RdnVendor:
    return RdnVendor(tmp_path_factory.mktemp("rdn"), clock=moment)


@pytest.fixture(scope="module")
def running_vendor(simulated: RdnVendor) -> Iterator[ServedVendor]:
    with serve_vendor(simulated.routes()) as served:
        yield served


@pytest.fixture
def vendor(running_vendor: ServedVendor, simulated: RdnVendor) -> ServedVendor:
    running_vendor.weather.clears()
    simulated.desk.cases.clear()
    simulated.called.clear()
    return running_vendor


@pytest.fixture
def rdn(vendor: ServedVendor, simulated: RdnVendor, moment: Moment) -> Rdn:
    return open_rdn(vendor.url, simulated, FakeTime().clocks, moment)


def open_rdn(url: str, simulated: RdnVendor, clocks: Clocks, moment: Moment, **changes: object) -> Rdn:
    """Open the connector as a new process does."""
    values = {"url": url + PATH, "api_key": simulated.api_key(), "read_timeout_seconds": 0.3, "page_size": 2, **changes}
    settings = RdnSettings.model_validate({"calls_per_minute": 6_000, **values})
    return Rdn(settings, RdnClient(settings, clocks=clocks), AGENTS, moment)
