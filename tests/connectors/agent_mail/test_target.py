"""Orders by e-mail: each message once, whatever happens on the way."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from email.message import Message

import pytest
from pydantic import SecretStr
from pypdf import PdfReader
from sqlalchemy import Engine

from drawbar.connectors.agent_mail.connector import AgentMail
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.connectors.agent_mail.target import AgentMailTarget
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.records import Outcome, TargetRecord
from drawbar.middleware.repossession.orders import withdrawal_record
from drawbar.middleware.repossession.placing import ORDER, OrderComment, comment_record
from drawbar.middleware.vendor_login import LogInRefused
from drawbar.sandbox.mail.server import MailServer
from tests.connectors.agent_mail.conftest import AGENTS, NOW
from tests.contracts.target import RecordTargetContract
from tests.repo_orders import placed


@pytest.fixture
def send(channel: AgentMail) -> Callable[..., Outcome]:
    return lambda record: channel.target.upsert([record])[0]


def body(message: Message) -> str:
    (text,) = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    content = text.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def paper(message: Message) -> str:
    (pdf,) = [part for part in message.walk() if part.get_content_type() == "application/pdf"]
    content = pdf.get_payload(decode=True)
    assert isinstance(content, bytes)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


class TestContract(RecordTargetContract):
    object_name = ORDER
    text_field = "instructions"

    @pytest.fixture(autouse=True)
    def _known(self, channel: AgentMail) -> None:
        self.channel = channel

    def open_target(self) -> AgentMailTarget:
        return AgentMail(self.channel.settings, AGENTS, self.channel.engine, clock=lambda: NOW).target

    def record(self, key: str, text: str | None) -> TargetRecord:
        record = placed(key)
        return replace(record, fields={**record.fields, "instructions": text})

    def bad_record(self, key: str) -> TargetRecord:
        return placed(key, vin="")


@pytest.mark.spec("P14")
def test_letter_and_pdf_tell_all_that_an_agent_needs(server: MailServer, send: Callable[..., Outcome]) -> None:
    outcome = send(placed())

    (message,) = server.sent
    told = (
        "RO-1001", "LW00001234", "Jane Q. Hauler", "214-555-0142", "77 Mesquite Lane", "1FUJGLDR0CSBB1234",
        "Freightliner", "Cascadia", "white", "R12 3456", "U-17", "Involuntary Repossession", "2026-03-01", "14", "73",
        "8412.50", "61200.00", "reporting", "I-35 exit 428", "2026-03-01 22:15", "Call before entering",
    )  # fmt: skip
    for text in (body(message), paper(message)):
        assert [each for each in told if each not in text] == []
    assert outcome == Outcome(ORDER, "RO-1001", "created", "drawbar.RO-1001.1@lender.example")
    assert message["To"] == "desk@silent.example"
    assert message["Reply-To"] == "repo+RO-1001@lender.example"
    assert message["Message-ID"] == "<drawbar.RO-1001.1@lender.example>"


@pytest.mark.spec("R24")
def test_hold_reopening_change_closing_and_comment_are_messages_of_their_own(
    server: MailServer, send: Callable[..., Outcome]
) -> None:
    send(placed())
    send(placed(standing="on hold", reason="paid today"))
    send(placed())
    send(placed(instructions="Gate code 12."))
    send(comment_record(OrderComment("C-1", "RO-1001", "lone_star", "The truck is in Waco.")))
    send(placed(standing="closed", reason="redeemed"))

    subjects = [str(each["Subject"]).strip().partition(" RO-1001")[0] for each in server.sent]
    assert subjects == [
        "Repossession order", "HOLD repossession order", "Reopened repossession order",
        "Changed repossession order", "About repossession order", "CLOSED repossession order",
    ]  # fmt: skip
    assert "paid today" in body(server.sent[1])
    assert "The truck is in Waco." in body(server.sent[4])
    assert {each["In-Reply-To"] for each in server.sent[1:]} == {"<drawbar.RO-1001.1@lender.example>"}


@pytest.mark.spec("R24")
def test_an_order_that_is_given_to_another_agent_is_called_off_at_the_first(
    server: MailServer, send: Callable[..., Outcome]
) -> None:
    send(placed())
    send(placed(agent="quick"))

    told = [(each["To"], str(each["Subject"]).strip().partition(" RO-")[0]) for each in server.sent[1:]]
    assert told == [
        ("desk@silent.example", "CLOSED repossession order"),
        ("orders@quick.example", "Repossession order"),
    ]


@pytest.mark.spec("R24")
def test_a_withdrawn_order_is_called_off_once(server: MailServer, send: Callable[..., Outcome]) -> None:
    send(placed())
    withdrawal = withdrawal_record("RO-1001", "redeemed")

    assert [send(withdrawal).status, send(withdrawal).status] == ["created", "updated"]
    assert [each["To"] for each in server.sent] == ["desk@silent.example"] * 2
    assert "Please do not repossess. Reason: redeemed" in body(server.sent[1])
    assert send(withdrawal_record("RO-9", "")).code == "NO_SUCH_ORDER"


@pytest.mark.fault(12)
def test_a_message_with_an_unknown_outcome_is_sent_again_only_by_a_person(
    server: MailServer, send: Callable[..., Outcome]
) -> None:
    server.interruptions.append(lambda: None)

    lost = send(placed())
    assert (lost.status, lost.code, len(server.sent)) == ("refused", "OUTCOME_UNKNOWN", 1)
    assert "Ask the agent" in lost.remedy

    again = send(placed())
    assert (again.status, again.target_id) == ("updated", "drawbar.RO-1001.1@lender.example")
    assert [each["Message-ID"] for each in server.sent] == ["<drawbar.RO-1001.1@lender.example>"] * 2
    send(placed())
    assert len(server.sent) == 2


@pytest.mark.fault(12)
def test_a_process_that_died_while_it_sent_leaves_a_question(
    hub_engine: Engine, settings: AgentMailSettings, server: MailServer
) -> None:
    channel = AgentMail(settings, AGENTS, hub_engine, clock=lambda: NOW)
    channel.target.upsert([placed()])
    channel.book.note("drawbar.RO-1001.1@lender.example", "sending", NOW)

    (outcome,) = channel.target.upsert([placed()])

    assert (outcome.status, outcome.code, len(server.sent)) == ("refused", "OUTCOME_UNKNOWN", 1)


def test_a_server_that_takes_nothing_now_pauses_and_nothing_was_sent(
    channel: AgentMail, server: MailServer, send: Callable[..., Outcome]
) -> None:
    server.interruptions.append(lambda: "451 4.3.0 try later")

    with pytest.raises(RetryLater):
        send(placed())

    assert (channel.book.last(ORDER, "RO-1001"), server.sent) == (None, [])
    assert send(placed()).status == "created"


@pytest.mark.parametrize(
    ("agent", "code"), [("wrong", "SMTP_550"), ("nobody", "NO_SUCH_AGENT"), ("on_rdn", "NO_SUCH_AGENT")]
)
def test_an_agent_that_cannot_be_written_to_refuses_that_order_alone(
    server: MailServer, channel: AgentMail, agent: str, code: str
) -> None:
    outcomes = channel.target.upsert([placed("RO-1", agent=agent), placed("RO-2")])

    assert [(each.status, each.code) for each in outcomes] == [("refused", code), ("created", "")]
    assert outcomes[0].remedy
    assert "@" not in outcomes[0].message


def test_a_refused_log_in_stops_and_tells_no_password(channel: AgentMail) -> None:
    wrong = channel.settings.smtp.model_copy(update={"password": SecretStr("not the password")})
    channel = replace(channel, settings=channel.settings.model_copy(update={"smtp": wrong}))

    with pytest.raises(LogInRefused) as refused:
        channel.target.upsert([placed()])

    assert "not the password" not in repr(refused.value)
    assert channel.book.last(ORDER, "RO-1001") is None
