"""A simulated QuickBooks company on a port, for tests of whole jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.applications import Starlette

from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
from drawbar.connectors.quickbooks_online.settings import FurtherCompany, QuickBooksOnlineSettings
from drawbar.middleware.retry import Clocks
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.fault_middleware import FaultMiddleware
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.quickbooks.logins import App
from drawbar.sandbox.quickbooks.vendor import REALM
from drawbar.sandbox.quickbooks.vendor import QuickBooksOnline as SimulatedCompany
from tests.jobs.world import Ticking, World
from tests.sandbox.local_server import serve

FIRST_TOKEN = "first-token"
SOUTH_TOKEN, SOUTH_REALM = "south-token", "9130350000000002"
KEY = Fernet.generate_key().decode()


class Books:
    """The simulated company on a port, and the settings that reach it."""

    def __init__(self) -> None:
        self.clock = Ticking(datetime(2026, 3, 2, 10, 15, tzinfo=UTC))
        self.south = SimulatedCompany(App("app", "secret", SOUTH_TOKEN), clock=self.clock, realm_id=SOUTH_REALM)
        self.vendor = SimulatedCompany(App("app", "secret", FIRST_TOKEN), clock=self.clock, beside=[self.south])
        self.faults = Faults()
        self.connections = Connections()
        self.app = FaultMiddleware(
            Starlette(routes=list(self.vendor.routes())), faults=self.faults, connections=self.connections
        )
        self.port = 0

    def connect(self, world: World) -> None:
        """Give a hub a client of the company, as a process has that has just started; it never waits."""
        world.hub = replace(world.hub, quickbooks_online=self._open(world, self.settings(), ""))

    def connect_south(self, world: World) -> None:
        """Give it a client of the other company as well."""
        south = self._open(world, self.settings().of("south"), "south")
        world.hub = replace(world.hub, further_books={"south": south})

    def settings(self) -> QuickBooksOnlineSettings:
        url = f"http://127.0.0.1:{self.port}"
        return QuickBooksOnlineSettings(
            realm_id=REALM, client_id="app", client_secret=SecretStr("secret"), encryption_key=SecretStr(KEY),
            api_url=url, token_url=f"{url}/oauth2/v1/tokens/bearer",
            companies={"south": FurtherCompany(realm_id=SOUTH_REALM)},
        )  # fmt: skip

    def _open(self, world: World, settings: QuickBooksOnlineSettings, name: str) -> QuickBooksOnline:
        clocks = Clocks(time.monotonic, self.clock, lambda _seconds: None)
        return QuickBooksOnline(settings, world.hub.engine, world.hub.locks, name=name, clocks=clocks)

    def numbers(self, entity: str) -> list[str]:
        return sorted(each["DocNumber"] for each in self.vendor.company.objects(entity))


@contextmanager
def serve_books() -> Iterator[Books]:
    """Serve a company until the block ends."""
    served = Books()
    with serve(served.app, served.connections) as served.port:
        yield served
