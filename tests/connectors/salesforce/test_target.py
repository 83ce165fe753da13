from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from requests import PreparedRequest

from drawbar.connectors.salesforce.bulk import PollPlan
from drawbar.connectors.salesforce.errors import QuotaSpent, SalesforceBusy, SalesforceStopped
from drawbar.connectors.salesforce.soql import select
from drawbar.connectors.salesforce.target import SalesforceTarget
from drawbar.middleware.ports import Target
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from tests.connectors.salesforce.conftest import BASE, EXTERNAL_IDS
from tests.fake_time import FakeTime

RECORDED = Path(__file__).parent / "recorded"
UPSERT = f"{BASE}/composite/sobjects/Payment__c/Payment_Key__c"
JOB = f"{BASE}/jobs/ingest/750x"

Answer = tuple[int, dict[str, str], str]


def payment(key: str, **fields: Scalar) -> TargetRecord:
    return TargetRecord("Payment__c", key, fields or {"Amount__c": Decimal("1.00")})


def saved(number: int, *, created: bool = True) -> dict[str, Any]:
    return {"id": f"a0{number}", "success": True, "created": created, "errors": []}


def failed(code: str, *fields: str) -> dict[str, Any]:
    errors = [{"statusCode": code, "message": f"{code} it is", "fields": list(fields)}]
    return {"success": False, "created": False, "errors": errors}


def bodies(org: responses.RequestsMock) -> list[Any]:
    return [json.loads(str(each.request.body, "utf-8")) for each in org.calls if each.request.method == "PATCH"]  # type: ignore[arg-type]


def describe(org: responses.RequestsMock, name: str, fields: Sequence[dict[str, Any]], **more: Any) -> None:
    common = {"createable": True, "updateable": True, "externalId": False, "unique": False}
    answer = {"name": name, "fields": [{**common, **each} for each in fields], "recordTypeInfos": [], **more}
    org.get(f"{BASE}/sobjects/{name}/describe", json=answer)


def test_it_is_a_target(target: SalesforceTarget) -> None:
    port: Target = target
    assert (port.name, port.chunk_size, target.max_upload_bytes) == ("salesforce", 1_000, 100_000_000)


