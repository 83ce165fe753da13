"""jsforce, as npm gives it, uses the local org; `npm ci` in this folder installs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.seeds import ORGANIZATION_ID
from tests.sandbox.clients.conftest import RunningOrg

SESSION = Path(__file__).with_name("jsforce_session.cjs")


@pytest.fixture(scope="module")
def seen(org: RunningOrg) -> dict[str, Any]:
    """What the script saw, step by step."""
    environment = {
        "PATH": os.environ["PATH"],
        "NODE_EXTRA_CA_CERTS": str(org.ca),
        "ORG_URL": org.url,
        "CLIENT_ID": org.client_id,
        "CLIENT_SECRET": org.client_secret.read_text(),
        "ORG_USERNAME": org.username,
        "ORG_PASSWORD": org.password.read_text(),
    }
    done = subprocess.run(
        ["node", SESSION.name],
        cwd=SESSION.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps: dict[str, Any] = json.loads(done.stdout)
    return steps


def test_it_logs_in_and_knows_who_it_is(seen: dict[str, Any], org: RunningOrg) -> None:
    assert seen["login"] == {"organizationId": ORGANIZATION_ID, "instanceUrl": org.url}
    assert seen["identity"] == org.username


def test_it_describes_the_org_and_an_object(seen: dict[str, Any]) -> None:
    assert {"Account", "Case", "Lease_Account__c"} <= set(seen["described"])
    assert seen["externalIds"] == ["LeaseWorks_Id__c"]


def test_it_creates_reads_and_changes_a_record(seen: dict[str, Any]) -> None:
    assert seen["created"] is True
    assert seen["read"] == {"Name": "jsforce", "NumberOfEmployees": 4}
    assert seen["deleted"] == [True]


def test_it_upserts_and_writes_collections(seen: dict[str, Any]) -> None:
    assert seen["upserted"] == [{"success": True, "created": False}, {"success": True, "created": True}]
    assert seen["many"] == ["ok", "REQUIRED_FIELD_MISSING"]


def test_it_queries_and_follows_the_pages(seen: dict[str, Any]) -> None:
    assert seen["queried"] == ["Changed", "New"]
    assert seen["refused"] == "INVALID_FIELD"
    assert seen["paged"] == 2499


def test_bulk2_loads_and_queries(seen: dict[str, Any]) -> None:
    assert seen["loaded"] == {
        "successful": 2499,
        "created": "true",
        "failed": ["REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"],
        "unprocessed": 0,
    }
    assert seen["bulkQueried"] == {"count": 2499, "first": 'Größe "0", two\nlines'}


def test_it_reads_the_use_of_the_daily_limit(seen: dict[str, Any]) -> None:
    assert seen["apiUsage"]["limit"] == 100_000
    assert seen["apiUsage"]["used"] > 10


def test_its_session_ends_with_the_log_out(seen: dict[str, Any]) -> None:
    assert seen["afterLogout"] == "INVALID_SESSION_ID"
