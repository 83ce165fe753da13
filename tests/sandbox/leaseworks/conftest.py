"""Simulated days, lived through once for all tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from drawbar.sandbox.leaseworks.book import BookPlan, BusinessDay, live_through
from drawbar.sandbox.leaseworks.delivery import write_deliveries
from drawbar.sandbox.leaseworks.login import SftpLogin


@pytest.fixture(scope="session")
def ten_days() -> list[BusinessDay]:
    return list(live_through(BookPlan(accounts=300, seed=7), 10))


@pytest.fixture(scope="session")
def forty_days() -> list[BusinessDay]:
    """A book large enough for everything that can happen to happen."""
    return list(live_through(BookPlan(accounts=2_000), 40))


@pytest.fixture(scope="session")
def plan() -> BookPlan:
    return BookPlan(accounts=30, seed=5)


@pytest.fixture(scope="session")
def two_deliveries(plan: BookPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = tmp_path_factory.mktemp("leaseworks")
    write_deliveries(files, plan, 2)
    return files


@pytest.fixture
def root(two_deliveries: Path, tmp_path: Path) -> Path:
    """What an SFTP client sees, with the deliveries of two days; each test has its own."""
    return Path(shutil.copytree(two_deliveries, tmp_path / "files"))


@pytest.fixture
def login() -> SftpLogin:
    return SftpLogin("drawbar", "correct horse battery staple")
