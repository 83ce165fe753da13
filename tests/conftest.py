"""What all tests share: a database of each kind, a fixed now, and logs that no test leaves set up for another."""

from __future__ import annotations

import gc
import io
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.engine import create_engine_tables, open_engine_database
from drawbar.middleware.log import configure_logging
from drawbar.middleware.settings import LogSettings
from tests.postgres import create_database, empty_database, postgres_server


def pytest_sessionstart() -> None:
    """Look for garbage from the first test on alone: what tests import stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Spare the collector of garbage all that is there before the first test: a tenth of the time of many tests."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; each test that asks for it runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    return create_database(request.getfixturevalue("postgres"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database of each kind, without tables."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def hub_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to copy from."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    _with_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def prepared_postgres(postgres: str) -> str:
    """The URL of a database with all tables, the job engine's too, that no test enters: a pattern for others."""
    url = _with_tables(create_database(postgres))
    engine = open_engine_database(url)
    create_engine_tables(engine)
    engine.dispose()
    return url


@pytest.fixture
def new_postgres_hub_url(postgres: str, prepared_postgres: str) -> str:
    """The URL of a hub's database on PostgreSQL that is this test's own."""
    return create_database(postgres, like=prepared_postgres)


@pytest.fixture(scope="session")
def hub_on_postgres(postgres: str) -> str:
    """The URL of a database with all tables, for one test after the other."""
    return _with_tables(create_database(postgres))


def _with_tables(url: str) -> str:
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture
def postgres_hub_url(hub_on_postgres: str) -> str:
    """The URL of a hub's database on PostgreSQL: all tables, and no row in them."""
    empty_database(hub_on_postgres)
    return hub_on_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def hub_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a hub's database of each kind: all tables, and no row in them."""
    if request.param == "sqlite":
        path = tmp_path / "hub.db"
        shutil.copy(request.getfixturevalue("hub_on_sqlite"), path)
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("postgres_hub_url"))


@pytest.fixture
def hub_engine(hub_url: str) -> Iterator[Engine]:
    """An engine on a hub's database of each kind."""
    engine = open_database(hub_url)
    yield engine
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Take back what a command or a test did to logging in this process."""
    root, ours = logging.getLogger(), logging.getLogger("drawbar")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    structlog.reset_defaults()


@pytest.fixture
def log(logging_as_it_was: None, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged from here on, as JSON lines."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging(LogSettings(level="DEBUG", format="json"))
    return stream
