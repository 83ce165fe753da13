"""Outbound messages: who may send them, what is kept of them, and when they are acknowledged."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from lxml import etree
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, select

from drawbar.connectors.salesforce.outbound_message import PATH, ChangedRecord, OutboundMessages
from drawbar.connectors.salesforce.settings import OutboundMessageSettings
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.sync.inbox import Message, Stored
from drawbar.middleware.sync.inbox_writer import InboxUnavailable, InboxWriter
from drawbar.middleware.sync.tables import inbox_message
from tests.middleware.server.soap.serving import served

RECORDED = Path(__file__).parent / "outbound"
RECORDED_MESSAGE = (RECORDED / "sf-aspnet-request-Salesforce.xml").read_bytes()
TOKEN = "0123456789abcdef0123456789abcdef"
ORG = "012345678901234"
SESSION_ID = "00D1I000003qqqE!AQsAQOjGFnFJzGPA12yhUGL9Aii0N6lADjH2bNUBHRer5QjjTq3"
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


CERTIFICATE = {"X-Client-Certificate-Verify": "SUCCESS", "X-Client-Certificate-Name": "CN=proxy.salesforce.com"}


@dataclass
class Receiver:
    """A server that takes outbound messages in."""

    url: str
    engine: Engine
    refused: list[str] = field(default_factory=list)

    def send(
        self, body: bytes = RECORDED_MESSAGE, *, token: str = TOKEN, proxy: Mapping[str, str] = CERTIFICATE
    ) -> etree._Element:
        """Send as Salesforce does; `proxy` is what nginx adds."""
        named = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""', **proxy}
        answer = requests.post(f"{self.url}/salesforce/{token}", data=body, headers=named, timeout=30)
        return etree.fromstring(answer.content)

    def kept(self) -> dict[str, ChangedRecord]:
        """Give what is in the inbox, by the notification's id."""
        statement = select(inbox_message).where(inbox_message.c.sender == "salesforce")
        with self.engine.connect() as connection:
            rows = connection.execute(statement).all()
        return {row.message_id: ChangedRecord.model_validate_json(row.body) for row in rows}


def settings(**changed: object) -> OutboundMessageSettings:
    return OutboundMessageSettings.model_validate({"organization_id": ORG, "path_token": TOKEN, **changed})


@pytest.fixture
def receiver(engine: Engine) -> Iterator[Receiver]:
    """A receiver on a database of each kind, with the one table that it needs."""
    inbox_message.create(engine)
    yield from _receiving(engine, settings())


@pytest.fixture
def quick_receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A receiver on SQLite that asks for Salesforce's certificate, with the one table that it needs."""
    engine = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    inbox_message.create(engine)
    yield from _receiving(engine, settings(certificate_subject="CN=proxy.salesforce.com"))
    engine.dispose()


def _receiving(engine: Engine, told: OutboundMessageSettings) -> Iterator[Receiver]:
    writer = InboxWriter(engine, lambda: NOW)
    writer.start()
    receiver = Receiver("", engine)
    service = OutboundMessages(told, writer, receiver.refused.append)
    try:
        with served(lambda origin: [SoapHost(service, origin, lambda: NOW).route(PATH)]) as receiver.url:
            yield receiver
    finally:
        writer.close()


def acknowledged(answer: etree._Element) -> str | None:
    return answer.findtext(".//{http://soap.sforce.com/2005/09/outbound}Ack")


def shape(element: etree._Element) -> tuple[object, ...]:
    return str(element.tag), (element.text or "").strip(), [shape(each) for each in element]


def changed(old: str, new: str) -> bytes:
    assert old.encode() in RECORDED_MESSAGE
    return RECORDED_MESSAGE.replace(old.encode(), new.encode())


def notifications(count: int, first: int = 0) -> bytes:
    """Give a message with so many notifications."""
    one = (
        "<Notification><Id>04l1I00000{n:08d}</Id><sObject xsi:type='sf:Lease_Account__c' xmlns:sf='urn:sobject'>"
        "<sf:Id>a011I00000{n:08d}</sf:Id></sObject></Notification>"
    )
    head, _, rest = RECORDED_MESSAGE.decode().partition("<Notification>")
    tail = rest.rpartition("</Notification>")[2]
    return (head + "".join(one.format(n=first + n) for n in range(count)) + tail).encode()


def test_a_recorded_message_is_stored_and_acknowledged_as_salesforce_expects(receiver: Receiver) -> None:
    answer = receiver.send()

    expected = etree.fromstring(
        (RECORDED / "sf-aspnet-NotificationResponse.xml").read_bytes().removeprefix(b"\xef\xbb\xbf")
    )
    assert shape(answer) == shape(expected)
    assert receiver.kept() == {
        "04l1I000000fztEQAQ": ChangedRecord(object="Contact", id="0031I0000081tbPQAQ"),
        "04l1I000000fzt9QAA": ChangedRecord(object="Contact", id="0031I0000081tb0QAA"),
    }


