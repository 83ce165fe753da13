"""What has changed, what is recent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sandbox.org_client import Clock, OrgClient

RECORDED = Path(__file__).parent / "recorded"
SPAN = {"start": "2026-03-02T06:00:00+00:00", "end": "2026-03-02T07:00:00Z"}


def test_changed_records_are_listed_as_recorded(org: OrgClient, clock: Clock) -> None:
    first, second = org.lease("L1"), org.lease("L2")
    clock.pass_(hours=1)
    org.lease("L3")
    org.write("update", "Lease__c", {"Id": second, "Days__c": 1})
    answer = org.get("/sobjects/Lease__c/updated", **SPAN)
    assert answer.json.keys() == json.loads((RECORDED / "get_updated_success_response.json").read_text()).keys()
    assert answer.json == {"ids": [first], "latestDateCovered": "2026-03-02T07:00:00.000+0000"}


def test_deleted_records_are_listed_as_recorded(org: OrgClient, clock: Clock) -> None:
    gone, purged, kept = org.lease("L1"), org.lease("L2"), org.lease("L3")
    org.write("delete", "Lease__c", {"Id": gone})
    org.write("hardDelete", "Lease__c", {"Id": purged})
    clock.pass_(minutes=10)
    answer = org.get("/sobjects/Lease__c/deleted/", **SPAN)
    shape = json.loads((RECORDED / "get_deleted_success_response.json").read_text())
    assert answer.json.keys() == shape.keys()
    assert answer.json["deletedRecords"][0].keys() == shape["deletedRecords"][0].keys()
    assert [each["id"] for each in answer.json["deletedRecords"]] == [gone, purged]
    assert answer.json["deletedRecords"][0]["deletedDate"] == "2026-03-02T06:00:00.000+0000"
    assert answer.json["latestDateCovered"] == "2026-03-02T06:10:00.000+0000"
    assert kept not in answer.text


@pytest.mark.parametrize(
    "span",
    [
        {},
        {"start": "yesterday", "end": SPAN["end"]},
        {"start": "2026-03-02T06:00:00", "end": SPAN["end"]},
        {"start": SPAN["end"], "end": SPAN["start"]},
        {"start": "2025-12-01T00:00:00Z", "end": SPAN["end"]},
    ],
)
def test_a_span_that_is_none_is_refused(org: OrgClient, span: dict[str, str]) -> None:
    answer = org.get("/sobjects/Lease__c/updated", **span)
    assert (answer.status, answer.json[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_recent_records_are_listed_as_recorded(org: OrgClient, clock: Clock) -> None:
    org.create("Account", Name="First")
    clock.pass_(minutes=1)
    last = org.create("Account", Name="Second")
    answer = org.get("/recent", limit="1")
    assert answer.json[0].keys() == json.loads((RECORDED / "recent_success_response.json").read_text())[0].keys()
    assert [(each["Id"], each["Name"]) for each in answer.json] == [(last, "Second")]


def test_an_object_tells_its_recent_records(org: OrgClient) -> None:
    lease = org.lease(Name="Truck")
    answer = org.get("/sobjects/Lease__c")
    assert answer.json["objectDescribe"]["name"] == "Lease__c"
    assert [each["Id"] for each in answer.json["recentItems"]] == [lease]
