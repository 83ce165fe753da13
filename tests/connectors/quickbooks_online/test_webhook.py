"""Webhooks: only Intuit's are believed, both shapes are understood, each event counts once."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from drawbar.connectors.quickbooks_online.webhook import IntuitSignature, WebhookRefused, hints, verify
from drawbar.middleware.server.webhooks import BadSignature

DOCUMENTED = Path(__file__).parent / "documented"
TOKEN = SecretStr("verifier-canary")


def signature(body: bytes) -> str:
    return base64.b64encode(hmac.digest(b"verifier-canary", body, hashlib.sha256)).decode()


def payload(name: str) -> bytes:
    return (DOCUMENTED / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", ["webhook-former", "webhook-cloudevents"])
def test_a_body_with_its_signature_passes(name: str) -> None:
    verify(payload(name), signature(payload(name)), TOKEN)


def test_one_bit_changed_anywhere_is_refused() -> None:
    body = payload("webhook-former")
    good = signature(body)
    for place in range(0, len(body), 7):
        changed = bytearray(body)
        changed[place] ^= 1
        with pytest.raises(WebhookRefused) as refused:
            verify(bytes(changed), good, TOKEN)
    for wrong in ("", "x", good[:-4], good.lower(), "Größe"):
        with pytest.raises(WebhookRefused):
            verify(body, wrong, TOKEN)
    assert "canary" not in str(refused.value)


def test_the_scheme_of_the_server_gives_an_id_that_stays_and_lets_nobody_else_in() -> None:
    body, scheme = payload("webhook-former"), IntuitSignature(TOKEN)
    headers = {"intuit-signature": signature(body)}
    first, again = (scheme.message_id(headers, body, datetime(2026, 3, day, tzinfo=UTC)) for day in (2, 3))
    assert first == again != ""
    for wrong in ({}, {"intuit-signature": "x"}):
        with pytest.raises(BadSignature, match="not that of the body"):
            scheme.message_id(wrong, body, datetime(2026, 3, 2, tzinfo=UTC))


def test_the_former_shape_gives_each_event_once_with_an_id_that_stays() -> None:
    found = hints(payload("webhook-former"))
    assert [(each.realm_id, each.entity, each.number, each.operation) for each in found] == [
        ("9130350000000001", "bill", "145", "updated"),
        ("9130350000000001", "vendor", "12", "created"),
    ]
    assert [each.event_id for each in found] == [each.event_id for each in hints(payload("webhook-former"))]
    assert len({each.event_id for each in found}) == 2


def test_cloud_events_are_understood_with_their_own_ids() -> None:
    found = hints(payload("webhook-cloudevents"))
    assert [(each.event_id[:8], each.entity, each.number, each.operation) for each in found] == [
        ("88cd52aa", "bill", "145", "updated"),
        ("5c1b1e2d", "journalentry", "146", "deleted"),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "neither shape"),
        (b"{}", "neither shape"),
        (payload("webhook-cloudevents").replace(b"qbo.bill.updated.v1", b"qbo.bill.eaten.v1"), "qbo.bill.eaten.v1"),
        (payload("webhook-former").replace(b'"Create"', b'"Eat"'), "unknown operation 'eat'"),
        (payload("webhook-former").replace(b"06:00:00.000Z", b"06:00:00"), "neither shape"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(body: bytes, says: str) -> None:
    with pytest.raises(WebhookRefused, match=says) as refused:
        hints(body)
    assert refused.value.remedy
