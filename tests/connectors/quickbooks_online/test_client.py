"""Calls as they are on the wire: pace, throttling, tokens that end, answers that cannot be read, faults."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.connectors.quickbooks_online.errors import QuickBooksRefused, as_exception, read_fault
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.vendor import VendorBusy, VendorStopped
from drawbar.middleware.vendor_json import to_json
from drawbar.middleware.vendor_login import LogInRefused
from tests.connectors.quickbooks_online.conftest import OpenClient, Served

DOCUMENTED = json.loads((Path(__file__).parent / "documented" / "faults.json").read_text())


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case["name"])
def test_a_fault_is_an_error_by_its_consequence(case: dict[str, Any]) -> None:
    kinds = {"record": QuickBooksRefused, "retry": VendorBusy, "stop": VendorStopped}
    body = case["body"] if isinstance(case["body"], str) else json.dumps(case["body"])

    fault = read_fault(case["status"], body)
    error = as_exception(fault)

    assert (fault.code, fault.element) == (case["code"], case.get("element", ""))
    assert type(error) is kinds[case["kind"]]
    assert error.remedy


@pytest.mark.fault(13)
def test_a_throttled_call_waits_and_nobody_calls_meanwhile(client: QuickBooksClient, quickbooks: Served) -> None:
    client.company()
    quickbooks.vendor.calls_per_minute = 1

    assert client.company()["CompanyName"]

    assert sum(quickbooks.time.slept) >= 60
    assert quickbooks.calls == 3, "the first, the throttled one, and the one after the minute"


def test_a_minute_has_so_many_calls_and_the_next_one_waits(open_client: OpenClient, quickbooks: Served) -> None:
    client = open_client(calls_per_minute=5)
    for _ in range(5):
        client.company()
    assert sum(quickbooks.time.slept) == 0

    client.company()

    assert sum(quickbooks.time.slept) == 60
    assert quickbooks.calls == 6, "none of them was refused"


def test_no_more_than_ten_calls_are_under_way_at_once(client: QuickBooksClient, quickbooks: Served) -> None:
    company, ten = Starlette(routes=list(quickbooks.vendor.routes())), asyncio.Event()
    under_way: list[int] = [0]

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        under_way.append(under_way[-1] + 1)
        if under_way[-1] == 10:
            await asyncio.sleep(0.3)  # in which an eleventh would come
            ten.set()
        await ten.wait()
        await company(scope, receive, send)
        under_way.append(under_way[-1] - 1)

    client.company()
    quickbooks.answer_with(counted)
    with ThreadPoolExecutor(25) as pool:
        list(pool.map(lambda _: client.company(), range(50)))

    assert max(under_way) == 10


def test_a_throttle_that_lasts_longer_than_we_wait_pauses_the_run(open_client: OpenClient, quickbooks: Served) -> None:
    quickbooks.arm("429", "companyinfo/*", retry_after=3_600)
    client = open_client()

    with pytest.raises(VendorBusy) as first:
        client.company()
    with pytest.raises(VendorBusy, match="asked not to be called yet"):
        client.company()

    assert first.value.after_seconds == 3_600
    assert quickbooks.calls == 1


@pytest.mark.fault(16)
def test_a_token_that_ends_under_sixteen_threads_is_renewed_once(client: QuickBooksClient, quickbooks: Served) -> None:
    client.company()
    quickbooks.vendor.logins.end_all()

    with ThreadPoolExecutor(16) as pool:
        names = [each["CompanyName"] for each in pool.map(lambda _: client.company(), range(16))]

    assert names == ["Sandbox Trucks"] * 16
    assert quickbooks.vendor.logins.refreshes == 2, "the log-in, and one renewal"


def test_a_company_that_never_takes_the_token_ends_in_a_stop(client: QuickBooksClient, quickbooks: Served) -> None:
    quickbooks.arm("401", "companyinfo/*", times=2)
    with pytest.raises(LogInRefused, match="has just given"):
        client.company()


@pytest.mark.parametrize("kind", ["500", "503", "reset-before", "truncate"])
def test_an_answer_that_fails_or_is_cut_in_half_is_asked_for_again(
    client: QuickBooksClient, quickbooks: Served, kind: str
) -> None:
    quickbooks.arm(kind, "query", times=2)
    assert len(list(client.query("Account"))) == 19


def test_a_service_that_stays_down_leaves_everything_for_later(client: QuickBooksClient, quickbooks: Served) -> None:
    quickbooks.arm("500", "query", times=None)
    with pytest.raises(VendorBusy):
        list(client.query("Account"))
    assert quickbooks.calls == 5


def test_pages_follow_each_other_until_one_is_not_full(client: QuickBooksClient, quickbooks: Served) -> None:
    for number in range(1_003):
        quickbooks.vendor.company.write("Customer", {"DisplayName": f"Buyer {number}"})
    assert len({each["Id"] for each in client.query("Customer")}) == 1_004


def test_a_file_is_attached_to_a_bill_once(client: QuickBooksClient, quickbooks: Served) -> None:
    made = [client.attach("Bill", "7", "invoice.pdf", b"%PDF-1.7", "application/pdf", "same-id") for _ in range(2)]

    assert made[0] == made[1]
    assert quickbooks.vendor.company.attachments == {made[0]: b"%PDF-1.7"}


def test_a_batch_of_more_than_thirty_is_a_mistake_of_the_caller(client: QuickBooksClient) -> None:
    with pytest.raises(ValueError, match="30"):
        client.batch([{"operation": "create"}] * 31, "id")


@pytest.mark.parametrize("answer", [{}, {"CompanyInfo": {}, "Fault": {"Error": [{"code": "10000"}]}}, []])
def test_an_answer_that_holds_something_else_ends_in_a_named_error(
    client: QuickBooksClient, quickbooks: Served, answer: object
) -> None:
    async def other(_request: Request) -> JSONResponse:
        return JSONResponse(answer)

    client.company()
    quickbooks.answer_with(Starlette(routes=[Route("/{path:path}", other)]))
    with pytest.raises(DrawbarError) as refused:
        client.company()
    assert isinstance(refused.value, VendorStopped | VendorBusy)


def test_amounts_keep_their_digits_in_json() -> None:
    amounts = [Decimal("0.10"), Decimal("9999999999999.99"), Decimal("1234567.89")]
    assert json.loads(to_json({"a": amounts}), parse_float=Decimal) == {"a": amounts}
    with pytest.raises(ValueError, match="too many digits"):
        to_json({"a": Decimal("12345678901234567890.12")})
