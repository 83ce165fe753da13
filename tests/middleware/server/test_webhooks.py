"""A webhook is believed only when its sender has signed it, just now and as it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from requests import Response
from sqlalchemy import func, select

from drawbar.middleware.sync.tables import inbox_message
from tests.middleware.server.served import BODY, YARD_KEYS, Served, problem, rows, signed


def send(server: Served, headers: dict[str, str], body: bytes = BODY, source: str = "yard") -> Response:
    return server.call("POST", f"/webhooks/{source}", data=body, headers=headers)


def known(server: Served, message_id: str) -> int:
    statement = select(func.count()).where(inbox_message.c.message_id == message_id)
    return int(rows(server.engine, statement)[0][0])


@pytest.mark.parametrize("key", YARD_KEYS)
def test_a_webhook_signed_with_either_key_is_stored_as_it_came(server: Served, key: str) -> None:
    answer = send(server, signed(f"w {key[-4:]}", server.clock(), key=key))

    assert (answer.status_code, answer.content) == (204, b"")
    (row,) = rows(server.engine, select(inbox_message).where(inbox_message.c.message_id == f"w {key[-4:]}"))
    assert (row.sender, row.kind, row.body) == ("webhook yard", "record.changed", BODY)


@pytest.mark.fault(26)
@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 204), (300, 204), (301, 401)])
def test_a_webhook_counts_five_minutes_before_and_after(server: Served, seconds: int, status: int) -> None:
    headers = signed(f"time {seconds}", server.clock() + timedelta(seconds=seconds))

    assert send(server, headers).status_code == status
    assert known(server, f"time {seconds}") == (status == 204)


@pytest.mark.fault(26)
def test_a_webhook_that_is_replayed_has_no_second_effect_and_later_is_refused(server: Served) -> None:
    headers = signed("replayed", server.clock())

    assert [send(server, headers).status_code for _ in range(3)] == [204, 204, 204]
    assert known(server, "replayed") == 1
    server.clock.turn(301)
    assert send(server, headers).status_code == 401
    assert send(server, {**headers, "webhook-timestamp": str(int(server.clock().timestamp()))}).status_code == 401
    assert known(server, "replayed") == 1


@pytest.mark.fault(26)
def test_with_one_bit_changed_anywhere_a_webhook_is_refused(server: Served) -> None:
    right = signed("bits", server.clock())
    for position in range(0, len(BODY), 7):
        changed = bytearray(BODY)
        changed[position] ^= 1
        assert send(server, right, bytes(changed)).status_code == 401
    for name, value in right.items():
        last = value.rstrip("=")[:-2]
        changed_header = value.replace(last, last[:-1] + chr(ord(last[-1]) ^ 1))
        assert problem(send(server, {**right, name: changed_header}))["status"] == 401

    assert known(server, "bits") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": ""}, {"webhook-timestamp": "soon"}, {"webhook-timestamp": "9" * 40}, {"webhook-timestamp": "-5"},
        {"webhook-signature": ""}, {"webhook-signature": "v1"}, {"webhook-signature": "v1,x v2,é"},
    ],
)  # fmt: skip
def test_a_webhook_with_odd_headers_is_refused(server: Served, changes: dict[str, str]) -> None:
    odd = {name: value.encode("latin-1").decode("latin-1") for name, value in changes.items()}

    assert send(server, {**signed("odd", server.clock()), **odd}).status_code == 401
    assert known(server, "odd") == 0


def test_a_body_that_is_no_text_is_refused(server: Served) -> None:
    assert send(server, signed("bytes", server.clock()), b"\xff\xfe").status_code == 401


def test_another_body_under_the_same_id_is_a_conflict(server: Served) -> None:
    send(server, signed("same", server.clock()))

    other = BODY.replace(b"A1", b"A2")
    assert problem(send(server, signed("same", server.clock(), other), other))["status"] == 409


def test_a_source_that_nobody_configured_is_not_there(server: Served) -> None:
    assert problem(send(server, signed("x", server.clock()), source="mill"))["status"] == 404
