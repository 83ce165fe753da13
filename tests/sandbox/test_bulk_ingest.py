"""Bulk API 2.0 ingest behaves like a real org's: states, results, refusals, and it goes on after a restart."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from drawbar.sandbox.bulk import ingest
from drawbar.sandbox.bulk import upload as upload_module
from drawbar.sandbox.bulk.worker import PARALLEL_JOBS
from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, INTEGRATION_USER_ID
from drawbar.sandbox.source import load_schema
from drawbar.sandbox.writing.results import WriteContext
from tests.sandbox.bulk_org import INGEST, BulkOrg, bulk_org

ACCOUNTS = "Name,LeaseWorks_Id__c\nAcme Haulage,LW1\nBlue Freight,LW2\n"
UPSERT = {"operation": "upsert", "externalIdFieldName": "LeaseWorks_Id__c"}


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


@pytest.fixture
def bulk(tmp_path: Path, schema: Schema) -> Iterator[BulkOrg]:
    with bulk_org(tmp_path, schema) as bulk:
        yield bulk


def account_names(bulk: BulkOrg) -> dict[object, object]:
    return {
        row[0]: row[1] for row in bulk.select('SELECT "LeaseWorks_Id__c", "Name" FROM "Account" WHERE "IsDeleted" = 0')
    }


def test_an_open_job_is_described_as_salesforce_describes_it(bulk: BulkOrg) -> None:
    created = bulk.create(**UPSERT)
    job_id = created["id"]
    now = created["createdDate"]
    assert datetime.strptime(now, "%Y-%m-%dT%H:%M:%S.000%z").utcoffset() == timedelta(0)
    assert (len(job_id), job_id[:3]) == (18, "750")
    assert created == {
        "id": job_id,
        "operation": "upsert",
        "object": "Account",
        "createdById": INTEGRATION_USER_ID,
        "createdDate": now,
        "systemModstamp": now,
        "state": "Open",
        "externalIdFieldName": "LeaseWorks_Id__c",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 67.0,
        "contentUrl": f"services/data/v67.0/jobs/ingest/{job_id}/batches",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    assert bulk.describe(job_id) == created | {
        "jobType": "V2Ingest",
        "retries": 0,
        "totalProcessingTime": 0,
        "apiActiveProcessingTime": 0,
        "apexProcessingTime": 0,
    }
    assert list(bulk.describe(job_id))[:7] == list(created)[:7]


def test_a_complete_job_tells_its_counts_and_no_upload_address(bulk: BulkOrg) -> None:
    job = bulk.load(ACCOUNTS)
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 2, 0)
    assert "contentUrl" not in job
    assert "errorMessage" not in job


def test_closing_a_job_answers_with_its_brief_description(bulk: BulkOrg) -> None:
    job_id = bulk.create()["id"]
    bulk.upload(job_id, ACCOUNTS)
    closed = bulk.set_state(job_id, "UploadComplete").json()
    assert closed["state"] == "UploadComplete"
    assert list(closed) == [
        "id",
        "operation",
        "object",
        "createdById",
        "createdDate",
        "systemModstamp",
        "state",
        "concurrencyMode",
        "contentType",
        "apiVersion",
    ]


def test_results_are_quoted_and_carry_the_uploaded_columns(bulk: BulkOrg) -> None:
    job = bulk.load('Name,LeaseWorks_Id__c,Description\n"Acme ""Big"" Haulage",LW1,"two\nlines"\n,LW2,\n')
    ((account_id,),) = bulk.select('SELECT "Id" FROM "Account"')
    assert bulk.text(job, "successfulResults") == (
        '"sf__Id","sf__Created","Name","LeaseWorks_Id__c","Description"\n'
        f'"{account_id}","true","Acme ""Big"" Haulage","LW1","two\nlines"\n'
    )
    assert bulk.text(job, "failedResults") == (
        '"sf__Id","sf__Error","Name","LeaseWorks_Id__c","Description"\n'
        '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","LW2",""\n'
    )
    assert bulk.text(job, "unprocessedrecords") == '"Name","LeaseWorks_Id__c","Description"\n'
    assert bulk.text(job, "unprocessedRecords") == bulk.text(job, "unprocessedrecords")


def test_a_duplicate_is_refused_without_field_names_after_the_colon(bulk: BulkOrg) -> None:
    bulk.load(ACCOUNTS)
    job = bulk.load("Name,LeaseWorks_Id__c\nCopy,LW1\nNew,LW3\n")
    (failed,) = bulk.rows(job, "failedResults")
    ((first,),) = bulk.select("""SELECT "Id" FROM "Account" WHERE "LeaseWorks_Id__c" = 'LW1'""")
    assert failed["sf__Error"].startswith("DUPLICATE_VALUE:duplicate value found: ")
    assert f"record with id: {first}" in failed["sf__Error"]
    assert failed["sf__Error"].endswith(":--")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)


def test_an_upsert_creates_and_updates_by_external_id(bulk: BulkOrg) -> None:
    bulk.load(ACCOUNTS)
    job = bulk.load("Name,LeaseWorks_Id__c\nAcme Trucking,LW1\nCrown Cartage,LW3\n", **UPSERT)
    assert [row["sf__Created"] for row in bulk.rows(job, "successfulResults")] == ["false", "true"]
    assert account_names(bulk) == {"LW1": "Acme Trucking", "LW2": "Blue Freight", "LW3": "Crown Cartage"}


def test_a_blank_leaves_a_field_alone_and_na_empties_it(bulk: BulkOrg) -> None:
    bulk.load("Name,LeaseWorks_Id__c,Phone,Website\nAcme,LW1,555,acme.example\n")
    bulk.load("LeaseWorks_Id__c,Phone,Website\nLW1,,#N/A\n", **UPSERT)
    assert bulk.select('SELECT "Name", "Phone", "Website" FROM "Account"') == [("Acme", "555", None)]


def test_a_value_of_the_wrong_type_refuses_its_record_only(bulk: BulkOrg) -> None:
    job = bulk.load("Name,NumberOfEmployees\nAcme,12\nBlue,many\n")
    (failed,) = bulk.rows(job, "failedResults")
    assert (job["state"], failed["Name"]) == ("JobComplete", "Blue")
    assert failed["sf__Error"] == (
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Employees: value not of required type: many:NumberOfEmployees --"
    )
    assert bulk.select('SELECT "NumberOfEmployees" FROM "Account"') == [(12,)]


def test_an_update_needs_the_id_of_each_record(bulk: BulkOrg) -> None:
    bulk.load(ACCOUNTS)
    ((known,),) = bulk.select("""SELECT "Id" FROM "Account" WHERE "LeaseWorks_Id__c" = 'LW1'""")
    job = bulk.load(f"Id,Name\n{known},Renamed\n001000000000000AAA,Nobody\n", operation="update")
    assert [row["sf__Id"] for row in bulk.rows(job, "successfulResults")] == [known]
    (failed,) = bulk.rows(job, "failedResults")
    assert failed["Id"] == "001000000000000AAA"
    assert account_names(bulk)["LW1"] == "Renamed"


@pytest.mark.parametrize(("operation", "left"), [("delete", 1), ("hardDelete", 0)])
def test_a_deleted_record_is_in_the_bin_and_a_hard_deleted_one_is_gone(
    bulk: BulkOrg, operation: str, left: int
) -> None:
    bulk.load("Name,LeaseWorks_Id__c\nAcme,LW1\n")
    ((known,),) = bulk.select('SELECT "Id" FROM "Account"')
    job = bulk.load(f"Id\n{known}\n", operation=operation)
    assert bulk.text(job, "successfulResults") == f'"sf__Id","sf__Created","Id"\n"{known}","false","{known}"\n'
    assert account_names(bulk) == {}
    assert len(bulk.select('SELECT "Id" FROM "Account"')) == left


def test_a_parent_is_given_by_its_external_id(bulk: BulkOrg) -> None:
    bulk.load(ACCOUNTS)
    job = bulk.load(
        "Name,LeaseWorks_Id__c,Lessee__r.LeaseWorks_Id__c\nLW9,LW9,LW1\nLW8,LW8,nobody\n", object="Lease_Account__c"
    )
    (failed,) = bulk.rows(job, "failedResults")
    assert failed["sf__Error"].startswith("INVALID_FIELD:Foreign key external ID: nobody not found")
    assert failed["Lessee__r.LeaseWorks_Id__c"] == "nobody"
    assert bulk.select(
        'SELECT a."LeaseWorks_Id__c" FROM "Lease_Account__c" l JOIN "Account" a ON a."Id" = l."Lessee__c"'
    ) == [("LW1",)]
    bulk.load(
        "LeaseWorks_Id__c,Lessee__r.LeaseWorks_Id__c\nLW9,#N/A\n",
        object="Lease_Account__c",
        **UPSERT,
    )
    assert bulk.select('SELECT "Lessee__c" FROM "Lease_Account__c"') == [(None,)]


def test_a_polymorphic_parent_names_its_type(bulk: BulkOrg) -> None:
    bulk.load("Subject,User:Owner.Username\nCall,collector@drawbar.example\n", object="Case")
    assert bulk.select('SELECT "OwnerId" FROM "Case"') == [(COLLECTOR_USER_ID,)]


@pytest.mark.parametrize(
    ("object_name", "header", "message"),
    [
        ("Account", "Name,Colour__c", "InvalidBatch : Field name not found : Colour__c"),
        ("Account", "\ufeffName", "InvalidBatch : Field name not found : \ufeffName"),
        ("Account", "Name,name", "InvalidBatch : Duplicate field name : name"),
        ("Account", "Name,Nobody__r.X__c", "InvalidBatch : Unable to find relationship: Nobody__r"),
        ("Account", "Name,Parent.Colour__c", "InvalidBatch : Field name not found : Parent.Colour__c"),
        (
            "Case",
            "Account:Account.LeaseWorks_Id__c",
            "InvalidBatch : type is not needed for non polymorphic foreign key references: Account",
        ),
        (
            "Case",
            "Owner.Username",
            "InvalidBatch : type is needed for polymorphic foreign key references: Owner",
        ),
    ],
)
def test_a_header_that_cannot_be_bound_fails_the_job_and_leaves_all_unprocessed(
    bulk: BulkOrg, object_name: str, header: str, message: str
) -> None:
    content = f"{header}\n" + ",".join("x" for _ in header.split(",")) + "\n"
    job = bulk.load(content, object=object_name)
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert job["numberRecordsProcessed"] == 0
    assert bulk.text(job, "successfulResults") == ""
    assert bulk.text(job, "unprocessedrecords") == content


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            b"Name\r\nx\r\n",
            {},
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        (
            b"Name\nx\n",
            {"lineEnding": "CRLF"},
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF",
        ),
        (b"Name,Phone\nx\n", {}, "InvalidBatch : Record 1 has 1 values, the header has 2"),
        (b'Name\n"x" y\n', {}, "InvalidBatch : Failed to parse CSV: ',' expected after '\"'"),
        (b"Name\n\xff\n", {}, "ClientInputError : The upload is not UTF-8: byte 5"),
        (b"", {}, "ClientInputError : The upload has no header row"),
        (b"Name\nx\n", {"operation": "update"}, "InvalidBatch : Field name not found : Id"),
        (
            b"Id,Name\nx,y\n",
            {"operation": "delete"},
            "ClientInputError : Only the Id column is allowed in a delete job",
        ),
    ],
)
def test_data_that_are_no_csv_of_the_job_fail_it(
    bulk: BulkOrg, content: bytes, options: dict[str, str], message: str
) -> None:
    job = bulk.load(content, **options)
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert account_names(bulk) == {}


@pytest.mark.parametrize(
    ("name", "character"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")],
)
def test_other_delimiters_and_line_endings_go_in_and_come_out(bulk: BulkOrg, name: str, character: str) -> None:
    content = f"Name{character}LeaseWorks_Id__c\r\nA, B{character}LW1\r\n"
    job = bulk.load(content, columnDelimiter=name, lineEnding="CRLF")
    assert account_names(bulk) == {"LW1": "A, B"}
    lines = bulk.text(job, "successfulResults").split("\r\n")
    assert lines[0] == character.join(['"sf__Id"', '"sf__Created"', '"Name"', '"LeaseWorks_Id__c"'])


def test_the_same_external_id_twice_among_200_rows_is_refused_and_later_updates(bulk: BulkOrg) -> None:
    rows = [f"Row {number},LW{number}" for number in range(250)]
    rows[1] = "Again,LW0"
    rows[240] = "Later,LW5"
    job = bulk.load("Name,LeaseWorks_Id__c\n" + "\n".join(rows) + "\n", **UPSERT)
    assert {row["Name"] for row in bulk.rows(job, "failedResults")} == {"Row 0", "Again"}
    assert account_names(bulk)["LW5"] == "Later"


def test_a_case_keeps_its_owner_unless_an_assignment_rule_is_asked_for(bulk: BulkOrg) -> None:
    bulk.load(f"Subject,OwnerId\nMine,{COLLECTOR_USER_ID}\n", object="Case")
    bulk.load(f"Subject,OwnerId\nRule,{COLLECTOR_USER_ID}\n", object="Case", assignmentRuleId="01QDr0000000001AAA")
    owners = {str(row[0]): str(row[1]) for row in bulk.select('SELECT "Subject", "OwnerId" FROM "Case" ORDER BY "Id"')}
    assert owners["Mine"] == COLLECTOR_USER_ID
    assert owners["Rule"] != COLLECTOR_USER_ID


def test_data_can_be_uploaded_only_once(bulk: BulkOrg) -> None:
    job_id = bulk.create()["id"]
    assert bulk.upload(job_id, ACCOUNTS).status == 201
    again = bulk.upload(job_id, ACCOUNTS)
    assert again.status == 400
    assert again.json()[0]["errorCode"] == "CLIENTINPUTERROR"
    assert again.json()[0]["message"].startswith(f"Found multiple contents for job: <{job_id}>")


def test_of_two_uploads_at_the_same_time_one_is_refused(bulk: BulkOrg, tmp_path: Path) -> None:
    job_id = bulk.create()["id"]
    job = bulk.jobs.find(job_id, "V2Ingest")
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("Name\nFirst\n")
    second.write_text("Name\nSecond\n")
    bulk.jobs.accept_upload(job, first)
    with pytest.raises(SalesforceError, match="Found multiple contents for job"):
        bulk.jobs.accept_upload(job, second)


def test_an_upload_above_the_cap_is_refused_and_the_job_takes_another(
    bulk: BulkOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert upload_module.MAX_BYTES == 112_500_000
    monkeypatch.setattr("drawbar.sandbox.bulk.receiving.MAX_BYTES", len(ACCOUNTS) - 1)
    job_id = bulk.create()["id"]
    assert bulk.upload(job_id, ACCOUNTS).status == 413
    assert bulk.describe(job_id)["state"] == "Open"
    assert bulk.upload(job_id, "Name\nx\n").status == 201


def test_an_upload_that_breaks_off_leaves_the_job_open_and_no_file(bulk: BulkOrg, tmp_path: Path) -> None:
    job_id = bulk.create()["id"]
    bulk.break_off_upload(job_id, b"Name\nhalf of")
    assert not list((tmp_path / "bulk").iterdir())
    assert bulk.upload(job_id, ACCOUNTS).status == 201


@pytest.mark.parametrize(
    ("wanted", "status", "code", "message"),
    [
        ({"object": "Nothing__c"}, 400, "INVALIDENTITY", "Entity 'Nothing__c' is not supported by the Bulk API."),
        ({"operation": "merge"}, 400, "JSON_PARSER_ERROR", "operation: Input should be"),
        ({"colour": "red"}, 400, "JSON_PARSER_ERROR", 'Unrecognized field "colour"'),
        ({"contentType": "JSON"}, 400, "JSON_PARSER_ERROR", "contentType: Input should be 'CSV'"),
        ({"operation": "upsert"}, 400, "INVALIDJOB", "InvalidJob : External ID was blank for an upsert job"),
        (
            {"operation": "upsert", "externalIdFieldName": "Phone"},
            400,
            "INVALIDJOB",
            "InvalidJob : Field name provided, Phone is not an External ID",
        ),
    ],
)
def test_a_job_that_cannot_be_is_refused(
    bulk: BulkOrg, wanted: dict[str, str], status: int, code: str, message: str
) -> None:
    body = json.dumps({"object": "Account", "operation": "insert", **wanted}).encode()
    refused = bulk.call("POST", INGEST, body)
    assert (refused.status, refused.json()[0]["errorCode"]) == (status, code)
    assert message in refused.json()[0]["message"]
    assert list(refused.json()[0]) == ["errorCode", "message"]


def test_a_job_that_is_not_there_is_not_found(bulk: BulkOrg) -> None:
    missing = bulk.call("GET", f"{INGEST}/7500000000000009AA")
    assert missing.status == 404
    assert missing.json() == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


@pytest.mark.parametrize(
    ("version", "status", "code"), [("30.0", 410, "UNSUPPORTED_API_VERSION"), ("99.0", 404, "NOT_FOUND")]
)
def test_a_version_that_is_not_served_is_refused(bulk: BulkOrg, version: str, status: int, code: str) -> None:
    refused = bulk.call("GET", f"/services/data/v{version}/jobs/ingest")
    assert (refused.status, refused.json()[0]["errorCode"]) == (status, code)


def test_results_cannot_be_read_and_the_job_not_deleted_before_it_has_ended(bulk: BulkOrg) -> None:
    job_id = bulk.create()["id"]
    for method, target in [("GET", "/successfulResults"), ("GET", "/failedResults"), ("DELETE", "")]:
        refused = bulk.call(method, f"{INGEST}/{job_id}{target}")
        assert (refused.status, refused.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")


def test_an_aborted_open_job_writes_nothing_and_cannot_be_closed(bulk: BulkOrg) -> None:
    job_id = bulk.create()["id"]
    bulk.upload(job_id, ACCOUNTS)
    assert bulk.set_state(job_id, "Aborted").json()["state"] == "Aborted"
    assert bulk.set_state(job_id, "UploadComplete").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert bulk.text({"id": job_id}, "unprocessedrecords") == ACCOUNTS
    assert account_names(bulk) == {}


def test_a_job_closed_without_data_is_complete_and_empty(bulk: BulkOrg) -> None:
    job_id = bulk.create()["id"]
    bulk.set_state(job_id, "UploadComplete")
    assert bulk.wait(job_id)["numberRecordsProcessed"] == 0


def test_a_job_may_bring_its_data_along_in_a_multipart_request(bulk: BulkOrg) -> None:
    parts = (
        '--X\r\nContent-Disposition: form-data; name="job"\r\nContent-Type: application/json\r\n\r\n'
        '{"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}\r\n'
        '--X\r\nContent-Disposition: form-data; name="content"; filename="content"\r\nContent-Type: text/csv\r\n\r\n'
        f"{ACCOUNTS}\r\n--X--\r\n"
    )
    created = bulk.call("POST", INGEST, parts.encode(), "multipart/form-data; boundary=X")
    assert (created.status, created.json()["state"]) == (200, "UploadComplete")
    assert bulk.wait(created.json()["id"])["numberRecordsProcessed"] == 2
    assert len(account_names(bulk)) == 2


def test_a_deleted_job_and_its_files_are_gone(bulk: BulkOrg, tmp_path: Path) -> None:
    job = bulk.load(ACCOUNTS)
    assert len(list((tmp_path / "bulk").iterdir())) == 3
    assert bulk.call("DELETE", f"{INGEST}/{job['id']}").status == 204
    assert bulk.call("GET", f"{INGEST}/{job['id']}").status == 404
    assert not list((tmp_path / "bulk").iterdir())


def test_jobs_are_listed_in_pages(tmp_path: Path, schema: Schema) -> None:
    with bulk_org(tmp_path, schema, jobs_per_page=2) as bulk:
        ids = [bulk.create()["id"] for _ in range(5)]
        pages = [bulk.call("GET", INGEST).json()]
        while pages[-1]["nextRecordsUrl"]:
            pages.append(bulk.call("GET", pages[-1]["nextRecordsUrl"]).json())
        assert [[job["id"] for job in page["records"]] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
        assert [page["done"] for page in pages] == [False, False, True]
        assert pages[0]["records"][0]["jobType"] == "V2Ingest"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("jobType=V2Ingest", 1),
        ("jobType=Classic", 0),
        ("isPkChunkingEnabled=true", 0),
        ("isPkChunkingEnabled=false", 1),
    ],
)
def test_the_list_of_jobs_is_filtered(bulk: BulkOrg, query: str, count: int) -> None:
    bulk.create()
    assert len(bulk.call("GET", f"{INGEST}?{query}").json()["records"]) == count


def test_paths_may_end_in_a_slash(bulk: BulkOrg) -> None:
    job_id = bulk.create()["id"]
    assert bulk.call("GET", f"{INGEST}/{job_id}/").json()["id"] == job_id
    assert bulk.call("GET", f"{INGEST}/").status == 200


def test_a_job_is_in_progress_for_the_time_it_is_given_and_can_be_aborted_then(bulk: BulkOrg) -> None:
    job_id = bulk.create(processingSeconds=60)["id"]
    bulk.upload(job_id, ACCOUNTS)
    bulk.set_state(job_id, "UploadComplete")
    assert bulk.wait(job_id, "InProgress")["numberRecordsProcessed"] == 0
    assert bulk.set_state(job_id, "Aborted").status == 200
    assert bulk.describe(job_id)["state"] == "Aborted"
    assert account_names(bulk) == {}


def test_an_aborted_slow_job_makes_room_for_others_at_once(bulk: BulkOrg) -> None:
    for _ in range(PARALLEL_JOBS):
        slow = bulk.create(processingSeconds=60)["id"]
        bulk.upload(slow, ACCOUNTS)
        bulk.set_state(slow, "UploadComplete")
        bulk.wait(slow, "InProgress")
        bulk.set_state(slow, "Aborted")
    assert bulk.load("Name\nQuick\n")["state"] == "JobComplete"


def test_a_slow_job_does_not_hold_up_the_others(bulk: BulkOrg) -> None:
    slow = bulk.create(processingSeconds=60)["id"]
    bulk.upload(slow, ACCOUNTS)
    bulk.set_state(slow, "UploadComplete")
    assert bulk.load("Name\nQuick\n")["state"] == "JobComplete"
    assert bulk.describe(slow)["state"] == "InProgress"


def test_an_armed_failure_stops_the_job_half_way_and_leaves_the_rest_unprocessed(bulk: BulkOrg) -> None:
    bulk.faults.arm(
        Fault(kind="bulk-failed", object="Account", message="ExceededQuota : ApiBatchItems Limit exceeded.")
    )
    content = "Name,LeaseWorks_Id__c\n" + "".join(f"Row {number},LW{number}\n" for number in range(11))
    job = bulk.load(content)
    assert (job["state"], job["errorMessage"]) == ("Failed", "ExceededQuota : ApiBatchItems Limit exceeded.")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (5, 0)
    assert [row["LeaseWorks_Id__c"] for row in bulk.rows(job, "successfulResults")] == [f"LW{n}" for n in range(5)]
    assert [row["LeaseWorks_Id__c"] for row in bulk.rows(job, "unprocessedrecords")] == [f"LW{n}" for n in range(5, 11)]
    assert len(account_names(bulk)) == 5


def test_an_armed_delay_keeps_one_job_in_progress(bulk: BulkOrg) -> None:
    bulk.faults.arm(Fault(kind="bulk-slow", seconds=60))
    job_id = bulk.create()["id"]
    bulk.upload(job_id, ACCOUNTS)
    bulk.set_state(job_id, "UploadComplete")
    assert bulk.wait(job_id, "InProgress")["state"] == "InProgress"
    assert bulk.load("Name\nQuick\n")["state"] == "JobComplete"


def test_locked_rows_fail_and_name_their_parent(bulk: BulkOrg) -> None:
    bulk.load(ACCOUNTS)
    ((parent,),) = bulk.select("""SELECT "Id" FROM "Account" WHERE "LeaseWorks_Id__c" = 'LW1'""")
    bulk.faults.arm(Fault(kind="lock-row", object="Lease_Account__c", keys=frozenset({"LW9"})))
    leases = "Name,LeaseWorks_Id__c,Lessee__r.LeaseWorks_Id__c\nLW8,LW8,LW1\nLW9,LW9,LW1\n"
    job = bulk.load(leases, object="Lease_Account__c", **UPSERT)
    (failed,) = bulk.rows(job, "failedResults")
    assert failed["LeaseWorks_Id__c"] == "LW9"
    assert failed["sf__Error"] == (
        f"UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: {parent}:--"
    )
    ((written,),) = bulk.select("""SELECT "Id" FROM "Lease_Account__c" WHERE "LeaseWorks_Id__c" = 'LW8'""")
    assert [row["sf__Id"] for row in bulk.rows(job, "successfulResults")] == [written]
    assert bulk.select("""SELECT "Id" FROM "Lease_Account__c" WHERE "LeaseWorks_Id__c" = 'LW9'""") == []
    assert bulk.load(leases, object="Lease_Account__c", **UPSERT)["numberRecordsFailed"] == 0


def test_one_locked_row_undoes_an_all_or_none_write(bulk: BulkOrg) -> None:
    bulk.faults.arm(Fault(kind="lock-row", keys=frozenset({"LW2"})))
    results = bulk.org.write(
        "create",
        "Account",
        [{"Name": "Acme", "LeaseWorks_Id__c": "LW1"}, {"Name": "Blue", "LeaseWorks_Id__c": "LW2"}],
        all_or_none=True,
        context=WriteContext(INTEGRATION_USER_ID),
    )
    assert [result.errors[0].code for result in results] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "UNABLE_TO_LOCK_ROW"]
    assert account_names(bulk) == {}


def test_records_are_metered_where_they_are_written_and_read(bulk: BulkOrg) -> None:
    job = bulk.load(ACCOUNTS)
    bulk.text(job, "successfulResults")
    count = bulk.meter.snapshot()["kinds"]["bulk ingest"]  # type: ignore[index]
    assert (count["records_in"], count["records_out"]) == (2, 2)


def test_jobs_survive_a_restart_and_one_in_progress_goes_on(
    tmp_path: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drawbar.sandbox.bulk.ingest.CHUNK", 4)
    content = "Name,LeaseWorks_Id__c\n" + "".join(f"Row {number},LW{number}\n" for number in range(11))
    with bulk_org(tmp_path, schema) as bulk:
        done = bulk.load("Name,LeaseWorks_Id__c\nDone before,X1\n")
        job_id = bulk.create(processingSeconds=0.6)["id"]
        bulk.upload(job_id, content)
        bulk.set_state(job_id, "UploadComplete")
        until = time.monotonic() + 20
        while bulk.describe(job_id).get("numberRecordsProcessed", 0) < 4 and time.monotonic() < until:
            time.sleep(0.005)
    with bulk_org(tmp_path, schema) as bulk:
        assert bulk.describe(done["id"]) == done
        assert bulk.rows(done, "successfulResults")[0]["Name"] == "Done before"
        job = bulk.wait(job_id)
        assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 11, 0)
        assert [row["LeaseWorks_Id__c"] for row in bulk.rows(job, "successfulResults")] == [f"LW{n}" for n in range(11)]
        assert len(account_names(bulk)) == 12


def test_a_chunk_whose_results_cannot_be_kept_is_not_written(bulk: BulkOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(*_arguments: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("drawbar.sandbox.bulk.ingest.succeeded_rows", disk_full)
    job = bulk.load(ACCOUNTS)
    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 0)
    assert job["errorMessage"] == "InternalServerError : OSError: No space left on device"
    assert account_names(bulk) == {}


def test_after_a_kill_no_record_is_missing_or_written_twice(tmp_path: Path, schema: Schema) -> None:
    process = multiprocessing.get_context("spawn").Process(target=load_slowly, args=(tmp_path,))
    process.start()
    until = time.monotonic() + 20
    while sum(each.stat().st_size for each in tmp_path.glob("bulk/*.succeeded.csv")) < 3000:
        assert time.monotonic() < until
        time.sleep(0.005)
    process.kill()
    process.join()
    with closing(sqlite3.connect(tmp_path / "org.sqlite")) as database, database:
        ((processed,),) = database.execute("SELECT processed FROM _bulk_jobs")
        assert 0 < processed < 1000
        database.execute("UPDATE _bulk_jobs SET processing_seconds = 0")
    with bulk_org(tmp_path, schema) as bulk:
        ((job_id,),) = bulk.select("SELECT id FROM _bulk_jobs")
        job = bulk.wait(str(job_id))
        assert (job["state"], job["numberRecordsProcessed"]) == ("JobComplete", 1000)
        assert bulk.select('SELECT COUNT(*), COUNT(DISTINCT "Name") FROM "Account"') == [(1000, 1000)]
        assert [row["Name"] for row in bulk.rows(job, "successfulResults")] == [f"Row {n}" for n in range(1000)]


def load_slowly(folder: Path) -> None:
    """Begin a job of 1,000 records in chunks of 20, which takes ten seconds."""
    ingest.CHUNK = 20
    with bulk_org(folder, load_schema()) as bulk:
        job_id = bulk.create(processingSeconds=10)["id"]
        bulk.upload(job_id, "Name\n" + "".join(f"Row {number}\n" for number in range(1000)))
        bulk.set_state(job_id, "UploadComplete")
        bulk.wait(job_id)


def test_what_a_crash_wrote_beyond_the_commit_is_forgotten(
    tmp_path: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drawbar.sandbox.bulk.ingest.CHUNK", 4)
    content = "Name,LeaseWorks_Id__c\n" + "".join(f"Row {number},LW{number}\n" for number in range(8))
    with bulk_org(tmp_path, schema) as bulk:
        job_id = bulk.create(processingSeconds=0.6)["id"]
        bulk.upload(job_id, content)
        bulk.set_state(job_id, "UploadComplete")
        until = time.monotonic() + 20
        while bulk.describe(job_id).get("numberRecordsProcessed", 0) < 4 and time.monotonic() < until:
            time.sleep(0.005)
    with (tmp_path / "bulk" / f"{job_id}.succeeded.csv").open("ab") as file:
        file.write(b'"half a line of a chunk that was never committed')
    with bulk_org(tmp_path, schema) as bulk:
        job = bulk.wait(job_id)
        assert [row["LeaseWorks_Id__c"] for row in bulk.rows(job, "successfulResults")] == [f"LW{n}" for n in range(8)]
