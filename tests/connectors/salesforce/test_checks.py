from __future__ import annotations

from typing import Any

import pytest
import responses

from drawbar.connectors.salesforce.checks import SalesforceChecks
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.metadata.source import Package
from drawbar.middleware.ports import Check, Checkable
from tests.connectors.salesforce.conftest import BASE, INSTANCE, LOGIN
from tests.fake_time import FakeTime

NEEDED = {"Payment__c": ["Payment_Key__c", "Amount__c"], "Vehicle__c": ["VIN__c"]}
KEYS = {"Payment__c": "Payment_Key__c", "Vehicle__c": "VIN__c"}


def field(name: str, **changes: Any) -> dict[str, Any]:
    rights = {"type": "string", "createable": True, "updateable": True, "externalId": False, "unique": False}
    return {"name": name, **rights, **changes}


def described(name: str, *fields: dict[str, Any]) -> dict[str, Any]:
    return {"referenceId": name, "httpStatusCode": 200, "body": {"name": name, "fields": fields, "recordTypeInfos": []}}


FINE = {
    "Payment__c": described("Payment__c", field("Payment_Key__c", externalId=True, unique=True), field("Amount__c")),
    "Vehicle__c": described("Vehicle__c", field("VIN__c", externalId=True, unique=True)),
}


def checks(
    client: SalesforceClient, org: responses.RequestsMock, fake_time: FakeTime, **changes: Any
) -> dict[str, Check]:
    """Run the checks against an org in which all is well, but for `changes`."""
    date = changes.get("date", "Mon, 02 Mar 2026 06:00:30 GMT")
    versions = changes.get("versions", [{"version": "66.0"}, {"version": "67.0"}])
    org.get(f"{INSTANCE}/services/data/", json=versions, headers={"Date": date})
    org.get(f"{BASE}/limits/", json={"DailyApiRequests": {"Max": 1000, "Remaining": changes.get("left", 500)}})
    answers = [changes.get(name, answer) for name, answer in FINE.items()]
    org.post(f"{BASE}/composite", json={"compositeResponse": answers})
    doctor: Checkable = SalesforceChecks(client, NEEDED, KEYS, reserve_percent=20, package=Package(()))
    return {each.name: each for each in doctor.checks(fake_time.now())}


def test_a_healthy_org_passes_in_three_calls_and_a_log_in(
    client: SalesforceClient, org: responses.RequestsMock, fake_time: FakeTime
) -> None:
    results = checks(client, org, fake_time)
    assert {each.name: each.ok for each in results.values()} == dict.fromkeys(
        ["log-in", "API version", "clock", "API calls", "Payment__c", "Vehicle__c", "package"], True
    )
    assert not any(each.remedy for each in results.values())
    assert len(org.calls) == 4


@pytest.mark.parametrize(
    ("changes", "red", "detail", "remedy"),
    [
        ({"versions": [{"version": "60.0"}]}, "API version", "67.0 is not there", "api_version to 60.0"),
        ({"date": "Mon, 02 Mar 2026 06:05:00 GMT"}, "clock", "300 s apart", "clock"),
        ({"left": 200}, "API calls", "200 of 1000", "come free"),
        (
            {"Vehicle__c": {"referenceId": "Vehicle__c", "httpStatusCode": 404, "body": []}},
            "Vehicle__c",
            "missing, or hidden",
            "permission set",
        ),
        (
            {"Payment__c": described("Payment__c", field("Payment_Key__c", externalId=True, unique=True))},
            "Payment__c",
            "missing or hidden: Amount__c",
            "permission set",
        ),
        (
            {"Vehicle__c": described("Vehicle__c", field("VIN__c", externalId=True, unique=True, updateable=False))},
            "Vehicle__c",
            "read-only: VIN__c",
            "permission set",
        ),
        (
            {"Vehicle__c": described("Vehicle__c", field("VIN__c", externalId=True))},
            "Vehicle__c",
            "not a unique external id: VIN__c",
            "permission set",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    client: SalesforceClient,
    org: responses.RequestsMock,
    fake_time: FakeTime,
    changes: dict[str, Any],
    red: str,
    detail: str,
    remedy: str,
) -> None:
    results = checks(client, org, fake_time, **changes)
    assert [each.name for each in results.values() if not each.ok] == [red]
    assert detail in results[red].detail
    assert remedy in results[red].remedy


def test_a_refused_log_in_is_the_only_line(client: SalesforceClient, fake_time: FakeTime) -> None:
    with responses.RequestsMock() as org:
        refusal = {"error": "invalid_client", "error_description": "invalid client credentials"}
        org.post(f"{LOGIN}/services/oauth2/token", status=400, json=refusal)
        (only,) = SalesforceChecks(client, NEEDED, KEYS, reserve_percent=20, package=Package(())).checks(
            fake_time.now()
        )
    assert (only.name, only.ok) == ("log-in", False)
    assert "consumer secret" in only.remedy
