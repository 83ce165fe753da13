from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import responses
import structlog
from requests import PreparedRequest

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.errors import (
    RULINGS,
    LoginRefused,
    QuotaSpent,
    SalesforceBusy,
    SalesforceRefused,
    SalesforceStopped,
    read_error,
    read_row_error,
)
from drawbar.middleware.errors import DrawbarError, RecordRejected, RetryLater, StopRun
from tests.connectors.salesforce.conftest import BASE, INSTANCE, LOGIN
from tests.fake_time import FakeTime

RECORDED = Path(__file__).parent / "recorded"
UPSERT = f"{BASE}/composite/sobjects/Account/LeaseWorks_Id__c"
EXPIRED = (RECORDED / "expired_session_response.json").read_text()


def recorded(name: str) -> tuple[int, str]:
    found = json.loads((RECORDED / f"{name}.json").read_text())
    return found["status"], json.dumps(found["body"])


def refuse(status: int, code: str, message: str = "said so") -> tuple[int, dict[str, str], str]:
    return status, {}, json.dumps([{"errorCode": code, "message": message}])


def calls(org: responses.RequestsMock, part: str = "/services/data") -> list[PreparedRequest]:
    return [each.request for each in org.calls if part in str(each.request.url)]


def test_every_call_carries_our_headers_also_the_one_after_a_renewed_token(
    client: SalesforceClient, org: responses.RequestsMock
) -> None:
    org.patch(UPSERT, status=401, body=EXPIRED)
    org.patch(UPSERT, json=[])
    client.upsert("Account", "LeaseWorks_Id__c", [[]])
    assert [each.headers["Authorization"] for each in calls(org)] == ["Bearer token-1", "Bearer token-2"]
    for each in calls(org):
        assert each.headers["Sforce-Auto-Assign"] == "FALSE"
        assert each.headers["Sforce-Call-Options"] == "client=drawbar"
        assert each.headers["User-Agent"].startswith("drawbar/")


def test_simple_salesforce_goes_the_same_way(client: SalesforceClient, org: responses.RequestsMock) -> None:
    org.get(f"{BASE}/query/", status=401, body=EXPIRED)
    org.get(f"{BASE}/query/", status=503)
    org.get(f"{BASE}/query/", json={"records": [{"Amount": 1.10}], "done": True})
    client.salesforce.query("SELECT Amount FROM Opportunity")
    sent = calls(org)
    assert [each.headers["Authorization"] for each in sent] == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]
    assert {each.headers["Sforce-Auto-Assign"] for each in sent} == {"FALSE"}


def test_whatever_address_a_call_names_it_goes_to_the_org_of_the_token(
    client: SalesforceClient, org: responses.RequestsMock
) -> None:
    org.get(f"{INSTANCE}/services/data/v67.0/query/0x-500", json={"records": [], "done": True})
    client.salesforce.session.get("https://evil.example/services/data/v67.0/query/0x-500")
    assert len(org.calls) == 2


@pytest.mark.parametrize("use", ["ours", "simple-salesforce"])
def test_a_lasting_401_costs_three_requests_and_stops_the_run(
    client: SalesforceClient, org: responses.RequestsMock, use: str
) -> None:
    org.get(f"{BASE}/limits/", json={})
    client.limits()
    before = len(org.calls)
    org.add(responses.Response(method="GET", url=f"{BASE}/sobjects/Case/describe", status=401, body=EXPIRED))
    with pytest.raises(LoginRefused, match="INVALID_SESSION_ID"):
        client.describe("Case") if use == "ours" else client.salesforce.Case.describe()  # type: ignore[operator]
    assert len(org.calls) - before == 3


def test_sixteen_threads_whose_token_expires_together_cause_one_refresh(
    client: SalesforceClient, org: responses.RequestsMock
) -> None:
    together = threading.Barrier(16)

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers["Authorization"] == "Bearer token-2":
            return 200, {}, "{}"
        together.wait()
        return 401, {}, EXPIRED

    org.add_callback("GET", f"{BASE}/limits/", callback=answer)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: client.limits(), range(16)))
    assert len(calls(org, "/oauth2/token")) == 2
    assert len(calls(org)) == 32


def test_no_thread_calls_inside_the_window_of_a_retry_after(
    client: SalesforceClient, org: responses.RequestsMock, fake_time: FakeTime
) -> None:
    called_at: list[float] = []

    def answer(_: PreparedRequest) -> tuple[int, dict[str, str], str]:
        called_at.append(fake_time.seconds)
        return (429, {"Retry-After": "20"}, "") if len(called_at) == 1 else (200, {}, "{}")

    org.add_callback("GET", f"{BASE}/limits/", callback=answer)
    client.limits()
    client.limits()
    assert called_at == [0.0, 20.0, 20.0]


