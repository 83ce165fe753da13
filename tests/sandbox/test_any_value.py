"""Whatever is sent, the org accepts it or refuses it in Salesforce's words; it never breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drawbar.sandbox.app import LocalOrg
from tests.sandbox.org_client import OrgClient

FIELDS = (
    "Name", "Number__c", "Plate__c", "Amount__c", "Days__c", "Share__c", "Boarded__c", "Seen__c", "Due_Time__c",
    "Active__c", "Email__c", "Text__c", "Status__c", "Tags__c", "Lessee__c", "Lessee__r", "OwnerId", "Owner", "Id",
    "Late__c", "attributes", "Nope__c",
)  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["2026-03-02", "2026-03-02T06:00:00Z", "0000-00-00", "9999-12-31T23:59:59-23:59", "1e999", "-0"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner), max_leaves=4
)
rows = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(row=rows)
@example(row={"Active__c": ""})
def test_any_row_is_accepted_or_refused(local: LocalOrg, row: dict[str, object]) -> None:
    org = OrgClient(local)
    answer = org.post("/sobjects/Lease__c", {"Portfolio__c": "main", **row})
    assert answer.status in {201, 400, 404}
    if answer.status == 201:
        assert org.get(f"/sobjects/Lease__c/{answer.json['id']}").status == 200
    else:
        assert {"message", "errorCode"} <= answer.json[0].keys()


@pytest.mark.parametrize(
    "body",
    [
        '{"Portfolio__c": "main", "Amount__c": 1' + "0" * 5000 + "}",
        '{"Portfolio__c": "main", "Amount__c": 1' + "0" * 400 + "}",
        '{"Portfolio__c": "main", "Amount__c": 1e400}',
        '{"Portfolio__c": "main", "Amount__c": "1e400"}',
        '{"Portfolio__c": "main", "Number__c": "\\ud800"}',
        '{"Portfolio__c": "main", "Active__c": "\\ud800"}',
        '{"Portfolio__c": "main", "\\ud800": 1}',
        '{"Portfolio__c": "main", "Seen__c": "9999-12-31T23:59:59-23:59"}',
        '{"Portfolio__c": "main", "Seen__c": "0001-01-01T00:00:00+23:59"}',
    ],
)
def test_numbers_and_letters_beyond_measure_are_refused(org: OrgClient, body: str) -> None:
    answer = org.call("POST", "/sobjects/Lease__c", body.encode())
    assert answer.status == 400
    assert json.loads(answer.body)[0]["errorCode"]
    assert org.count("Lease__c") == 0
