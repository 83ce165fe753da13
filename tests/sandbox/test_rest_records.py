"""Single records over REST: answers and errors as recorded from real orgs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.ids import new_id
from tests.sandbox.org_client import ROOT, OrgClient, call_app

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    body = json.loads((RECORDED / f"{name}.json").read_text())
    return body["body"] if isinstance(body, dict) and "source" in body else body


def test_a_created_record_is_answered_as_recorded(org: OrgClient) -> None:
    answer = org.post("/sobjects/Lease__c", {"Portfolio__c": "main"})
    assert answer.status == 201
    assert answer.json == {**recorded("create_success_response"), "id": answer.json["id"]}
    assert answer.headers["location"] == f"{ROOT}/sobjects/Lease__c/{answer.json['id']}"


def test_an_unknown_field_is_answered_as_recorded(org: OrgClient) -> None:
    answer = org.post("/sobjects/Lease__c", {"foo": 1})
    assert answer.status == 400
    told = json.loads(json.dumps(recorded("write_error_response")).replace("type Bar", "type Lease__c"))
    assert answer.json == told


def test_an_unknown_object_is_answered_as_recorded(org: OrgClient) -> None:
    for answer in (org.get("/sobjects/Nothing__c/describe"), org.post("/sobjects/Nothing__c", {})):
        assert (answer.status, answer.json) == (404, recorded("sobject_describe_error_response"))


def test_a_duplicate_value_is_answered_as_recorded(org: OrgClient) -> None:
    holder = org.lease("L1")
    answer = org.post("/sobjects/Lease__c", {"Portfolio__c": "main", "Number__c": "L1"})
    told = json.dumps(recorded("DUPLICATE_VALUE"))
    told = told.replace("Job_Client_Job_Id__c", "Number__c").replace("a015f00000KxRpaAAF", holder)
    assert (answer.status, answer.json) == (400, json.loads(told))


def test_a_refused_row_tells_its_fields(org: OrgClient) -> None:
    answer = org.post("/sobjects/Lease__c", {})
    assert answer.status == 400
    assert answer.json == [
        {
            "message": "Required fields are missing: [Portfolio__c]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["Portfolio__c"],
        }
    ]


def test_a_value_of_a_wrong_type_is_pointed_at(org: OrgClient) -> None:
    body = b'{"Portfolio__c": "main",\n "Amount__c": "much"}'
    answer = org.call("POST", "/sobjects/Lease__c", body)
    assert answer.status == 400
    assert answer.json == [
        {
            "message": "Cannot deserialize instance of double from VALUE_STRING value much or request may be missing a"
            " required field at [line:2, column:15]",
            "errorCode": "JSON_PARSER_ERROR",
        }
    ]


@pytest.mark.parametrize(
    "body", [b'{"Portfolio__c": ', b"", b"[1, 2]", b'{"Amount__c": NaN}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_refused(org: OrgClient, body: bytes) -> None:
    answer = org.call("POST", "/sobjects/Lease__c", body)
    assert (answer.status, answer.json[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_only_json_is_taken(org: OrgClient) -> None:
    answer = org.call(
        "POST", "/sobjects/Lease__c", b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (answer.status, answer.json[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_compressed_body_is_taken_and_a_compressed_answer_given(org: OrgClient) -> None:
    body = gzip.compress(b'{"Portfolio__c": "main"}')
    created = org.call("POST", "/sobjects/Lease__c", body, headers={"Content-Encoding": "gzip"})
    assert created.status == 201
    assert org.row("Lease__c", created.json["id"])["Portfolio__c"] == "main"
    answer = org.call("GET", "/sobjects/Lease__c/describe", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["name"] == "Lease__c"


def test_a_body_that_unpacks_beyond_measure_is_refused(org: OrgClient) -> None:
    bomb = gzip.compress(bytes(51 * 1024 * 1024))
    answer = org.call("POST", "/sobjects/Lease__c", bomb, headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.json[0]["errorCode"]) == (413, "REQUEST_TOO_LARGE")


def test_a_record_is_read_with_every_field_in_its_json_type(org: OrgClient) -> None:
    account = org.create("Account", Name="Acme", BillingCity="Reno", BillingState="NV")
    lease = org.lease("L1", Amount__c=23, Days__c=31, Lessee__c=account, Seen__c="2026-03-02T06:00:00Z")
    answer = org.get(f"/sobjects/Lease__c/{lease[:15]}")
    assert answer.status == 200
    assert answer.json["attributes"] == {"type": "Lease__c", "url": f"{ROOT}/sobjects/Lease__c/{lease}"}
    expected = {
        "Id": lease,
        "IsDeleted": False,
        "Amount__c": 23.0,
        "Days__c": 31.0,
        "Active__c": True,
        "Late__c": True,
        "Seen__c": "2026-03-02T06:00:00.000+0000",
        "Taken__c": "2026-03-02",
        "Lessee__c": account,
        "Boarded__c": None,
    }
    assert expected.items() <= answer.json.items()
    address = org.get(f"/sobjects/Account/{account}").json["BillingAddress"]
    assert (address["city"], address["state"], address["street"]) == ("Reno", "NV", None)


def test_chosen_fields_come_with_the_id(org: OrgClient) -> None:
    lease = org.lease("L1")
    answer = org.get(f"/sobjects/Lease__c/{lease}", fields="number__C, Late__c")
    assert answer.json == {
        "attributes": {"type": "Lease__c", "url": f"{ROOT}/sobjects/Lease__c/{lease}"},
        "Number__c": "L1",
        "Late__c": False,
        "Id": lease,
    }
    assert org.get(f"/sobjects/Lease__c/{lease}", fields="Nope__c").json[0]["errorCode"] == "INVALID_FIELD"


def test_an_id_that_is_none_is_answered_as_recorded(org: OrgClient) -> None:
    answer = org.get("/sobjects/Lease__c/23foo")
    assert (answer.status, answer.json) == (404, recorded("sobject_find_error_response"))
    answer = org.delete("/sobjects/Lease__c/rid")
    assert (answer.status, answer.json) == (404, recorded("delete_error_response"))


@pytest.mark.parametrize("object_name", ["Lease__c", "Account"])
def test_a_record_that_is_not_there_is_not_found(org: OrgClient, object_name: str) -> None:
    answer = org.get(f"/sobjects/{object_name}/{new_id('001', 77)}")
    assert (answer.status, answer.json) == (404, recorded("sobject_describe_error_response"))


def test_a_deleted_record_is_answered_as_recorded(org: OrgClient) -> None:
    lease = org.lease()
    assert (org.delete(f"/sobjects/Lease__c/{lease}").status) == 204
    again = org.delete(f"/sobjects/Lease__c/{lease}")
    assert (again.status, again.json) == (404, recorded("ENTITY_IS_DELETED"))
    for answer in (org.get(f"/sobjects/Lease__c/{lease}"), org.patch(f"/sobjects/Lease__c/{lease}", {"Days__c": 1})):
        assert (answer.status, answer.json) == (404, recorded("ENTITY_IS_DELETED"))


def test_an_update_answers_with_nothing(org: OrgClient) -> None:
    lease = org.lease()
    answer = org.patch(f"/sobjects/Lease__c/{lease}", {"Days__c": 3})
    assert (answer.status, answer.body) == (204, b"")
    assert org.row("Lease__c", lease)["Days__c"] == 3.0


def test_a_client_that_cannot_patch_may_post(org: OrgClient) -> None:
    lease = org.lease()
    assert org.call("POST", f"/sobjects/Lease__c/{lease}", {"Days__c": 3}, query={"_HttpMethod": "PATCH"}).status == 204


def test_the_id_does_not_belong_into_the_body_of_an_update(org: OrgClient) -> None:
    lease = org.lease()
    answer = org.patch(f"/sobjects/Lease__c/{lease}", {"id": lease, "Days__c": 3})
    message = "The Id field should not be specified in the sobject data."
    assert (answer.status, answer.json) == (400, [{"message": message, "errorCode": "INVALID_FIELD"}])


class TestUpsertByExternalId:
    PATH = "/sobjects/Lease__c/Number__c/L1"

    def test_it_creates_with_201(self, org: OrgClient) -> None:
        answer = org.patch(self.PATH, {"Portfolio__c": "main"})
        told = {**recorded("upsert_created_success_response"), "id": answer.json["id"], "created": True}
        assert (answer.status, answer.json) == (201, told)
        assert org.row("Lease__c", answer.json["id"])["Number__c"] == "L1"

    def test_it_changes_with_200_and_in_old_versions_with_204(self, org: OrgClient) -> None:
        lease = org.lease("L1")
        answer = org.patch(self.PATH, {"Days__c": 3})
        assert (answer.status, answer.json) == (200, {"id": lease, "success": True, "errors": [], "created": False})
        old = org.patch(f"/services/data/v45.0{self.PATH}", {"Days__c": 4})
        assert (old.status, old.body) == (204, b"")

    def test_several_records_are_listed_with_300(self, org: OrgClient) -> None:
        ids = [org.lease(number, Batch__c="b") for number in ("L1", "L2")]
        answer = org.patch("/sobjects/Lease__c/Batch__c/b", {"Days__c": 3})
        shape = recorded("upsert_multiple_error_response")
        assert answer.status == 300
        assert len(answer.json) == len(shape)
        assert answer.json == [f"{ROOT}/sobjects/Lease__c/{each}" for each in ids]
        assert org.row("Lease__c", ids[0])["Days__c"] is None

    def test_it_may_be_told_to_update_only(self, org: OrgClient) -> None:
        answer = org.patch(self.PATH, {"Portfolio__c": "main"}, updateOnly="true")
        assert (answer.status, answer.json[0]["errorCode"]) == (404, "NOT_FOUND")
        assert org.count("Lease__c") == 0
        org.lease("L1")
        assert org.patch(self.PATH, {"Days__c": 3}, updateOnly="true").status == 200

    def test_a_field_that_is_no_key_is_answered_as_recorded(self, org: OrgClient) -> None:
        answer = org.patch("/sobjects/Lease__c/Namez/x", {"Portfolio__c": "main"})
        assert (answer.status, answer.json) == (404, recorded("upsert_error_response"))

    def test_the_key_does_not_belong_into_the_body(self, org: OrgClient) -> None:
        answer = org.patch(self.PATH, {"Number__c": "L1", "Portfolio__c": "main"})
        message = "The Number__c field should not be specified in the sobject data."
        assert (answer.status, answer.json[0]["message"]) == (400, message)

    def test_a_value_with_reserved_characters_is_escaped(self, org: OrgClient) -> None:
        answer = org.patch("/sobjects/Lease__c/Number__c/a%20b%2Bc", {"Portfolio__c": "main"})
        assert answer.status == 201
        assert org.row("Lease__c", answer.json["id"])["Number__c"] == "a b+c"

    def test_records_are_read_and_deleted_by_key(self, org: OrgClient) -> None:
        lease = org.lease("L1")
        assert org.get(self.PATH).json["Id"] == lease
        assert org.get("/sobjects/Lease__c/Number__c/L9").status == 404
        assert org.delete(self.PATH).status == 204
        assert org.count("Lease__c") == 0


class TestRelationships:
    def test_a_parent_is_read_through_its_child(self, org: OrgClient) -> None:
        promise = org.create("Promise__c", Lease__c=org.lease("L1"))
        answer = org.get(f"/sobjects/Promise__c/{promise}/Lease__r", fields="Number__c")
        assert answer.json["Number__c"] == "L1"

    def test_children_are_read_through_their_parent(self, org: OrgClient) -> None:
        lease = org.lease("L1")
        promise = org.create("Promise__c", Lease__c=lease)
        answer = org.get(f"/sobjects/Lease__c/{lease}/Promises__r", fields="Name")
        assert (answer.json["totalSize"], answer.json["done"]) == (1, True)
        assert answer.json["records"][0]["Id"] == promise

    @pytest.mark.parametrize("path", ["Lessee__r", "Nothing__r"])
    def test_what_is_not_related_is_not_found(self, org: OrgClient, path: str) -> None:
        assert org.get(f"/sobjects/Lease__c/{org.lease()}/{path}").status == 404


def test_the_versions_are_listed_without_a_session(org: OrgClient) -> None:
    answer = call_app(org.local.app, "GET", "/services/data")
    assert answer.status == 200
    assert answer.json[0].keys() == recorded("services_data_success_response")[0].keys()
    assert answer.json[0] == {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert answer.json[-1] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}


@pytest.mark.parametrize(
    ("version", "status"), [("30.0", 410), ("21.0", 410), ("31.0", 200), ("68.0", 404), ("67", 404), ("x", 404)]
)
def test_retired_versions_are_gone_and_others_unknown(org: OrgClient, version: str, status: int) -> None:
    assert org.get(f"/services/data/v{version}/limits").status == status


def test_each_answer_tells_the_calls_that_are_used(org: OrgClient) -> None:
    assert [org.get("/limits").headers["sforce-limit-info"] for _ in range(2)] == [
        "api-usage=1/100000",
        "api-usage=2/100000",
    ]
    assert org.get("/limits").json["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_997}


def test_an_unknown_resource_is_not_found_and_an_unknown_method_not_allowed(org: OrgClient) -> None:
    assert (org.get("/nothing").status, org.get("/nothing").json[0]["errorCode"]) == (404, "NOT_FOUND")
    answer = org.call("PUT", "/sobjects/Lease__c", {})
    assert (answer.status, answer.json[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


def test_a_host_name_of_somebody_else_is_refused(org: OrgClient) -> None:
    assert org.call("GET", "/limits", headers={"Host": "org.example.com"}).status == 400