def test_a_long_retry_after_is_handed_back_and_holds_for_the_next_call_too(
    client: SalesforceClient, org: responses.RequestsMock, fake_time: FakeTime
) -> None:
    org.get(f"{BASE}/limits/", status=503, headers={"Retry-After": "300"})
    for left in (300.0, 200.0):
        with pytest.raises(SalesforceBusy) as busy:
            client.limits()
        assert busy.value.after_seconds == left
        fake_time.seconds += 100
    assert len(calls(org)) == 1
    assert fake_time.slept == []


def test_the_daily_limit_is_not_waited_for(
    client: SalesforceClient, org: responses.RequestsMock, fake_time: FakeTime
) -> None:
    status, body = recorded("REQUEST_LIMIT_EXCEEDED_daily")
    org.get(f"{BASE}/limits/", status=status, body=body)
    with pytest.raises(QuotaSpent):
        client.limits()
    assert (len(calls(org)), fake_time.slept) == (1, [])


def test_too_many_long_calls_at_once_are_waited_for(client: SalesforceClient, org: responses.RequestsMock) -> None:
    status, body = recorded("REQUEST_LIMIT_EXCEEDED_concurrent")
    org.get(f"{BASE}/limits/", status=status, body=body)
    org.get(f"{BASE}/limits/", json={"ok": 1})
    assert client.limits() == {"ok": 1}


def test_a_lost_answer_is_asked_for_again_where_a_repeat_does_no_harm(
    client: SalesforceClient, org: responses.RequestsMock
) -> None:
    org.patch(UPSERT, body=requests.ConnectionError("reset"))
    org.patch(UPSERT, json=[])
    client.upsert("Account", "LeaseWorks_Id__c", [[]])
    org.post(f"{BASE}/sobjects/Case", body=requests.ConnectionError("reset"))
    with pytest.raises(SalesforceBusy, match="may have had its effect"):
        client.call("POST", "sobjects/Case", body={"Subject": "once"})
    assert [each.method for each in calls(org)] == ["PATCH", "PATCH", "POST"]


def test_an_answer_cut_short_is_asked_for_again(client: SalesforceClient, org: responses.RequestsMock) -> None:
    org.get(f"{BASE}/limits/", body='{"ok":', headers={"Content-Length": "500"})
    org.get(f"{BASE}/limits/", json={"ok": 1})
    assert client.limits() == {"ok": 1}


def test_an_upload_is_sent_again_from_its_beginning(client: SalesforceClient, org: responses.RequestsMock) -> None:
    bodies: list[bytes] = []

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        bodies.append(request.body)  # type: ignore[arg-type]
        return (201 if len(bodies) == 3 else (401, 503)[len(bodies) - 1]), {}, ""

    org.add_callback("PUT", f"{BASE}/jobs/ingest/750x/batches", callback=answer)
    client.send_csv("jobs/ingest/750x/batches", io.BytesIO(b"a,b\n1,2\n"))
    assert bodies == [b"a,b\n1,2\n"] * 3


def test_the_calls_left_are_known_after_every_answer(client: SalesforceClient, org: responses.RequestsMock) -> None:
    org.get(f"{BASE}/limits/", json={}, headers={"Sforce-Limit-Info": "api-usage=18/100000"})
    org.get(f"{BASE}/limits/", status=404, headers={"Sforce-Limit-Info": "api-usage=19/100000; per-app-api-usage=1/2"})
    client.limits()
    assert (client.gauge.budget.used, client.gauge.budget.allowed) == (18, 100_000)
    with pytest.raises(SalesforceStopped):
        client.limits()
    assert client.gauge.budget.used == 19


