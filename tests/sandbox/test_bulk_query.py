"""Bulk API 2.0 queries: states, pages found by locators, refusals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.source import load_schema
from tests.sandbox.asgi import Answer
from tests.sandbox.bulk_org import QUERY, BulkOrg, bulk_org


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


@pytest.fixture
def bulk(tmp_path: Path, schema: Schema) -> Iterator[BulkOrg]:
    with bulk_org(tmp_path, schema) as bulk:
        bulk.load(
            "Name,LeaseWorks_Id__c,Description\n"
            + "".join(f'"Haulage ""{number}""",LW{number},"two\nlines"\n' for number in range(5))
        )
        yield bulk


def create(bulk: BulkOrg, query: str, **wanted: object) -> Answer:
    return bulk.call("POST", QUERY, json.dumps({"operation": "query", "query": query, **wanted}).encode())


def run(bulk: BulkOrg, query: str, **wanted: object) -> dict[str, Any]:
    created = create(bulk, query, **wanted)
    assert created.status == 200, created.body
    return bulk.wait(created.json()["id"], kind=QUERY)


def results(bulk: BulkOrg, job: dict[str, Any], options: str = "") -> Answer:
    answer = bulk.call("GET", f"{QUERY}/{job['id']}/results{options}")
    assert answer.status == 200, answer.body
    return answer


def test_a_query_job_is_described_as_salesforce_describes_it(bulk: BulkOrg) -> None:
    created = create(bulk, "SELECT Id FROM Account").json()
    assert created == {
        "id": created["id"],
        "operation": "query",
        "object": "Account",
        "createdById": INTEGRATION_USER_ID,
        "createdDate": created["createdDate"],
        "systemModstamp": created["createdDate"],
        "state": "UploadComplete",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 67.0,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    ended = bulk.wait(created["id"], kind=QUERY)
    assert {name: ended[name] for name in ("state", "jobType", "numberRecordsProcessed", "retries")} == {
        "state": "JobComplete",
        "jobType": "V2Query",
        "numberRecordsProcessed": 5,
        "retries": 0,
    }
    assert ended["isPkChunkingSupported"] is True


def test_results_are_a_quoted_csv_with_its_size_in_the_headers(bulk: BulkOrg) -> None:
    job = run(bulk, "SELECT Name, Description, Phone FROM Account WHERE LeaseWorks_Id__c = 'LW3'")
    answer = results(bulk, job)
    assert answer.body.decode() == '"Name","Description","Phone"\n"Haulage ""3""","two\nlines",""\n'
    assert answer.headers["sforce-numberofrecords"] == "1"
    assert answer.headers["sforce-locator"] == "null"
    assert answer.headers["content-type"].startswith("text/csv")


def test_pages_hold_whole_records_each_with_the_header(bulk: BulkOrg) -> None:
    job = run(bulk, "SELECT LeaseWorks_Id__c, Description FROM Account ORDER BY LeaseWorks_Id__c")
    pages = [results(bulk, job, "?maxRecords=2")]
    while (locator := pages[-1].headers["sforce-locator"]) != "null":
        pages.append(results(bulk, job, f"?maxRecords=2&locator={locator}"))
    assert [page.headers["sforce-numberofrecords"] for page in pages] == ["2", "2", "1"]
    rows = [list(csv.DictReader(io.StringIO(page.body.decode(), newline=""))) for page in pages]
    assert [[row["LeaseWorks_Id__c"] for row in page] for page in rows] == [["LW0", "LW1"], ["LW2", "LW3"], ["LW4"]]
    assert {row["Description"] for page in rows for row in page} == {"two\nlines"}


def test_a_query_without_records_has_a_header_and_no_locator(bulk: BulkOrg) -> None:
    job = run(bulk, "SELECT Id FROM Account WHERE Name = 'nobody'")
    answer = results(bulk, job)
    assert (answer.body, answer.headers["sforce-numberofrecords"]) == (b'"Id"\n', "0")
    assert answer.headers["sforce-locator"] == "null"


@pytest.mark.parametrize("options", ["?locator=!!", "?locator=OTk5OTk5", "?locator=LTE", "?maxRecords=0"])
def test_a_locator_or_size_that_makes_no_sense_is_refused(bulk: BulkOrg, options: str) -> None:
    job = run(bulk, "SELECT Id FROM Account")
    refused = bulk.call("GET", f"{QUERY}/{job['id']}/results{options}")
    assert (refused.status, refused.json()[0]["errorCode"][:7]) == (400, "INVALID")


def test_parents_are_columns_with_dots(bulk: BulkOrg) -> None:
    bulk.load("Name,Lessee__r.LeaseWorks_Id__c\nLease 1,LW1\nLease 2,\n", object="Lease_Account__c")
    job = run(bulk, "SELECT Name, Lessee__r.LeaseWorks_Id__c FROM Lease_Account__c ORDER BY Name")
    assert results(bulk, job).body.decode() == ('"Name","Lessee__r.LeaseWorks_Id__c"\n"Lease 1","LW1"\n"Lease 2",""\n')


def test_query_all_finds_deleted_records_too(bulk: BulkOrg) -> None:
    ((gone,),) = bulk.select("""SELECT "Id" FROM "Account" WHERE "LeaseWorks_Id__c" = 'LW1'""")
    bulk.load(f"Id\n{gone}\n", operation="delete")
    query = "SELECT Id, IsDeleted FROM Account"
    assert run(bulk, query)["numberRecordsProcessed"] == 4
    everything = run(bulk, query, operation="queryAll")
    assert f'"{gone}","true"' in results(bulk, everything).body.decode()
    assert everything["numberRecordsProcessed"] == 5


def test_the_dialect_of_the_job_is_kept(bulk: BulkOrg) -> None:
    job = run(bulk, "SELECT Name, Phone FROM Account LIMIT 1", columnDelimiter="PIPE", lineEnding="CRLF")
    assert results(bulk, job).body.decode().split("\r\n")[0] == '"Name"|"Phone"'


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Colour__c FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE"),
        ("SELEKT Id", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT BillingAddress FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Id FROM Account OFFSET 3", "FUNCTIONALITY_NOT_ENABLED"),
    ],
)
def test_a_query_that_cannot_be_a_bulk_query_is_refused_at_once(bulk: BulkOrg, query: str, code: str) -> None:
    refused = create(bulk, query)
    assert (refused.status, refused.json()[0]["errorCode"]) == (400, code)