def test_records_travel_in_one_call_that_lets_good_rows_pass(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.patch(UPSERT, json=[saved(1), failed("STRING_TOO_LONG", "Note__c"), saved(3, created=False), failed("NEW_ONE")])
    outcomes = target.upsert([payment(key) for key in ("P1", "P2", "P3", "P4")])
    assert [(each.key, each.status, each.target_id) for each in outcomes] == [
        ("P1", "created", "a01"),
        ("P2", "refused", ""),
        ("P3", "updated", "a03"),
        ("P4", "refused", ""),
    ]
    assert (outcomes[1].code, outcomes[1].fields) == ("STRING_TOO_LONG", ("Note__c",))
    assert "Shorten the text" in outcomes[1].remedy
    assert bodies(org)[0]["allOrNone"] is False


@pytest.mark.parametrize(
    ("code", "status"),
    [("UNABLE_TO_LOCK_ROW", "retry"), ("REQUIRED_FIELD_MISSING", "refused"), ("DUPLICATE_VALUE", "refused")],
)
def test_a_row_is_tried_later_or_not_by_its_code(
    target: SalesforceTarget, org: responses.RequestsMock, code: str, status: str
) -> None:
    org.patch(UPSERT, json=[failed(code)])
    assert target.upsert([payment("P1")])[0].status == status


def org_that_chokes_on(poison: set[str], message: Callable[[list[str]], str]) -> Callable[[PreparedRequest], Answer]:
    def answer(request: PreparedRequest) -> Answer:
        keys = [each["Payment_Key__c"] for each in json.loads(request.body or "")["records"]]
        if poison.isdisjoint(keys):
            return 200, {}, json.dumps([saved(1) for _ in keys])
        return 400, {}, json.dumps([{"errorCode": "JSON_PARSER_ERROR", "message": message(keys)}])

    return answer


def test_a_record_that_spoils_the_whole_call_is_found_and_the_others_are_written(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.add_callback("PATCH", UPSERT, org_that_chokes_on({"P77"}, lambda keys: f"at [line:1, column:{keys}]"))
    outcomes = target.upsert([payment(f"P{number}") for number in range(200)])
    assert [each.key for each in outcomes if each.status == "refused"] == ["P77"]
    assert sum(each.status == "created" for each in outcomes) == 199
    assert len(bodies(org)) <= 17


def test_a_cause_common_to_all_records_is_not_searched_for(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    everyone = {f"P{number}" for number in range(200)}
    org.add_callback("PATCH", UPSERT, org_that_chokes_on(everyone, lambda _: "No such column"))
    outcomes = target.upsert([payment(f"P{number}") for number in range(200)])
    assert {each.status for each in outcomes} == {"refused"}
    assert len(bodies(org)) == 3


def test_a_value_that_cannot_be_sent_is_refused_without_a_call(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.patch(UPSERT, json=[saved(1)])
    outcomes = target.upsert([payment("P1", Note__c="\ud83d"), payment("P2", Note__c="fine")])
    assert [(each.key, each.status, each.fields) for each in outcomes] == [
        ("P1", "refused", ("Note__c",)),
        ("P2", "created", ()),
    ]


def test_an_upsert_whose_answer_was_lost_is_sent_again(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    org.patch(UPSERT, body=requests.ConnectionError("reset after the commit"))
    org.patch(UPSERT, json=[saved(1, created=False)])
    assert target.upsert([payment("P1")])[0].status == "updated"


def test_a_record_type_is_looked_up_once(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    types = [{"developerName": "Delinquency", "recordTypeId": "012x", "available": True}]
    describe(org, "Case", [], recordTypeInfos=types)
    org.patch(f"{BASE}/composite/sobjects/Case/Case_Key__c", json=[saved(1)])
    case = TargetRecord("Case", "D1", {}, {"RecordType": Reference("RecordType", "Delinquency")})
    other = TargetRecord("Case", "D2", {}, {"RecordType": Reference("RecordType", "Nope")})
    assert target.upsert([case])[0].status == "created"
    outcomes = target.upsert([other])
    assert (outcomes[0].status, outcomes[0].fields) == ("refused", ("RecordTypeId",))
    assert sum("describe" in str(each.request.url) for each in org.calls) == 1
    assert bodies(org)[0]["records"][0]["RecordTypeId"] == "012x"


def test_work_does_not_begin_when_only_the_reserve_is_left(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.patch(UPSERT, json=[saved(1)], headers={"Sforce-Limit-Info": "api-usage=90000/100000"})
    target.upsert([payment("P1")])
    for work in (
        lambda: target.upsert([payment("P2")]),
        lambda: target.delete("Payment__c", ["P1"]),
        lambda: target.open_bulk_upsert("Payment__c"),
    ):
        with pytest.raises(QuotaSpent):
            work()
    assert (target.budget.used, target.budget.allowed, len(bodies(org))) == (90_000, 100_000, 1)


def test_deleting_asks_for_the_ids_once_and_deletes_in_one_call(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    held = [
        {"Id": "a01", "Payment_Key__c": "P1"},
        {"Id": "a02", "Payment_Key__c": "P2"},
        {"Id": "a03", "Payment_Key__c": "P3"},
        {"Id": "a04", "Payment_Key__c": "P4"},
        {"Id": "a05", "Payment_Key__c": "P4"},
    ]
    org.get(f"{BASE}/query/", json={"records": held, "done": True})
    org.delete(f"{BASE}/composite/sobjects", json=[saved(1), failed("ENTITY_IS_DELETED"), failed("DELETE_FAILED")])
    outcomes = target.delete("Payment__c", ["P1", "P2", "P3", "P4", "P5"])
    assert [(each.key, each.status) for each in outcomes] == [
        ("P1", "deleted"),
        ("P2", "deleted"),
        ("P3", "refused"),
        ("P4", "refused"),
        ("P5", "deleted"),
    ]
    assert outcomes[3].code == "DUPLICATE_EXTERNAL_ID"
    assert "ids=a01%2Ca02%2Ca03&allOrNone=false" in str(org.calls[-1].request.url)


def test_what_is_read_has_the_types_that_the_org_describes(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    describe(
        org,
        "Payment__c",
        [
            {"name": "Payment_Key__c", "type": "string"},
            {"name": "Amount__c", "type": "currency"},
            {"name": "Count__c", "type": "double"},
            {"name": "Paid__c", "type": "date"},
            {"name": "Seen__c", "type": "datetime"},
            {"name": "Reversed__c", "type": "boolean"},
            {"name": "Lease_Account__c", "type": "reference", "relationshipName": "Lease_Account__r",
             "referenceTo": ["Lease_Account__c"]},
        ],
    )  # fmt: skip
    describe(org, "Lease_Account__c", [{"name": "Balance__c", "type": "currency"}])
    row = (
        '{"Payment_Key__c":"P1","Amount__c":0.10,"Count__c":5,"Paid__c":"2026-03-02","Reversed__c":true,'
        '"Seen__c":"2026-03-02T06:00:00.000+0000","Lease_Account__r":{"Balance__c":1E2}}'
    )
    more = row.replace("P1", "P2").replace('{"Balance__c":1E2}', "null").replace("0.10", "null")
    page = '{"records":[%s],"done":%s,"nextRecordsUrl":"/services/data/v67.0/query/0r-1"}'
    org.get(f"{BASE}/query/", body=page % (row, "false"))
    org.get(f"{BASE}/query/0r-1", body=page % (more, "true"))
    fields = ["Amount__c", "Count__c", "Paid__c", "Seen__c", "Reversed__c", "Lease_Account__r.Balance__c"]
    read = target.read("Payment__c", ["P1", "P2"], fields)
    assert read["P1"] == {
        "Amount__c": Decimal("0.10"),
        "Count__c": Decimal(5),
        "Paid__c": date(2026, 3, 2),
        "Seen__c": datetime(2026, 3, 2, 6, tzinfo=UTC),
        "Reversed__c": True,
        "Lease_Account__r.Balance__c": Decimal(100),
    }
    assert (read["P2"]["Amount__c"], read["P2"]["Lease_Account__r.Balance__c"]) == (None, None)
    assert isinstance(read["P1"]["Count__c"], Decimal)


def test_reading_a_field_that_the_user_cannot_see_stops_with_a_remedy(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    describe(org, "Payment__c", [])
    with pytest.raises(SalesforceStopped, match=r"no field Amount__c .* permission set"):
        target.read("Payment__c", ["P1"], ["Amount__c"])


@pytest.mark.parametrize("name", ["Id FROM User --", "Name, Password", "a b", "x'", "", "Ünicode__c"])
def test_only_names_become_part_of_a_query(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        select([name], "Account", "LeaseWorks_Id__c", ["K1"])
    with pytest.raises(ValueError, match="not the name"):
        select(["Id"], name, "LeaseWorks_Id__c", ["K1"])


def test_keys_are_quoted_in_a_query() -> None:
    soql = select(["Id"], "Account", "LeaseWorks_Id__c", ["') OR Name LIKE ('%", "a\\"])
    assert soql == r"SELECT Id FROM Account WHERE LeaseWorks_Id__c IN ('\') OR Name LIKE (\'%','a\\')"


def test_long_lists_of_keys_are_asked_for_in_several_queries(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    describe(org, "Payment__c", [{"name": "Payment_Key__c", "type": "string"}])
    org.get(f"{BASE}/query/", json={"records": [], "done": True})
    target.read("Payment__c", [f"P{number}" for number in range(450)], ["Payment_Key__c"])
    target.read("Payment__c", ["é" * 100 + str(number) for number in range(160)], ["Payment_Key__c"])
    urls = [str(each.request.url) for each in org.calls if "/query/" in str(each.request.url)]
    assert len(urls) >= 6
    assert max(map(len, urls)) < 16_384


def job(state: str, processed: int = 0, bad: int = 0, message: str | None = None) -> dict[str, Any]:
    recorded = json.loads((RECORDED / "bulk2_job_open.json").read_text())["body"]
    counts = {"numberRecordsProcessed": processed, "numberRecordsFailed": bad, "errorMessage": message}
    return {**recorded, "id": "750x", "state": state, **counts}


def test_a_job_is_created_before_anything_is_uploaded(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    org.post(f"{BASE}/jobs/ingest", json=job("Open"))
    assert target.open_bulk_upsert("Payment__c") == "750x"
    assert json.loads(org.calls[-1].request.body or "") == {
        "object": "Payment__c",
        "operation": "upsert",
        "externalIdFieldName": "Payment_Key__c",
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }


def uploaded(org: responses.RequestsMock) -> bytes:
    return next(bytes(each.request.body or b"") for each in org.calls if each.request.method == "PUT")  # type: ignore[arg-type]


def test_one_job_takes_the_largest_group_of_equal_columns(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.put(f"{JOB}/batches", status=201)
    org.patch(JOB, json=job("UploadComplete"))
    named = {"Lease_Account__r": Reference("Lease_Account__c", "LW1")}
    records = [
        TargetRecord("Payment__c", "P1", {"Note__c": "a"}, {"Lease_Account__r": None}),
        TargetRecord("Payment__c", "P2", {"Note__c": "b"}, named),
        TargetRecord("Payment__c", "P3", {"Note__c": "#N/A"}, named),
        TargetRecord("Payment__c", "P4", {"Note__c": None}, named),
    ]
    target.upload_bulk("750x", records)
    assert uploaded(org).splitlines() == [
        b"Payment_Key__c,Lease_Account__r.LeaseWorks_Id__c,Note__c",
        b"P2,LW1,b",
        b"P4,LW1,#N/A",
    ]
    put = next(each.request for each in org.calls if each.request.method == "PUT")
    assert put.headers["Content-Type"] == "text/csv; charset=UTF-8"


def test_a_job_of_which_nothing_can_travel_is_aborted_so_that_its_records_go_by_calls(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.get(JOB, json=job("Open"))
    org.patch(JOB, json=job("Aborted"))
    target.upload_bulk("750x", [payment("P1", Note__c="#N/A")])
    assert bodies(org) == [{"state": "Aborted"}]


def test_an_upload_to_a_job_that_has_begun_is_left_alone(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    org.put(f"{JOB}/batches", status=400, json=[{"errorCode": "INVALIDJOBSTATE", "message": "not open"}])
    org.get(JOB, json=job("InProgress"))
    target.upload_bulk("750x", [payment("P1")])
    assert not bodies(org)


def test_a_job_that_holds_its_upload_already_is_told_to_begin(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.put(f"{JOB}/batches", status=400, json=[{"errorCode": "CLIENTINPUTERROR", "message": "multiple contents"}])
    org.get(JOB, json=job("Open"))
    org.patch(JOB, json=job("UploadComplete"))
    target.upload_bulk("750x", [payment("P1")])
    assert bodies(org) == [{"state": "UploadComplete"}]


def test_a_job_that_began_although_the_answer_was_lost_is_left_alone(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.put(f"{JOB}/batches", status=201)
    org.patch(JOB, body=requests.ConnectionError("reset after the commit"))
    org.patch(JOB, status=400, json=[{"errorCode": "INVALIDJOBSTATE", "message": "already closed"}])
    org.get(JOB, json=job("InProgress"))
    target.upload_bulk("750x", [payment("P1")])
    assert len(bodies(org)) == 2


def test_an_open_job_that_refuses_its_upload_is_aborted_so_that_no_run_meets_it_again(
    target: SalesforceTarget, org: responses.RequestsMock
) -> None:
    org.put(f"{JOB}/batches", status=400, json=[{"errorCode": "INVALIDJOB", "message": "no such column"}])
    org.get(JOB, json=job("Open"))
    org.patch(JOB, json=job("Aborted"))
    with pytest.raises(SalesforceStopped, match="no such column"):
        target.upload_bulk("750x", [payment("P1")])
    assert bodies(org) == [{"state": "Aborted"}]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("Open", "open"),
        ("UploadComplete", "running"),
        ("InProgress", "running"),
        ("JobComplete", "complete"),
        ("Failed", "failed"),
        ("Aborted", "aborted"),
    ],
)
def test_states_are_ours(target: SalesforceTarget, org: responses.RequestsMock, said: str, state: str) -> None:
    org.get(JOB, json=job(said))
    assert target.bulk_state("750x") == state


@pytest.mark.parametrize("body", ['[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]', ""])
def test_a_forgotten_job_is_gone(target: SalesforceTarget, org: responses.RequestsMock, body: str) -> None:
    org.get(JOB, status=404, body=body)
    assert target.bulk_state("750x") == "gone"


def test_outcomes_are_read_from_all_three_results(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    org.get(JOB, json=job("Failed", processed=4, bad=2, message="InternalServerError : too many retries"))
    org.get(
        f"{JOB}/successfulResults/",
        body='"sf__Id","sf__Created","Payment_Key__c"\n"a01","true","P1"\n"a02","false","line\r\nbreak"\n',
    )
    org.get(
        f"{JOB}/failedResults/",
        body='"sf__Id","sf__Error","Payment_Key__c"\n"","UNABLE_TO_LOCK_ROW:busy:--","P3"\n'
        '"","REQUIRED_FIELD_MISSING:Missing: [A__c]:A__c --","Grüße 🚚"\n',
    )
    org.get(f"{JOB}/unprocessedrecords/", body='"Payment_Key__c"\n"P5"\n')
    outcomes = list(target.bulk_outcomes("750x", "Payment__c"))
    assert [(each.key, each.status, each.target_id, each.code) for each in outcomes] == [
        ("P1", "created", "a01", ""),
        ("line\r\nbreak", "updated", "a02", ""),
        ("P3", "retry", "", "UNABLE_TO_LOCK_ROW"),
        ("Grüße 🚚", "refused", "", "REQUIRED_FIELD_MISSING"),
        ("P5", "retry", "", "UNPROCESSED"),
    ]
    assert outcomes[3].fields == ("A__c",)
    assert "too many retries" in outcomes[4].message


def test_recorded_failed_results_are_understood(settings: Any, client: Any, org: responses.RequestsMock) -> None:
    org.get(JOB, json=job("JobComplete", processed=2, bad=2))
    org.get(f"{JOB}/failedResults/", body=(RECORDED / "bulk2_failedResults.csv").read_bytes())
    target = SalesforceTarget(client, {"Opportunity": "ID_from_HPC__c"})
    outcomes = list(target.bulk_outcomes("750x", "Opportunity"))
    assert [(each.key, each.code, each.fields) for each in outcomes] == [
        ("testest", "DUPLICATE_VALUE", ()),
        ("", "REQUIRED_FIELD_MISSING", ("Product__c", "Broker__c")),
    ]


def test_results_that_break_off_are_asked_for_later(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    org.get(JOB, json=job("JobComplete", processed=2))
    cut = '"sf__Id","sf__Created","Payment_Key__c"\n"a01","true","P1"\n"a02'
    org.get(
        f"{JOB}/successfulResults/", body=cut, headers={"Content-Length": "500"}, auto_calculate_content_length=False
    )
    with pytest.raises(SalesforceBusy, match="broke off"):
        list(target.bulk_outcomes("750x", "Payment__c"))


def job_that_takes(seconds: float, time: FakeTime) -> Callable[[PreparedRequest], Answer]:
    return lambda _: (200, {}, json.dumps(job("JobComplete" if time.seconds >= seconds else "InProgress")))


@pytest.mark.parametrize("seconds", [58.5, 60.0, 60.5, 63.9])
def test_a_job_of_a_minute_costs_at_most_twelve_questions_and_a_tenth_too_long(
    target: SalesforceTarget, org: responses.RequestsMock, fake_time: FakeTime, seconds: float
) -> None:
    org.add_callback("GET", JOB, job_that_takes(seconds, fake_time))
    assert target.wait_for_bulk("750x") == "complete"
    assert sum(each.request.url == JOB for each in org.calls) <= 12
    assert fake_time.seconds <= seconds * 1.1


def test_longer_jobs_are_asked_less_often_but_at_least_every_two_minutes() -> None:
    waits = PollPlan().waits()
    elapsed, asked = 0.0, []
    while elapsed < 7_200:
        asked.append(next(waits))
        elapsed += asked[-1]
    assert asked[:5] == [2.0, 3.0, 5.0, 6.0, 6.0]
    assert asked == sorted(asked)
    assert (max(asked), len(asked)) == (120.0, 93)


def test_patience_ends_while_the_job_goes_on(client: Any, org: responses.RequestsMock, fake_time: FakeTime) -> None:
    org.get(JOB, json=job("InProgress"))
    impatient = SalesforceTarget(client, EXTERNAL_IDS, patience=30, clock=fake_time.monotonic, sleep=fake_time.sleep)
    with pytest.raises(SalesforceBusy, match="still runs"):
        impatient.wait_for_bulk("750x")
    assert 30 < fake_time.seconds < 40


def test_a_job_that_has_ended_is_not_aborted(target: SalesforceTarget, org: responses.RequestsMock) -> None:
    org.get(JOB, json=job("JobComplete"))
    target.abort_bulk("750x")
    assert not bodies(org)
