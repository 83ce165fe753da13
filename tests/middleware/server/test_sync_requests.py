"""A sync request is acknowledged once it is stored, and tells how it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from drawbar.middleware.records import TargetRecord
from drawbar.middleware.server.sync_requests import KIND
from drawbar.middleware.sync.inbox import Inbox, Message
from drawbar.middleware.sync.outbox import Outbox
from drawbar.middleware.sync.tables import delivery, inbox_message, outbox
from tests.middleware.server.served import Served, problem, rows, signed


def stored(server: Served, request_id: str) -> Any:
    (row,) = rows(server.engine, select(inbox_message).where(inbox_message.c.id == request_id))
    return row


def test_what_is_acknowledged_is_in_the_inbox(server: Served) -> None:
    answer = server.ask("LW1")

    told = answer.json()
    assert (answer.status_code, told["state"], answer.headers["Location"]) == (
        202, "waiting", f"/v1/sync-requests/{told['id']}"
    )  # fmt: skip
    row = stored(server, told["id"])
    assert (row.sender, row.kind, row.body) == ("yard", KIND, b'{"object":"Account","key":"LW1"}')


def test_a_request_that_is_repeated_under_its_key_is_the_first_one(server: Served) -> None:
    first, again = (server.ask("LW2", headers={"Idempotency-Key": "k-1"}) for _ in range(2))
    other = server.ask("LW3", headers={"Idempotency-Key": "k-1"})

    assert again.json() == first.json()
    assert (other.status_code, problem(other)["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"object": "Account"}, "key"), ({"object": "Account", "key": ""}, "key"), ([], ""),
        ({"object": "Acount", "key": "1"}, "object"), ({"object": "Account", "key": "1", "urgent": True}, "urgent"),
    ],
)  # fmt: skip
def test_a_request_that_is_not_understood_is_refused_by_field_without_its_words(
    server: Served, asked: Any, field: str
) -> None:
    refused = server.call("POST", "/v1/sync-requests", key=server.key("yard"), json=asked)

    assert (refused.status_code, problem(refused).get("field", "")) == (422, field)
    assert problem(refused)["remedy"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415), ({"Content-Type": "application/json; charset=utf-8"}, 202),
        ({"Idempotency-Key": ""}, 422), ({"Idempotency-Key": "k" * 201}, 422),
    ],
)  # fmt: skip
def test_a_request_is_json_under_a_key_that_is_none_or_short(
    server: Served, headers: dict[str, str], status: int
) -> None:
    asked = b'{"object": "Account", "key": "LW5"}'
    sent = {"Content-Type": "application/json"} | headers

    assert (
        server.call("POST", "/v1/sync-requests", key=server.key("yard"), data=asked, headers=sent).status_code == status
    )


def test_a_body_that_is_no_json_is_refused_without_its_words(server: Served) -> None:
    headers = {"Content-Type": "application/json"}
    refused = server.call("POST", "/v1/sync-requests", key=server.key("yard"), data=b"{Jane Doe", headers=headers)

    assert (refused.status_code, problem(refused)["code"]) == (422, "INVALID")
    assert b"Jane" not in refused.content


def test_a_request_tells_how_far_its_record_has_come(server: Served) -> None:
    told = server.ask("LW4").json()
    place, record = f"/v1/sync-requests/{told['id']}", TargetRecord("Account", "LW4", {"Name": "x"})

    def state() -> str:
        return str(server.call("GET", place, key=server.key("yard")).json()["state"])

    with server.engine.begin() as connection:
        Outbox(connection, "salesforce").put_again(record, "upsert", "asked", run_id="r", now=server.clock())
        Inbox(connection).end(stored(server, told["id"]).number, "handled", server.clock())
    assert state() == "queued"
    line = {"target": "salesforce", "object": "Account", "key": "LW4", "operation": "upsert", "run_id": "r"}
    with server.engine.begin() as connection:
        connection.execute(outbox.delete())
        connection.execute(insert(delivery).values(**line, status="refused", message="No.", at=server.clock()))
    assert state() == "refused"
    with server.engine.begin() as connection:
        connection.execute(insert(delivery).values(**line, status="updated", at=server.clock()))
    assert state() == "delivered"


def test_another_kind_of_message_is_no_sync_request(server: Served) -> None:
    with server.engine.begin() as connection:
        (kept,) = Inbox(connection).store([Message("yard", "w-1", "record.changed", b"{}")], server.clock())

    answer = server.call("GET", f"/v1/sync-requests/{getattr(kept, 'id', '')}", key=server.key("yard"))

    assert answer.status_code == 404


@pytest.mark.fault(6)
def test_on_a_full_disk_nothing_is_acknowledged_and_it_goes_on_when_there_is_room(server: Served) -> None:
    def full(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # which SQLite takes as: no more than there are

    body = json.dumps({"data": "x" * 19_000})
    headers = signed("full", server.clock(), body.encode())
    server.engine.dispose()
    event.listen(server.engine, "connect", full)
    refused = server.call("POST", "/webhooks/yard", data=body, headers=headers)
    event.remove(server.engine, "connect", full)
    server.engine.dispose()

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "could not be stored" in problem(refused)["detail"]
    assert rows(server.engine, select(inbox_message.c.id).where(inbox_message.c.message_id == "full")) == []
    assert server.call("POST", "/webhooks/yard", data=body, headers=headers).status_code == 204
