"""The simulated company refuses and repeats as Intuit documents it, also without our own client."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from drawbar.sandbox.quickbooks.query import QueryProblem, parse_query
from drawbar.sandbox.quickbooks.vendor import REALM, QuickBooksOnline, open_quickbooks
from tests.sandbox.asgi import Answer, call

BASE = f"/v3/company/{REALM}"


class Company:
    """A signed-in client of a company that is kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
        self.folder = folder
        self.vendor: QuickBooksOnline = open_quickbooks(folder, lambda: self.now)
        self.app = Starlette(routes=list(self.vendor.routes()))
        self.tokens = self.log_in((folder / "refresh_token").read_text())

    def log_in(self, refresh: str) -> Any:
        form = urlencode({"grant_type": "refresh_token", "refresh_token": refresh}).encode()
        pair = f"drawbar-sandbox:{(self.folder / 'client_secret').read_text()}"
        return call(
            self.app, "POST", "/oauth2/v1/tokens/bearer", form, content_type="application/x-www-form-urlencoded",
            authorization="Basic " + base64.b64encode(pair.encode()).decode(),
        ).json()  # fmt: skip

    def answer(self, method: str, path: str, body: bytes = b"", *, version: int = 75, **parameters: str) -> Answer:
        query = urlencode({"minorversion": version, **parameters})
        bearer = f"Bearer {self.tokens['access_token']}"
        return call(self.app, method, f"{path}?{query}", body, authorization=bearer)

    def call(self, method: str, path: str, body: object = None, **parameters: Any) -> Any:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        answer = self.answer(method, BASE + path, content, **parameters)
        assert answer.status == 200, answer.body
        return answer.json()

    def code(self, method: str, path: str, body: object = None, **parameters: Any) -> str:
        answer = self.answer(method, BASE + path, json.dumps(body).encode(), **parameters)
        assert answer.status == 400, answer.body
        return str(answer.json()["Fault"]["Error"][0]["code"])


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_a_refresh_token_is_good_once_and_an_access_token_for_an_hour(company: Company) -> None:
    second = company.log_in(company.tokens["refresh_token"])
    assert company.log_in(company.tokens["refresh_token"])["error"] == "invalid_grant"
    assert company.log_in(second["refresh_token"])["expires_in"] == 3600
    company.now += timedelta(hours=2)
    refused = company.answer("GET", f"{BASE}/companyinfo/1")
    assert (refused.status, refused.json()["fault"]["error"][0]["code"]) == (401, "3200")


def test_a_request_id_gives_the_same_answer_and_no_second_object(company: Company) -> None:
    shop = {"DisplayName": "Shop"}
    one, other = (company.call("POST", "/vendor", shop, requestid="r1")["Vendor"] for _ in range(2))
    assert one == other
    assert company.code("POST", "/vendor", shop) == "6240"


def test_a_change_names_the_newest_version_and_a_sparse_one_leaves_the_rest(company: Company) -> None:
    made = company.call("POST", "/vendor", {"DisplayName": "Shop", "Notes": "kept"})["Vendor"]
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "Shop LLC"}
    changed = company.call("POST", "/vendor", change)["Vendor"]
    assert (changed["SyncToken"], changed["Notes"], changed["CompanyName"]) == ("1", "kept", "Shop LLC")
    assert company.code("POST", "/vendor", change) == "5010"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/bill", {"Line": [{"Amount": 1}]}, "2020"),
        ("/bill", {"VendorRef": {"value": "999"}, "Line": [{"Amount": 1}]}, "2500"),
        ("/bill", {"VendorRef": {"value": "23"}, "DocNumber": "x" * 22, "Line": [{"Amount": 1}]}, "2050"),
        ("/moon", {}, "2010"),
        ("/batch", {"BatchItemRequest": [{}] * 31}, "1040"),
    ],
)
def test_what_is_wrong_is_refused_with_intuits_code(company: Company, path: str, body: object, code: str) -> None:
    assert company.code("POST", path, body) == code


