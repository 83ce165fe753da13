"""Letters on their way to a mail server over real SMTP: encrypted, once to each recipient, refused by name."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine

from drawbar.connectors.mail.checks import MailChecks
from drawbar.connectors.mail.target import PAPERS, SUBJECT, TEXT, TO, MailTarget
from drawbar.middleware.errors import RetryLater, StopRun
from drawbar.middleware.mail import Mailer
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.papers import Papers
from drawbar.sandbox.certificate import Certificate, open_certificate
from tests.mail_server import MailServer, serve_mail

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
CANARY = "s3cret-canary"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return open_certificate(tmp_path_factory.mktemp("certificate"), datetime.now(UTC))


@pytest.fixture(scope="module")
def served(certificate: Certificate) -> Iterator[MailServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with serve_mail(context, hub=CANARY) as served:
        yield served


@pytest.fixture
def server(served: MailServer) -> MailServer:
    served.empty()
    return served


@pytest.fixture
def settings(server: MailServer, certificate: Certificate) -> MailSettings:
    return MailSettings(
        host="localhost", port=server.port, ca_file=certificate.authority, user="hub",
        password=SecretStr(CANARY), sender="hub@lender.example",
    )  # fmt: skip


@pytest.fixture
def tables(hub_engine: Engine) -> Engine:
    with hub_engine.begin() as connection:
        Papers(connection).keep("WO-1.pdf", b"%PDF-1.4 paper", now=NOW)
    return hub_engine


def target(settings: MailSettings, engine: Engine, *recipients: str) -> MailTarget:
    return MailTarget("mail", Mailer(settings), engine, lambda: NOW, recipients or ("ada@lender.example",))


def letter(key: str, **fields: str) -> TargetRecord:
    given = {SUBJECT: f"About {key}", TEXT: "Dear Ada,\n…", PAPERS: "WO-1.pdf"}
    return TargetRecord("Asset_Work_Order__c", key, given | fields)


@pytest.mark.spec("P21")
def test_a_letter_goes_encrypted_with_its_paper_and_never_twice(
    settings: MailSettings, server: MailServer, tables: Engine
) -> None:
    outcomes = [target(settings, tables).upsert([letter("WO-1"), letter("WO-2")]) for _ in range(2)]

    assert [[each.status for each in some] for some in outcomes] == [["created"] * 2, ["updated"] * 2]
    assert server.subjects() == ["About WO-1", "About WO-2"]
    (_, message), _ = server.letters
    (paper,) = message.iter_attachments()
    assert (message["Message-ID"], paper.get_filename()) == ("<WO-1@lender.example>", "WO-1.pdf")
    assert target(settings, tables).read("", ["WO-1", "WO-9"], [TO]) == {"WO-1": {TO: "ada@lender.example"}}
    assert [each.status for each in target(settings, tables).delete("", ["WO-1"])] == ["refused"]
    assert target(settings, tables).upsert([]) == []


def test_a_recipient_that_is_refused_gets_the_letter_at_the_replay_and_the_others_do_not_again(
    settings: MailSettings, server: MailServer, tables: Engine
) -> None:
    server.replies["bob@lender.example"] = "550 no such box"
    both = target(settings, tables, "ada@lender.example", "bob@lender.example")
    (refused,) = both.upsert([letter("WO-1")])
    server.replies.clear()
    (replayed,) = both.upsert([letter("WO-1")])

    assert (refused.status, refused.code, refused.fields) == ("refused", "RECIPIENT", (TO,))
    assert "bob@lender.example: 550 no such box" in refused.message
    assert replayed.status == "created"
    assert [to for to, _ in server.letters] == [("ada@lender.example",), ("bob@lender.example",)]


def test_one_letter_that_cannot_go_does_not_keep_the_others(
    settings: MailSettings, server: MailServer, tables: Engine
) -> None:
    server.replies |= {"gone@lender.example": "550 gone", "busy@lender.example": "450 busy"}
    outcomes = target(settings, tables).upsert(
        [
            letter("WO-1", **{PAPERS: "none.pdf"}), letter("WO-2", **{TO: "not an address"}), letter("WO-3", Bcc="x"),
            letter("WO-4", **{TO: "gone@lender.example"}), letter("WO-5", **{TO: "busy@lender.example"}),
            letter("WO-6", **{SUBJECT: "two\nlines: and a header"}),
        ]
    )  # fmt: skip

    assert [(each.status, each.code) for each in outcomes] == [
        ("refused", "NO_PAPER"), ("refused", "ADDRESS"), ("refused", "LETTER"), ("refused", "RECIPIENT"),
        ("retry", "BUSY"), ("created", ""),
    ]  # fmt: skip
    assert all(each.remedy for each in outcomes[:5])
    assert server.subjects() == ["two lines: and a header"]


@pytest.mark.fault(15)
def test_a_server_that_takes_no_letter_yet_pauses_the_run_instead_of_using_up_the_tries_of_each(
    settings: MailSettings, server: MailServer, tables: Engine
) -> None:
    server.reply = "451 4.7.1 greylisted, come back in five minutes"
    with pytest.raises(RetryLater, match="Ask who runs the mail server"):
        target(settings, tables).upsert([letter("WO-1"), letter("WO-2")])

    server.reply = ""
    later = target(settings, tables).upsert([letter("WO-1"), letter("WO-2")])
    assert [each.status for each in later] == ["created", "created"]


@pytest.mark.fault(12)
def test_a_letter_whose_answer_was_lost_comes_again_under_the_same_message_id(
    settings: MailSettings, server: MailServer, tables: Engine
) -> None:
    server.lose_answers = 1
    first, second = (target(settings, tables).upsert([letter("WO-1")])[0].status for _ in range(2))

    assert (first, second) == ("retry", "created")
    assert {message["Message-ID"] for _, message in server.letters} == {"<WO-1@lender.example>"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"password": SecretStr("wrong")}, StopRun),
        ({"ca_file": None}, StopRun),
        ({"security": "none", "host": "127.0.0.1"}, StopRun),
        ({"security": "tls", "timeout_seconds": 5}, RetryLater),
        ({"port": 1}, RetryLater),
    ],
)
def test_a_server_that_is_not_right_takes_nothing_and_is_told_by_doctor_without_the_password(
    settings: MailSettings, server: MailServer, change: dict[str, Any], error: type[Exception]
) -> None:
    wrong = Mailer(settings.model_copy(update=change))
    with pytest.raises(error) as raised, wrong.post():
        pass
    (check,) = MailChecks(wrong).checks(NOW)
    (right,) = MailChecks(Mailer(settings)).checks(NOW)

    assert not check.ok
    assert check.remedy
    assert right.ok
    assert CANARY not in f"{raised.value}{check}{right}{settings!r}"


@pytest.mark.parametrize(
    "wrong", [{"security": "none"}, {"user": "hub"}, {"sender": "nobody"}, {"sender": "a@b.example\nBcc: x@y.example"}]
)
def test_settings_that_would_send_in_the_open_or_from_nobody_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MailSettings(**{"host": "mail.example", "sender": "hub@lender.example", **wrong})
