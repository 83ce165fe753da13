"""The fixtures of the whole jobs, and processes of their own that tests may kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.workers import Workers
from tests.jobs import conftest as whole_jobs

book = whole_jobs.book
days = whole_jobs.days
open_world = whole_jobs.open_world
org = whole_jobs.org
running_org = whole_jobs.running_org
world = whole_jobs.world
world_on_both = whole_jobs.world_on_both

LONG = bool(os.environ.get("DRAWBAR_LONG_FAULTS"))


@pytest.fixture(params=["sqlite", "postgresql"] if LONG else ["postgresql"])
def new_hub_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a hub's new database: of both kinds under `make test-faults`, else on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    return str(request.getfixturevalue("new_postgres_hub_url"))


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Processes that work on runs; none outlives the test."""
    workers = Workers()
    yield workers
    workers.end()


Times = Callable[[int, int], int]


@pytest.fixture
def times() -> Times:
    """Give a function that chooses how often to try: few times by default, often under `make test-faults`."""
    return lambda short, long: long if LONG else short
