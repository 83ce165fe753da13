"""Collections of records over REST."""

from __future__ import annotations

import pytest

from drawbar.sandbox.ids import new_id
from tests.sandbox.org_client import ROOT, OrgClient

PATH = "/composite/sobjects"


def record(object_name: str = "Lease__c", **fields: object) -> dict[str, object]:
    return {"attributes": {"type": object_name}, **fields}


def lease(**fields: object) -> dict[str, object]:
    return {**record(), "Portfolio__c": "main", **fields}


def test_each_record_has_its_result_in_order(org: OrgClient) -> None:
    answer = org.post(PATH, {"records": [lease(), lease(Portfolio__c=None), record("Account", Name="Acme")]})
    first, second, third = answer.json
    assert answer.status == 200
    assert first == {"id": first["id"], "success": True, "errors": []}
    assert second == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Portfolio__c]",
                "fields": ["Portfolio__c"],
            }
        ],
    }
    assert third["id"].startswith("001")


def test_all_or_none_writes_none(org: OrgClient) -> None:
    answer = org.post(PATH, {"allOrNone": True, "records": [record("Account", Name="Acme"), lease(Portfolio__c=None)]})
    assert answer.json[0] == {
        "success": False,
        "errors": [
            {
                "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                "message": "Record rolled back because not all records were valid and the request was using AllOrNone"
                " header",
                "fields": [],
            }
        ],
    }
    assert answer.json[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.count("Account") == 0


def test_records_are_changed_by_their_ids(org: OrgClient) -> None:
    ids = [org.lease("L1"), org.lease("L2")]
    answer = org.patch(PATH, {"records": [record(id=ids[0], Days__c=1), record(Id=ids[1], Days__c=99_999)]})
    assert answer.json[0] == {"id": ids[0], "success": True, "errors": []}
    assert (answer.json[1]["id"], answer.json[1]["success"]) == (ids[1], False)


def test_upserts_tell_which_were_created(org: OrgClient) -> None:
    known = org.lease("L1")
    answer = org.patch(f"{PATH}/Lease__c/Number__c", {"records": [lease(Number__c="L1"), lease(Number__c="L2")]})
    assert answer.json[0] == {"id": known, "success": True, "errors": [], "created": False}
    assert answer.json[1] == {"id": answer.json[1]["id"], "success": True, "errors": [], "created": True}


def test_upserts_are_of_one_object(org: OrgClient) -> None:
    answer = org.patch(f"{PATH}/Lease__c/Number__c", {"records": [record("Account", Name="Acme")]})
    assert (answer.status, answer.json[0]["errorCode"]) == (400, "INVALID_INPUT")


def test_records_are_deleted_by_their_ids(org: OrgClient) -> None:
    held, free, account = org.lease("L1"), org.lease("L2"), org.create("Account", Name="Acme")
    org.create("Payment__c", Lease__c=held)
    answer = org.delete(PATH, ids=f"{held},{free},{account}")
    assert [each["success"] for each in answer.json] == [False, True, True]
    assert org.delete(PATH, ids="nothing").json[0]["errorCode"] == "MALFORMED_ID"


def test_deletions_may_be_all_or_none(org: OrgClient) -> None:
    held, free = org.lease("L1"), org.lease("L2")
    org.create("Payment__c", Lease__c=held)
    answer = org.delete(PATH, ids=f"{free},{held}", allOrNone="true")
    assert [each["errors"][0]["statusCode"] for each in answer.json] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "DELETE_FAILED",
    ]
    assert org.count("Lease__c") == 2


@pytest.mark.parametrize("by_post", [False, True])
def test_records_are_read_in_the_order_of_their_ids(org: OrgClient, by_post: bool) -> None:
    first, second = org.lease("L1"), org.lease("L2")
    gone = new_id("a00", 5)
    ids, fields = [second, gone, first], ["Number__c"]
    if by_post:
        answer = org.post(f"{PATH}/Lease__c", {"ids": ids, "fields": fields})
    else:
        answer = org.get(f"{PATH}/Lease__c", ids=",".join(ids), fields="Number__c")
    assert [each and each["Number__c"] for each in answer.json] == ["L2", None, "L1"]
    assert answer.json[0]["attributes"]["url"] == f"{ROOT}/sobjects/Lease__c/{second}"


def test_no_more_than_200_records_are_taken(org: OrgClient) -> None:
    assert len(org.post(PATH, {"records": [lease()] * 200}).json) == 200
    answer = org.post(PATH, {"records": [lease()] * 201})
    assert (answer.status, answer.json[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")


def test_objects_may_change_ten_times(org: OrgClient) -> None:
    pair = [lease(), record("Account", Name="Acme")]
    assert org.post(PATH, {"records": pair * 5}).status == 200
    answer = org.post(PATH, {"records": [*pair * 5, lease()]})
    assert (answer.status, answer.json[0]["errorCode"]) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    "body", [{}, {"records": 5}, {"records": ["x"]}, {"records": [{"Name": "x"}]}, {"records": [record("Nope__c")]}]
)
def test_records_that_are_none_are_refused(org: OrgClient, body: dict[str, object]) -> None:
    answer = org.post(PATH, body)
    refused = answer.status == 400 or not answer.json[0]["success"]
    assert refused


def test_a_value_of_a_wrong_type_refuses_the_whole_request(org: OrgClient) -> None:
    answer = org.post(PATH, {"records": [lease(), lease(Amount__c="much")]})
    assert (answer.status, answer.json[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert org.count("Lease__c") == 0
