"""A simulated QuickBooks Online on a real port, emptied between tests, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings
from drawbar.connectors.quickbooks_online.target import QuickBooksTarget, open_target
from drawbar.connectors.quickbooks_online.tokens import TokenKeeper
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.locks import Locks
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.sync.token_vault import Tokens, TokenVault
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.fault_middleware import FaultMiddleware
from drawbar.sandbox.faults import Fault, Faults
from drawbar.sandbox.quickbooks.logins import App
from drawbar.sandbox.quickbooks.vendor import REALM, QuickBooksOnline
from tests.sandbox.local_server import serve

PAPERS = {"WO-1.pdf": b"%PDF-1.4 of work order WO-1"}
"""The hub's papers, by name."""

KEY = Fernet.generate_key().decode()
APP = App("app", "s3cret-canary", "first-refresh-canary")


class FakeTime:
    """A clock that moves only by sleeping, for both sides."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 6, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.seconds, self.now, self.sleep)


class Served:
    """The port that all tests share; behind it each test has its own company, with its own faults."""

    def __init__(self) -> None:
        self.connections = Connections()
        self.time = FakeTime()
        self.faults = Faults()
        self.vendor = QuickBooksOnline(APP, clock=self.time.now)
        self.reset()

    def reset(self) -> None:
        self.time = FakeTime()
        self.faults = Faults()
        self.vendor = QuickBooksOnline(APP, clock=self.time.now)
        self.calls = 0
        self.answer_with(Starlette(routes=list(self.vendor.routes())))

    def answer_with(self, app: ASGIApp) -> None:
        self._app = FaultMiddleware(app, faults=self.faults, connections=self.connections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += scope["path"].startswith("/v3/")
        await self._app(scope, receive, send)

    def arm(self, kind: str, path: str, **options: object) -> None:
        self.faults.arm(Fault.model_validate({"kind": kind, "path": f"/v3/company/*/{path}", **options}))


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Served, int]]:
    served = Served()
    with serve(served, served.connections) as port:
        yield served, port


@pytest.fixture
def quickbooks(server: tuple[Served, int]) -> Served:
    served, _ = server
    served.reset()
    return served


@pytest.fixture
def settings(server: tuple[Served, int]) -> QuickBooksOnlineSettings:
    url = f"http://127.0.0.1:{server[1]}"
    return QuickBooksOnlineSettings(
        realm_id=REALM, client_id="app", client_secret=SecretStr("s3cret-canary"), encryption_key=SecretStr(KEY),
        api_url=url, token_url=f"{url}/oauth2/v1/tokens/bearer", read_timeout_seconds=10,
        webhook_verifier_token=SecretStr("verifier-canary"),
    )  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Engine]:
    """A hub's database on SQLite, for tests that need one and no more of it."""
    engine = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def vault(here: Engine, tmp_path: Path, quickbooks: Served) -> TokenVault:
    vault = open_vault(here, tmp_path)
    vault.store(Tokens("first-refresh-canary"), now=quickbooks.time.now())
    return vault


def open_vault(engine: Engine, folder: Path) -> TokenVault:
    return TokenVault(engine, Locks(engine, folder / "locks"), SYSTEM, SecretStr(KEY))


OpenClient = Callable[..., QuickBooksClient]


@pytest.fixture
def open_client(settings: QuickBooksOnlineSettings, vault: TokenVault, quickbooks: Served) -> OpenClient:
    """Open a client afresh, as another process would; `changes` are settings."""

    def opened(**changes: object) -> QuickBooksClient:
        told = settings.model_copy(update=changes)
        keeper = TokenKeeper(told, vault, clocks=quickbooks.time.clocks)
        policy = RetryPolicy(base=0.001, cap=0.01, patience=120)
        return QuickBooksClient(told, keeper, policy=policy, clocks=quickbooks.time.clocks)

    return opened


@pytest.fixture
def client(open_client: OpenClient) -> QuickBooksClient:
    return open_client()


@pytest.fixture
def target(client: QuickBooksClient) -> QuickBooksTarget:
    return open_target(client, PAPERS.__getitem__)