def test_an_old_minor_version_another_company_and_haste_are_refused(company: Company) -> None:
    assert company.code("GET", "/companyinfo/1", version=65) == "2010"
    assert company.answer("GET", "/v3/company/1/companyinfo/1").status == 403
    company.vendor.calls_per_minute = 1
    hasty = company.answer("GET", f"{BASE}/companyinfo/1")
    assert (hasty.status, hasty.body) == (429, b"message=ThrottleExceeded; errorCode=003001; statusCode=429")
    company.now += timedelta(minutes=1)
    assert company.call("GET", "/companyinfo/1")["CompanyInfo"]["Country"] == "US"


def test_a_batch_does_what_it_can_and_changes_tell_of_deletions(company: Company) -> None:
    found = company.call("POST", "/query", "select * from Vendor maxresults 1")["QueryResponse"]
    vendor = found["Vendor"][0]
    bill = {"VendorRef": {"value": vendor["Id"]}, "Line": [{"Amount": 2.5}]}
    items = [{"bId": "a", "operation": "create", "Bill": bill}, {"bId": "b", "operation": "delete", "Vendor": vendor}]
    made, refused = company.call("POST", "/batch", {"BatchItemRequest": items})["BatchItemResponse"]
    assert (made["Bill"]["TotalAmt"], refused["Fault"]["Error"][0]["code"]) == (2.5, "500")
    company.call("POST", "/bill", made["Bill"], operation="delete")
    assert company.code("GET", f"/bill/{made['Bill']['Id']}") == "610"

    changed = company.call("GET", "/cdc", entities="Bill", changedSince=company.now.isoformat())
    bills = changed["CDCResponse"][0]["QueryResponse"][0]["Bill"]
    assert [(each["Id"], each["status"]) for each in bills] == [(made["Bill"]["Id"], "Deleted")]
    long_ago = (company.now - timedelta(days=31)).isoformat()
    assert company.code("GET", "/cdc", entities="Bill", changedSince=long_ago) == "4000"


def test_deposits_can_be_looked_for_by_date_alone(company: Company) -> None:
    answer = company.answer("POST", f"{BASE}/query", b"select * from Deposit where DocNumber = 'D1'")
    assert (answer.status, b"'DocNumber' is not queryable" in answer.body) == (400, True)
    assert company.call("POST", "/query", "select * from Deposit where TxnDate = '2026-03-01'") is not None


def test_books_are_kept_over_a_restart(company: Company) -> None:
    made = company.call("POST", "/vendor", {"DisplayName": "Shop"}, requestid="r1")["Vendor"]
    again = open_quickbooks(company.folder, lambda: company.now)
    assert again.company.get("Vendor", made["Id"])["DisplayName"] == "Shop"
    assert again.company.once("r1", dict)["Vendor"]["Id"] == made["Id"]
    assert again.logins.exchange(company.tokens["refresh_token"]) is not None


@pytest.mark.parametrize(
    "statement",
    [
        "", "delete from Bill", "select * from Bill where", "select * from Bill where Id in 1",
        "select * from Bill where A ~ 1", "select * from Bill maxresults 1001", "select * from Bill order",
        "select * from Bill where DocNumber = 'a",
    ],
)  # fmt: skip
def test_a_statement_that_is_none_is_refused(statement: str) -> None:
    with pytest.raises(QueryProblem):
        parse_query(statement)


def test_a_query_compares_values_as_they_are_quoted() -> None:
    query = parse_query(r"SELECT * FROM Vendor WHERE DisplayName IN ('O\'Brien', 'a\\') AND Id > '1' MAXRESULTS 5")
    rows = [("O'Brien", "2"), ("a\\", "2"), ("O'Brien", "1"), ("x", "2")]
    assert [query.matches({"DisplayName": name, "Id": number}) for name, number in rows] == [True, True, False, False]
    assert (query.start, query.most) == (1, 5)
