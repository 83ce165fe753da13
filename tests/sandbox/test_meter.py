"""The meter counts what a client has used, and the daily limit is enforced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbar.sandbox.control import control_routes
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.meter import Meter, MeterMiddleware, counts_against_limit, kind_of, note_records
from tests.sandbox.asgi import Answer, call

DATA = "/services/data/v67.0"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> Meter:
    return Meter(daily_limit=3, clock=clock)


@dataclass(frozen=True)
class Client:
    """A client of an org whose every endpoint receives 2 records and sends 3."""

    app: ASGIApp

    def get(self, target: str) -> Answer:
        return call(self.app, "GET", target)

    def post(self, target: str, body: bytes = b"") -> Answer:
        return call(self.app, "POST", target, body)


@pytest.fixture
def client(meter: Meter) -> Client:
    async def answer(request: Request) -> Response:
        await request.body()
        note_records(received=2, sent=3)
        return JSONResponse({"ok": 1}, status_code=401 if "expired" in request.url.path else 200)

    routes = [*control_routes(meter=meter, faults=Faults()), Route("/{path:path}", answer, methods=["GET", "POST"])]
    return Client(MeterMiddleware(Starlette(routes=routes), meter=meter))


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/services/oauth2/token", "oauth"),
        ("GET", f"{DATA}/sobjects", "describe"),
        ("GET", f"{DATA}/sobjects/Case/describe", "describe"),
        ("GET", f"{DATA}/sobjects/Case/500000000000001AAA", "rest read"),
        ("POST", f"{DATA}/sobjects/Case", "rest write"),
        ("PATCH", f"{DATA}/sobjects/Account/LeaseWorks_Id__c/LW1", "rest write"),
        ("GET", f"{DATA}/query", "query"),
        ("GET", f"{DATA}/query/01g000000000001AAA-2000", "query"),
        ("GET", f"{DATA}/queryAll", "query"),
        ("PATCH", f"{DATA}/composite/sobjects/Account/LeaseWorks_Id__c", "collections"),
        ("POST", f"{DATA}/composite", "composite"),
        ("POST", f"{DATA}/composite/batch", "composite"),
        ("PUT", f"{DATA}/jobs/ingest/750000000000001AAA/batches", "bulk ingest"),
        ("GET", f"{DATA}/jobs/query/750000000000001AAA/results", "bulk query"),
        ("GET", f"{DATA}/limits", "limits"),
        ("GET", "/services/data", "other"),
    ],
)
def test_a_call_is_counted_by_its_kind(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path) == kind


def test_log_in_and_the_list_of_versions_are_not_api_calls() -> None:
    assert not counts_against_limit("/services/oauth2/token")
    assert not counts_against_limit("/services/data/")
    assert counts_against_limit(f"{DATA}/limits")


def test_calls_records_and_bytes_are_counted(client: Client, meter: Meter) -> None:
    client.post(f"{DATA}/sobjects/Case", b"12345")
    client.post(f"{DATA}/sobjects/Case", b"123")
    assert meter.snapshot()["kinds"] == {
        "rest write": {
            "calls": 2,
            "refused": 0,
            "records_in": 4,
            "records_out": 6,
            "bytes_in": 8,
            "bytes_out": 2 * len(b'{"ok":1}'),
        }
    }


def test_each_api_answer_tells_the_usage(client: Client) -> None:
    assert client.get(f"{DATA}/limits").headers["sforce-limit-info"] == "api-usage=1/3"
    assert client.get(f"{DATA}/limits").headers["sforce-limit-info"] == "api-usage=2/3"
    assert "sforce-limit-info" not in client.post("/services/oauth2/token").headers
    assert "sforce-limit-info" not in client.get(f"{DATA}/expired").headers


def test_a_spent_limit_refuses_api_calls_without_retry_after(client: Client, meter: Meter) -> None:
    for _ in range(3):
        assert client.get(f"{DATA}/limits").status == 200
    refused = client.get(f"{DATA}/limits")
    assert refused.status == 403
    assert refused.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert refused.headers["sforce-limit-info"] == "api-usage=3/3"
    assert "retry-after" not in refused.headers
    assert client.post("/services/oauth2/token").status == 200
    assert meter.used == 3


def test_calls_leave_the_limit_after_24_hours(client: Client, meter: Meter, clock: Clock) -> None:
    for _ in range(3):
        client.get(f"{DATA}/limits")
    clock.now += timedelta(hours=23, minutes=59)
    assert client.get(f"{DATA}/limits").status == 403
    clock.now += timedelta(minutes=1)
    assert client.get(f"{DATA}/limits").status == 200
    assert meter.used == 1


def test_the_meter_is_read_cleared_and_set_on_the_control_endpoint(client: Client) -> None:
    client.get(f"{DATA}/limits")
    shown = client.get("/sandbox/meter").json()
    assert (shown["total"]["calls"], shown["api_calls_last_24_hours"], shown["daily_limit"]) == (1, 1, 3)
    assert call(client.app, "DELETE", "/sandbox/meter").json() == shown
    assert client.get("/sandbox/meter").json()["kinds"] == {}
    assert client.get("/sandbox/meter").json()["api_calls_last_24_hours"] == 1
    call(client.app, "DELETE", "/sandbox/meter?limit=true")
    assert client.get("/sandbox/meter").json()["api_calls_last_24_hours"] == 0
    assert call(client.app, "PATCH", "/sandbox/meter", b'{"daily_limit": 0}').json()["daily_limit"] == 0
    assert client.get(f"{DATA}/limits").status == 403


def test_the_control_endpoints_answer_only_on_loopback(meter: Meter) -> None:
    app = Starlette(routes=control_routes(meter=meter, faults=Faults()))
    assert call(app, "GET", "/sandbox/meter", client="192.0.2.7").status == 403
    assert call(app, "GET", "/sandbox/meter", client="::1").status == 200


def test_a_call_is_counted_before_its_client_has_the_answer(meter: Meter) -> None:
    seen: list[object] = []

    async def answered(message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            seen.append(meter.snapshot()["total"])

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        note_records(received=2, sent=3)
        await JSONResponse({})(scope, receive, send)

    scope = {"type": "http", "method": "GET", "path": f"{DATA}/query", "headers": []}
    anyio.run(MeterMiddleware(answer, meter=meter), scope, nothing, answered)

    assert seen == [meter.snapshot()["total"]]
    assert isinstance(seen[0], dict)
    assert (seen[0]["calls"], seen[0]["records_in"], seen[0]["records_out"]) == (1, 2, 3)


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