@pytest.mark.fault(23)
def test_a_notification_that_comes_again_is_stored_once(receiver: Receiver) -> None:
    answers = [acknowledged(receiver.send(body)) for body in (notifications(100), notifications(100, first=50))]

    assert answers == ["true", "true"]
    assert len(receiver.kept()) == 150


def test_the_session_of_a_message_is_neither_stored_nor_logged(receiver: Receiver, log: io.StringIO) -> None:
    receiver.send()
    receiver.send(token="f" * 32)

    with receiver.engine.connect() as connection:
        rows = [repr(row) for row in connection.execute(select(inbox_message))]
    told = "".join([log.getvalue(), *rows])
    assert SESSION_ID in RECORDED_MESSAGE.decode()
    assert rows
    assert "FAILED_AUTHENTICATION" in told
    for secret in (SESSION_ID, TOKEN, "Jeraldine"):
        assert secret not in told


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("0" * 32, {}),
        (TOKEN[:-1], {}),
        (TOKEN, {"X-Client-Certificate-Verify": "NONE"}),
        (TOKEN, {"X-Client-Certificate-Name": "CN=somebody"}),
        (TOKEN, {"X-Client-Certificate-Name": ""}),
    ],
)
def test_nobody_else_may_send(quick_receiver: Receiver, token: str, headers: dict[str, str]) -> None:
    fault = quick_receiver.send(token=token, proxy={**CERTIFICATE, **headers})

    assert fault.findtext(".//{*}code") == "FAILED_AUTHENTICATION"
    assert quick_receiver.refused == ["127.0.0.1"]
    assert quick_receiver.kept() == {}


def test_who_shows_the_certificate_may_send(quick_receiver: Receiver) -> None:
    assert acknowledged(quick_receiver.send()) == "true"


@pytest.mark.parametrize("sent", [f"{ORG}AAA", ORG])
def test_short_and_long_ids_name_the_same_org(quick_receiver: Receiver, sent: str) -> None:
    assert acknowledged(quick_receiver.send(changed(ORG, sent))) == "true"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (changed(ORG, "00D000000000999"), "WRONG_ORG"),
        (changed(ORG, ""), "WRONG_ORG"),
        (changed("notifications", "tidings"), "UNKNOWN_OPERATION"),
        (notifications(101), "INVALID"),
        (notifications(0), "INVALID"),
        (changed("<Id>04l1I000000fztEQAQ</Id>", ""), "INVALID"),
    ],
    ids=["another org", "no org", "another message", "too many", "none", "no id"],
)
def test_a_message_that_is_not_ours_is_refused_whole(quick_receiver: Receiver, body: bytes, code: str) -> None:
    fault = quick_receiver.send(body)

    assert (fault.findtext(".//faultcode"), fault.findtext(".//{*}code")) == ("soap:Client", code)
    assert quick_receiver.kept() == {}


@pytest.mark.fault(23)
def test_a_known_notification_that_names_another_record_is_refused(quick_receiver: Receiver) -> None:
    quick_receiver.send()

    fault = quick_receiver.send(changed("0031I0000081tbPQAQ", "0031I0000081zzzzzz"))

    assert fault.findtext(".//{*}code") == "CONFLICT"


def test_a_record_without_type_is_kept_for_people_to_see(quick_receiver: Receiver) -> None:
    body = RECORDED_MESSAGE.replace(b'xsi:type="sf:Contact"', b"")

    assert acknowledged(quick_receiver.send(body)) == "true"
    with quick_receiver.engine.connect() as connection:
        assert len(connection.execute(select(inbox_message)).all()) == 2


class Full:
    """An inbox that can store nothing, as when the disk is full."""

    def submit(self, _message: Message) -> Future[Stored]:
        failed: Future[Stored] = Future()
        failed.set_exception(InboxUnavailable("the message could not be stored"))
        return failed


@pytest.mark.fault(6)
def test_what_could_not_be_stored_is_not_acknowledged() -> None:
    service = OutboundMessages(settings(), Full(), lambda _peer: None)
    with served(lambda origin: [SoapHost(service, origin, lambda: NOW).route(PATH)]) as url:
        answer = requests.post(f"{url}/salesforce/{TOKEN}", data=RECORDED_MESSAGE, timeout=30)

    assert answer.status_code == 200
    assert acknowledged(etree.fromstring(answer.content)) == "false"


@pytest.mark.parametrize(
    "wrong", [{"organization_id": "00D"}, {"path_token": "short"}, {"path_token": "with/slashes/" + "x" * 32}]
)
def test_settings_that_would_not_be_safe_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**wrong)
    assert "with/slashes" not in str(refused.value)


def test_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(settings())
    assert settings().path_token == SecretStr(TOKEN)