def test_work_stops_at_the_reserve_and_asks_again_when_the_reading_is_old(
    client: SalesforceClient, org: responses.RequestsMock, fake_time: FakeTime
) -> None:
    org.get(f"{BASE}/limits/", json={}, headers={"Sforce-Limit-Info": "api-usage=80000/100000"})
    client.gauge.require()
    client.limits()
    with pytest.raises(QuotaSpent, match="80000 of 100000"):
        client.gauge.require()
    fake_time.seconds += 601
    client.gauge.require()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "UNABLE_TO_LOCK_ROW", SalesforceBusy),
        (503, "SERVER_UNAVAILABLE", SalesforceBusy),
        (429, "TOO_MANY_REQUESTS", SalesforceBusy),
        (500, "UNKNOWN_EXCEPTION", SalesforceBusy),
        (502, "", SalesforceBusy),
        (400, "QUERY_TIMEOUT", SalesforceBusy),
        (400, "JSON_PARSER_ERROR", SalesforceRefused),
        (400, "SOMETHING_NEW", SalesforceRefused),
        (403, "SOMETHING_NEW", SalesforceStopped),
        (403, "API_DISABLED_FOR_ORG", SalesforceStopped),
        (404, "NOT_FOUND", SalesforceStopped),
        (410, "UNSUPPORTED_API_VERSION", SalesforceStopped),
        (403, "REQUEST_LIMIT_EXCEEDED", QuotaSpent),
    ],
)
def test_status_and_code_say_what_happens_next(
    client: SalesforceClient, org: responses.RequestsMock, status: int, code: str, expected: type[DrawbarError]
) -> None:
    org.patch(UPSERT, status=status, body=refuse(status, code)[2])
    with pytest.raises(expected) as raised:
        client.upsert("Account", "LeaseWorks_Id__c", [[]])
    assert code in str(raised.value)
    assert raised.value.remedy


@pytest.mark.parametrize("code", sorted(RULINGS))
def test_every_known_code_has_a_remedy_that_is_a_sentence(code: str) -> None:
    remedy = RULINGS[code].remedy
    assert remedy.endswith(".")
    assert remedy[0].isupper()


def test_errors_say_what_happens_next_by_their_class() -> None:
    assert issubclass(SalesforceBusy, RetryLater)
    assert issubclass(SalesforceRefused, RecordRejected)
    assert all(issubclass(each, StopRun) for each in (SalesforceStopped, LoginRefused, QuotaSpent))


@pytest.mark.parametrize(
    ("name", "code", "fields"),
    [
        ("DUPLICATE_VALUE", "DUPLICATE_VALUE", ()),
        ("DUPLICATES_DETECTED_rest", "DUPLICATES_DETECTED", ()),
        ("ENTITY_IS_DELETED", "ENTITY_IS_DELETED", ()),
        ("UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_ROW", ()),
    ],
)
def test_recorded_errors_are_understood(name: str, code: str, fields: tuple[str, ...]) -> None:
    error = read_error(*recorded(name))
    assert (error.code, error.fields) == (code, fields)
    assert error.message


def test_several_records_with_one_external_id_are_an_error() -> None:
    error = read_error(300, (RECORDED / "upsert_multiple_error_response.json").read_text())
    assert error.code == "DUPLICATE_EXTERNAL_ID"


@pytest.mark.parametrize("body", ["", "<html>oops</html>", "[]", "{}", '"text"', "[1]"])
def test_a_body_that_is_no_error_is_survived(body: str) -> None:
    error = read_error(502, body)
    assert (error.code, error.ruling.kind) == ("", "retry")


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        ("DUPLICATE_VALUE:X is on id: 006:--", "DUPLICATE_VALUE", "X is on id: 006", ()),
        ("REQUIRED_FIELD_MISSING:Missing: [A, B]:A,B --", "REQUIRED_FIELD_MISSING", "Missing: [A, B]", ("A", "B")),
        ("UNABLE_TO_LOCK_ROW:busy: 001", "UNABLE_TO_LOCK_ROW", "busy: 001", ()),
        ("ODD", "ODD", "", ()),
    ],
)
def test_row_errors_of_bulk_results_are_understood(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    error = read_row_error(text)
    assert (error.code, error.message, error.fields) == (code, message, fields)


def test_neither_logs_nor_errors_hold_a_token_a_secret_or_a_body(
    client: SalesforceClient, org: responses.RequestsMock
) -> None:
    org.patch(UPSERT, status=401, body=EXPIRED)
    org.patch(UPSERT, body=requests.ConnectionError("reset"))
    with structlog.testing.capture_logs() as logs, pytest.raises(SalesforceBusy) as raised:
        client.upsert("Account", "LeaseWorks_Id__c", [[{"Name": "078-05-1120"}]])
    text = f"{logs} {raised.value} {raised.value.__cause__!r} {client!r} {client.salesforce!r}"
    for secret in ("token-1", "token-2", "s3cret-canary", "078-05"):
        assert secret not in text
    assert LOGIN not in str(raised.value)
