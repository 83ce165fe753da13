"""The query resources: pages that stay as they were, sizes, and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drawbar.sandbox.rest.call import Answer, Call
from drawbar.sandbox.rest.query import MOST_SNAPSHOTS, Locators, batch_size, query_endpoints
from drawbar.sandbox.rest.router import Router
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import INTEGRATION_USER_ID, open_org
from drawbar.sandbox.standard import minimal_objects, recorded_objects
from drawbar.sandbox.store import Org
from drawbar.sandbox.writing.results import WriteContext

RECORDED = Path(__file__).parent / "recorded"
CONTEXT = WriteContext(INTEGRATION_USER_ID)
SMALL_BATCHES = {"sforce-query-options": "batchSize=200"}


class QueryClient:
    """Calls the query resources of an org with 450 accounts."""

    def __init__(self, org: Org, locators: Locators) -> None:
        self.org = org
        self._router = Router(query_endpoints(locators))
        rows = [{"Name": f"Account {number:03}"} for number in range(450)]
        self.ids = [str(each.id) for each in org.write("create", "Account", rows, context=CONTEXT)]

    def get(self, path: str, headers: dict[str, str] | None = None, **query: str) -> Answer:
        call = Call(self.org, INTEGRATION_USER_ID, "67.0", "GET", path, query, headers or {})
        return self._router.answer(call)

    def query(self, text: str, *, resource: str = "/query", headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = self.get(resource, headers, q=text)
        assert answer.status == 200, answer.body
        return json.loads(json.dumps(answer.body))  # type: ignore[no-any-return]

    def further(self, url: str) -> dict[str, Any]:
        answer = self.get(url.removeprefix("/services/data/v67.0"))
        assert answer.status == 200, answer.body
        return json.loads(json.dumps(answer.body))  # type: ignore[no-any-return]


@pytest.fixture
def locators() -> Iterator[Locators]:
    locators = Locators()
    yield locators
    locators.close()


@pytest.fixture
def client(tmp_path: Path, locators: Locators) -> Iterator[QueryClient]:
    org = open_org(tmp_path / "org.db", Schema([*recorded_objects(), *minimal_objects()]))
    yield QueryClient(org, locators)
    org.close()


def test_a_small_answer_is_one_page(client: QueryClient) -> None:
    answer = client.query("SELECT Id, Name FROM Account WHERE Name LIKE 'Account 00%' ORDER BY Name")
    assert list(answer) == ["totalSize", "done", "records"]
    assert (answer["totalSize"], answer["done"], len(answer["records"])) == (10, True, 10)
    assert answer["records"][0] == {
        "attributes": {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{client.ids[0]}"},
        "Id": client.ids[0],
        "Name": "Account 000",
    }


def test_a_large_answer_comes_in_pages_of_the_size_asked_for(client: QueryClient) -> None:
    page = client.query("SELECT Name FROM Account ORDER BY Name", headers=SMALL_BATCHES)
    pages = [page]
    while not page["done"]:
        page = client.further(page["nextRecordsUrl"])
        pages.append(page)
    assert [len(each["records"]) for each in pages] == [200, 200, 50]
    assert {each["totalSize"] for each in pages} == {450}
    names = [record["Name"] for each in pages for record in each["records"]]
    assert names == [f"Account {number:03}" for number in range(450)]
    assert "nextRecordsUrl" not in pages[-1]


def test_pages_look_like_recorded_ones(client: QueryClient) -> None:
    first = client.query("SELECT Name FROM Account", headers=SMALL_BATCHES)
    last = client.further(client.further(first["nextRecordsUrl"])["nextRecordsUrl"])
    for ours, name in ((first, "first"), (last, "last")):
        recorded = json.loads((RECORDED / f"query_paginated_{name}_page_response.json").read_text())
        assert list(ours) == list(recorded)
    assert client.query("SELECT Id FROM Contact") == json.loads((RECORDED / "query_empty_response.json").read_text())


def test_pages_do_not_change_while_records_do(client: QueryClient) -> None:
    first = client.query("SELECT Name FROM Account ORDER BY Name", headers=SMALL_BATCHES)
    renamed = [{"Id": record_id, "Name": "A"} for record_id in client.ids[300:]]
    client.org.write("update", "Account", renamed, context=CONTEXT)
    client.org.write("delete", "Account", [{"Id": each} for each in client.ids[200:210]], context=CONTEXT)
    second = client.further(first["nextRecordsUrl"])
    assert second["records"][0]["Name"] == "Account 200"
    assert client.further(first["nextRecordsUrl"]) == second
    assert client.further(second["nextRecordsUrl"])["records"][-1]["Name"] == "Account 449"


def test_deleted_records_are_in_query_all_only(client: QueryClient) -> None:
    client.org.write("delete", "Account", [{"Id": client.ids[0]}], context=CONTEXT)
    query = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Account 000'"
    assert client.query(query)["totalSize"] == 0
    assert client.query(query, resource="/queryAll")["records"][0]["IsDeleted"] is True
    page = client.query("SELECT Id FROM Account", resource="/queryAll", headers=SMALL_BATCHES)
    assert page["totalSize"] == 450
    assert page["nextRecordsUrl"].startswith("/services/data/v67.0/queryAll/01g")
    assert len(client.further(page["nextRecordsUrl"])["records"]) == 200


def test_counting_answers_with_a_size_only(client: QueryClient) -> None:
    assert client.query("SELECT COUNT() FROM Account") == {"totalSize": 450, "done": True, "records": []}


@pytest.mark.parametrize("locator", ["01g000000000000AAA-200", "nonsense", "01g000000000000AAA", "01g-200"])
def test_an_unknown_locator_is_refused(client: QueryClient, locator: str) -> None:
    answer = client.get(f"/query/{locator}")
    assert answer.status == 400
    assert answer.body[0]["errorCode"] == "INVALID_QUERY_LOCATOR"  # type: ignore[index]


def test_a_locator_names_the_start_of_a_page(client: QueryClient) -> None:
    url = client.query("SELECT Id FROM Account", headers=SMALL_BATCHES)["nextRecordsUrl"]
    answer = client.get(url.removeprefix("/services/data/v67.0").replace("-200", "-201"))
    assert answer.body[0]["errorCode"] == "INVALID_QUERY_LOCATOR"  # type: ignore[index]


def test_only_the_newest_answers_are_kept(client: QueryClient) -> None:
    first = client.query("SELECT Id FROM Account LIMIT 201", headers=SMALL_BATCHES)["nextRecordsUrl"]
    for _ in range(MOST_SNAPSHOTS):
        client.query("SELECT Id FROM Account LIMIT 201", headers=SMALL_BATCHES)
    answer = client.get(first.removeprefix("/services/data/v67.0"))
    assert answer.body[0]["errorCode"] == "INVALID_QUERY_LOCATOR"  # type: ignore[index]


@pytest.mark.parametrize(
    ("header", "size"),
    [("", 2000), ("batchSize=500", 500), ("batchSize = 1", 200), ("batchSize=9000", 2000), ("batchSize=x", 2000)],
)
def test_a_page_has_200_to_2000_records(header: str, size: int) -> None:
    assert batch_size(header) == size


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
    ],
)
def test_a_refused_query_answers_with_message_and_code(client: QueryClient, query: str, code: str) -> None:
    answer = client.get("/query", q=query)
    assert answer.status == 400
    assert isinstance(answer.body, list)
    assert list(answer.body[0]) == ["message", "errorCode"]
    assert answer.body[0]["errorCode"] == code
