"""Who calls: passwords as text and as digest, old and repeated messages."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select

from drawbar.middleware.server.soap.envelope import SOAP_11, SOAP_12, SoapVersion
from drawbar.middleware.server.soap.security import StoredNonces
from drawbar.middleware.server.soap.tables import soap_nonce
from tests.middleware.server.soap.invoices import CALLER, NOW, PASSWORD, invoice_host
from tests.middleware.server.soap.messages import INVOICE, TEXT_TOKEN, digest_token, message, post
from tests.middleware.server.soap.serving import served


@pytest.fixture(scope="module")
def still_address(nonce_database: Engine) -> Iterator[str]:
    """The address of a server for which it is always NOW."""
    with served(lambda origin: [invoice_host(nonce_database, origin, NOW).route("/soap/invoices")]) as origin:
        yield f"{origin}/soap/invoices"


@pytest.mark.parametrize("version", [SOAP_11, SOAP_12], ids=["1.1", "1.2"])
@pytest.mark.parametrize("token", ["text", "digest"])
def test_a_caller_with_the_right_password_is_let_in(still_address: str, token: str, version: SoapVersion) -> None:
    proof = TEXT_TOKEN if token == "text" else digest_token(NOW, version.name.encode())

    assert post(still_address, message(INVOICE, token=proof, version=version), version).status == 200


@pytest.mark.parametrize(
    "token",
    [
        "",
        TEXT_TOKEN.replace(PASSWORD, "wrong"),
        TEXT_TOKEN.replace(PASSWORD, ""),
        TEXT_TOKEN.replace(CALLER, "stranger"),
        TEXT_TOKEN.replace(CALLER, "stranger").replace(PASSWORD, ""),
        digest_token(NOW, b"n1", "wrong"),
        digest_token(NOW, b"n2").partition("<w:Nonce>")[0],
        digest_token(NOW, b"n3").partition("<u:Created")[0],
        digest_token(NOW, b"n4").replace("<w:Nonce>", "<w:Nonce>?"),
        digest_token("yesterday", b"n5"),
        digest_token("2026-03-02T06:00:00", b"n6"),
        f"<w:Username>{'x' * 2_000}</w:Username>",
    ],
)
def test_a_caller_without_the_right_password_is_refused(still_address: str, token: str) -> None:
    told = post(still_address, message(INVOICE, token=token))

    assert (told.status, told.code, told.reason) == (500, "Client", "FAILED_AUTHENTICATION")
    assert PASSWORD not in told.content


@pytest.mark.fault(26)
def test_a_soap_message_that_comes_again_is_refused(still_address: str) -> None:
    sent = message(INVOICE, token=digest_token(NOW, b"again"))

    told = [post(still_address, sent) for _ in range(3)]

    assert [each.status for each in told] == [200, 500, 500]
    assert "received already" in told[2].text


@pytest.mark.fault(26)
@pytest.mark.parametrize(("seconds", "status"), [(-300, 200), (300, 200), (-301, 500), (301, 500)])
def test_a_soap_message_may_be_five_minutes_off_and_no_more(still_address: str, seconds: int, status: int) -> None:
    created = NOW + timedelta(seconds=seconds)

    assert post(still_address, message(INVOICE, token=digest_token(created, str(seconds).encode()))).status == status


@pytest.mark.fault(26)
def test_a_log_in_with_one_bit_changed_is_refused(still_address: str) -> None:
    right = digest_token(NOW, b"bits")
    proof = base64.b64decode(right.partition('PasswordDigest">')[2].partition("<")[0])
    for place in range(0, len(proof) * 8, 13):
        changed = bytearray(proof)
        changed[place // 8] ^= 1 << place % 8
        token = right.replace(base64.b64encode(proof).decode(), base64.b64encode(changed).decode())
        assert post(still_address, message(INVOICE, token=token)).reason == "FAILED_AUTHENTICATION"
    assert post(still_address, message(INVOICE, token=right)).status == 200


def test_a_wrong_password_does_not_use_up_the_nonce_of_another(still_address: str) -> None:
    post(still_address, message(INVOICE, token=digest_token(NOW, b"mine", "wrong")))

    assert post(still_address, message(INVOICE, token=digest_token(NOW, b"mine"))).status == 200


def test_nonces_are_forgotten_when_their_messages_would_be_too_old(engine: Engine) -> None:
    soap_nonce.create(engine)
    with engine.begin() as connection:
        connection.execute(insert(soap_nonce).values(digest="old", forget_at=NOW - timedelta(seconds=1)))
    nonces = StoredNonces(engine)
    later = NOW + timedelta(seconds=300)

    first = [nonces.first_time(name, "n", forget_at=later, now=NOW) for name in ("a", "b", "a")]

    assert first == [True, True, False]
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(soap_nonce)).scalar_one() == 2