def test_a_query_job_can_be_aborted_and_then_deleted(bulk: BulkOrg) -> None:
    job_id = create(bulk, "SELECT Id FROM Account", processingSeconds=60).json()["id"]
    assert bulk.call("GET", f"{QUERY}/{job_id}/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert bulk.set_state(job_id, "UploadComplete", QUERY).json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert bulk.set_state(job_id, "Aborted", QUERY).json()["state"] == "Aborted"
    assert bulk.call("GET", f"{QUERY}/{job_id}/results").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert bulk.call("DELETE", f"{QUERY}/{job_id}").status == 204
    assert bulk.call("GET", f"{QUERY}/{job_id}").status == 404


def test_query_jobs_are_listed_apart_from_ingest_jobs(bulk: BulkOrg) -> None:
    job = run(bulk, "SELECT Id FROM Account")
    listed = bulk.call("GET", QUERY).json()["records"]
    assert [(each["id"], each["jobType"]) for each in listed] == [(job["id"], "V2Query")]
    assert bulk.call("GET", f"/services/data/v67.0/jobs/ingest/{job['id']}").status == 404


def test_an_interrupted_query_begins_again_after_a_restart(tmp_path: Path, schema: Schema) -> None:
    with bulk_org(tmp_path, schema) as bulk:
        bulk.load("Name\nAcme\n")
        job_id = create(bulk, "SELECT Name FROM Account", processingSeconds=0.5).json()["id"]
        bulk.wait(job_id, "InProgress", kind=QUERY)
    with bulk_org(tmp_path, schema) as bulk:
        job = bulk.wait(job_id, kind=QUERY)
        assert results(bulk, job).body == b'"Name"\n"Acme"\n'


def test_records_read_are_metered(bulk: BulkOrg) -> None:
    results(bulk, run(bulk, "SELECT Id FROM Account"))
    assert bulk.meter.snapshot()["kinds"]["bulk query"]["records_out"] == 5  # type: ignore[index]
