"""Plain curl uses the local org, from the token to the results of a Bulk job."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients.conftest import RunningOrg

DATA = "/services/data/v67.0"


class Curl:
    """curl with the org's CA file and, once logged in, its token in a file that only the owner reads."""

    def __init__(self, org: RunningOrg, folder: Path) -> None:
        self._org = org
        self._token = folder / "authorization"

    def __call__(self, path: str, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """Make one call and give status and body."""
        authorization = ["--header", f"@{self._token}"] if self._token.exists() else []
        every_call = ["--silent", "--show-error", "--max-time", "20", "--write-out", "\n%{http_code}"]
        done = subprocess.run(
            ["curl", *every_call, "--cacert", str(self._org.ca), *authorization, *arguments, self._org.url + path],
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def log_in(self) -> None:
        status, body = self(
            "/services/oauth2/token",
            "--data-urlencode",
            "grant_type=client_credentials",
            "--data-urlencode",
            f"client_id={self._org.client_id}",
            "--data-urlencode",
            f"client_secret@{self._org.client_secret}",
        )
        assert status == 200, body
        self._token.touch(mode=0o600)
        self._token.write_text(f"Authorization: Bearer {json.loads(body)['access_token']}")

    def send(self, method: str, path: str, body: object) -> tuple[int, Any]:
        """Send JSON and read JSON, when there is any."""
        status, text = self(
            path,
            "--request",
            method,
            "--header",
            "Content-Type: application/json",
            "--data-binary",
            "@-",
            stdin=json.dumps(body),
        )
        return status, json.loads(text) if text else None


@pytest.fixture
def curl(org: RunningOrg, tmp_path: Path) -> Curl:
    curl = Curl(org, tmp_path)
    curl.log_in()
    return curl


def test_without_a_token_nothing_is_told(org: RunningOrg, tmp_path: Path) -> None:
    status, body = Curl(org, tmp_path)(f"{DATA}/limits")
    assert (status, json.loads(body)) == (
        401,
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )


def test_the_versions_are_told_to_anybody(org: RunningOrg, tmp_path: Path) -> None:
    status, body = Curl(org, tmp_path)("/services/data")
    assert status == 200
    assert json.loads(body)[-1] == {"label": "Summer '26", "url": DATA, "version": "67.0"}


def test_a_record_is_upserted_and_found(curl: Curl) -> None:
    target = f"{DATA}/sobjects/Account/LeaseWorks_Id__c/CURL-1"
    status, made = curl.send("PATCH", target, {"Name": "curl"})
    assert (status, made["created"]) == (201, True)
    assert curl.send("PATCH", target, {"Phone": "555"})[0] == 200
    status, body = curl(
        f"{DATA}/query/",
        "--get",
        "--data-urlencode",
        "q=SELECT Id, Phone FROM Account WHERE LeaseWorks_Id__c = 'CURL-1'",
    )
    assert status == 200
    assert [(each["Id"], each["Phone"]) for each in json.loads(body)["records"]] == [(made["id"], "555")]


def test_a_bulk_job_runs_from_creation_to_results(curl: Curl, tmp_path: Path) -> None:
    wanted = {"object": "Account", "operation": "upsert", "externalIdFieldName": "LeaseWorks_Id__c"}
    status, job = curl.send("POST", f"{DATA}/jobs/ingest/", wanted)
    assert status == 200
    path = f"{DATA}/jobs/ingest/{job['id']}"
    file = tmp_path / "accounts.csv"
    file.write_text("LeaseWorks_Id__c,Name\n" + "".join(f"CURLB-{number},Bulk {number}\n" for number in range(1000)))
    assert f"/{job['contentUrl']}" == f"{path}/batches"
    csv = ("--header", "Content-Type: text/csv")
    assert curl(f"/{job['contentUrl']}", *csv, "--upload-file", str(file)) == (201, "")
    assert curl.send("PATCH", path, {"state": "UploadComplete"})[1]["state"] == "UploadComplete"
    assert _ended(curl, path) == ("JobComplete", 1000)
    status, results = curl(f"{path}/successfulResults", "--header", "Accept: text/csv", "--compressed")
    lines = results.splitlines()
    assert (status, lines[0], len(lines)) == (200, '"sf__Id","sf__Created","LeaseWorks_Id__c","Name"', 1001)
    assert curl(path, "--request", "DELETE") == (204, "")


def test_a_bulk_query_runs_from_creation_to_results(curl: Curl) -> None:
    curl.send("POST", f"{DATA}/sobjects/Contact", {"LastName": "Curl"})
    wanted = {"operation": "query", "query": "SELECT LastName FROM Contact WHERE LastName = 'Curl'"}
    _, job = curl.send("POST", f"{DATA}/jobs/query", wanted)
    path = f"{DATA}/jobs/query/{job['id']}"
    assert _ended(curl, path) == ("JobComplete", 1)
    status, body = curl(f"{path}/results", "--include")
    assert status == 200
    assert "sforce-numberofrecords: 1" in body.lower()
    assert body.endswith('\n"LastName"\n"Curl"\n')


def test_without_the_ca_file_the_org_is_not_trusted(org: RunningOrg) -> None:
    done = subprocess.run(["curl", "--silent", f"{org.url}/services/data"], capture_output=True, check=False)
    assert done.returncode == 60


def _ended(curl: Curl, path: str) -> tuple[str, int]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        job = json.loads(curl(path)[1])
        if job["state"] not in {"UploadComplete", "InProgress"}:
            break
        time.sleep(0.02)
    return job["state"], job["numberRecordsProcessed"]
