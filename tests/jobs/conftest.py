"""Whole jobs: a LeaseWorks folder, a hub and a local org over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from drawbar.connectors.leaseworks.settings import LeaseWorksSettings
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.jobs.wiring import Settings
from drawbar.middleware.database.migrate import revision, upgrade
from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.credentials import Credentials, open_credentials
from drawbar.sandbox.leaseworks.book import BookPlan
from drawbar.sandbox.leaseworks.delivery import OUTBOUND, write_deliveries
from drawbar.sandbox.server import serve_in_background
from drawbar.sandbox.source import load_schema
from tests.jobs.paper_book import PaperBook
from tests.jobs.under_way import CallsUnderWay
from tests.jobs.world import ServedOrg, Ticking, World

MONDAY = date(2026, 3, 2)

OpenWorld = Callable[..., World]


@pytest.fixture(scope="session")
def running_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedOrg]:
    folder = tmp_path_factory.mktemp("sandbox")
    credentials = open_credentials(folder / "keys", Credentials())
    local = LocalOrg(folder / "org", load_schema(), credentials.app)
    local.app = calls = CallsUnderWay(local.app)
    try:
        with serve_in_background(local) as addresses:
            yield ServedOrg(local, str(addresses.http), calls)
    finally:
        local.close()


@pytest.fixture
def org(running_org: ServedOrg) -> ServedOrg:
    """An org without records."""
    running_org.empty()
    return running_org


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The deliveries of five days of a simulated lender with 120 accounts."""
    root = tmp_path_factory.mktemp("five-days")
    return write_deliveries(root, BookPlan(accounts=120, seed=7), 5)


@pytest.fixture
def open_world(tmp_path: Path, org: ServedOrg, hub_on_sqlite: Path) -> Iterator[OpenWorld]:
    """Give a function that opens a hub; `name` sets several apart, others are settings."""
    opened: list[World] = []
    clock = Ticking(datetime(2026, 3, 2, 10, 15, tzinfo=UTC))

    def open_one(name: str = "hub", url: str = "", *, files: Path | None = None, **changes: Any) -> World:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        if not url and not (folder / "drawbar.db").exists():
            shutil.copy(hub_on_sqlite, folder / "drawbar.db")
        files = files or tmp_path / "leaseworks"
        (files / OUTBOUND).mkdir(parents=True, exist_ok=True)
        (files / "archive").mkdir(exist_ok=True)
        world = World(hub_settings(folder, url, org, files, changes), org, files, clock)
        if url:
            _give_tables(world.hub.engine)
        opened.append(world)
        return world

    yield open_one
    for world in opened:
        world.close()


def _give_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        there = revision(connection)
    if there is None:
        upgrade(engine)


def hub_settings(folder: Path, url: str, org: ServedOrg, files: Path, changes: dict[str, Any]) -> Settings:
    """Give settings as drawbar.toml would."""
    client = org.local.client
    salesforce = {
        "login_url": org.url, "auth": "client_credentials", "client_id": client.client_id,
        "client_secret": client.client_secret, "bulk_poll_first_seconds": 0.02,
    }  # fmt: skip
    leaseworks = {"surface": "folder", "folder": {"path": files}}
    sections: dict[str, Any] = {
        "leaseworks": LeaseWorksSettings.model_validate(changes.pop("leaseworks", leaseworks)),
        "salesforce": SalesforceSettings.model_validate(salesforce | changes.pop("salesforce", {})),
    }
    return Settings(data_folder=folder, database={"url": url}, **sections, **changes)


@pytest.fixture
def world(open_world: OpenWorld) -> World:
    return open_world()


@pytest.fixture
def world_on_both(open_world: OpenWorld, hub_url: str) -> World:
    """A hub on SQLite, and the same test once more on PostgreSQL."""
    return open_world(url=hub_url)


@pytest.fixture
def book(world: World) -> PaperBook:
    """A book with one lessee and one account, whose deliveries the world's hub waits for."""
    return small_book(world)


def small_book(world: World) -> PaperBook:
    """Begin a book with one lessee and one account."""
    book = PaperBook(world.files, MONDAY)
    book.lessee()
    book.account()
    return book
