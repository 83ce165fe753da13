"""An empty org of leases for each test, without a server; it is opened once and emptied between tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import DEFAULT_USERNAME
from drawbar.sandbox.source import load_schema
from drawbar.sandbox.tables import BIN, SEQUENCES, quoted, table_name
from tests.sandbox.org_client import Clock, OrgClient
from tests.sandbox.sfdx import lease_project

SEEDED = ("Organization", "Profile", "User", "Group", "QueueSobject", "RecordType", "PermissionSet")
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def lease_schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    """The schema of the org of leases."""
    project = lease_project(tmp_path_factory.mktemp("sfdx"))
    return load_schema(project.folder)


@pytest.fixture(scope="session")
def one_org(tmp_path_factory: pytest.TempPathFactory, lease_schema: Schema) -> Iterator[tuple[LocalOrg, Clock]]:
    """The org that all tests share, with its clock."""
    clock = Clock(START)
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password")
    local = LocalOrg(tmp_path_factory.mktemp("org"), lease_schema, client, clock=clock)
    yield local, clock
    local.close()


@pytest.fixture
def local(one_org: tuple[LocalOrg, Clock]) -> Iterator[LocalOrg]:
    """The org with its endpoints; what a test has written is gone after it."""
    local, clock = one_org
    yield local
    clock.now = START
    local.faults.clear()
    local.sessions.expire_all()
    local.meter.clear(limit_too=True)
    with local.org.transaction() as transaction:
        for sobject in local.org.schema:
            if sobject.name not in SEEDED:
                transaction.connection.execute(f"DELETE FROM {quoted(table_name(sobject))}")
        transaction.connection.execute(f"DELETE FROM {BIN}")
        transaction.connection.execute(f"DELETE FROM {SEQUENCES} WHERE name NOT IN ('User', 'Group', 'QueueSobject')")


@pytest.fixture
def clock(one_org: tuple[LocalOrg, Clock]) -> Clock:
    """The org's clock; it stands still until a test moves it."""
    return one_org[1]


@pytest.fixture
def org(local: LocalOrg) -> OrgClient:
    """A signed-in client of the org."""
    return OrgClient(local)
