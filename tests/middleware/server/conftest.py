"""One server for all tests of the module; what a test needs otherwise it serves for itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.middleware.server.served import Served, prepared, served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Engine]:
    engine = prepared(folder / "hub.db")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def server(database: Engine, folder: Path) -> Iterator[Served]:
    with served(database, folder, body_limit=20_000, calls_per_minute=100_000) as server:
        yield server
