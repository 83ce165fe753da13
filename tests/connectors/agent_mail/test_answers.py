"""What comes into the mailbox: answers, documents, returned mail; read once, and left where it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from imap_tools import MailMessage

from drawbar.connectors.agent_mail.checks import AgentMailChecks
from drawbar.connectors.agent_mail.connector import AgentMail, Reading
from drawbar.connectors.agent_mail.mailbox import mailbox_of
from drawbar.connectors.agent_mail.replies import OUR_ID, kind_and_details
from drawbar.middleware.imap import Place, open_mailbox
from drawbar.middleware.received_mail import own_text, returned
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.told import (
    AgentDocument,
    ToldEvent,
    agent_event,
    documents_of,
    event_message,
    store_told,
    unheard,
)
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.polled import Refused
from drawbar.sandbox.mail.server import MailServer
from tests.connectors.agent_mail.conftest import NOW
from tests.repo_orders import placed

Read = Callable[[], list[ToldEvent | Refused]]
PDF = b"%PDF-1.4 condition"


class Mailbox:
    """The mailbox as the job reads it: from where it ended the last time."""

    def __init__(self, channel: AgentMail, server: MailServer, portal: BlockingPortal) -> None:
        assert channel.settings.imap is not None
        self.channel, self.incoming = channel, channel.settings.imap
        self.server, self.portal = server, portal
        with open_mailbox(mailbox_of(channel.settings, self.incoming)) as opened:
            status = opened.folder.status("INBOX", ["UIDVALIDITY", "UIDNEXT"])
        self.reading = Reading(Place(status["UIDVALIDITY"], status["UIDNEXT"] - 1))

    def read(self) -> list[ToldEvent | Refused]:
        self.reading = Reading(Place.read(self.reading.place.written))
        return list(self.channel.told(self.incoming, self.reading, NOW))

    def arrives(self, message: Message) -> None:
        self.portal.call(self.server.arrives, message)

    def events(self) -> list[AgentEvent]:
        found = self.read()
        assert not [each for each in found if isinstance(each, Refused)]
        return [each.event for each in found if isinstance(each, ToldEvent)]


@pytest.fixture
def mailbox(channel: AgentMail, server: MailServer, portal: BlockingPortal) -> Mailbox:
    """The mailbox, with everything read that earlier tests have left in it."""
    return Mailbox(channel, server, portal)


def answer(text: str, *, attach: Sequence[tuple[str, bytes]] = (), **headers: Any) -> EmailMessage:
    """Write an answer of the agent; `headers` with _ for -."""
    usual = {
        "From": "Dispatch <dispatch@silent.example>", "To": "repo+RO-1001@lender.example", "Subject": "Re: your order",
        "Date": "Mon, 02 Mar 2026 08:30:00 -0600", "In_Reply_To": "<drawbar.RO-1001.1@lender.example>",
    }  # fmt: skip
    message = EmailMessage()
    for name, value in {**usual, **headers}.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    for name, content in attach:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message


@pytest.mark.spec("R25")
def test_an_agent_that_answers_accepts_the_order(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed(agent="quick")])

    (event,) = mailbox.events()

    assert (event.source, event.order_number, event.kind, event.at) == ("agent_mail", "RO-1001", "accepted", NOW)
    assert event.details == {"text": "ACCEPTED\nWe start today."}
    assert mailbox.events() == []


@pytest.mark.spec("R25")
def test_a_message_that_comes_back_is_told_with_the_reason(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed(agent="gone")])

    (event,) = mailbox.events()

    assert (event.order_number, event.kind, event.details["undelivered"]) == ("RO-1001", "declined", "yes")
    assert "5.1.1" in event.details["reason"]


@pytest.mark.spec("R25")
def test_a_repossession_is_told_with_its_details_and_documents(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed()])
    text = (
        "Repossessed.\nStorage: 12 Yard Road, Dallas TX\nKeys: 2\nMileage: 412000\n\n"
        "On Mon, 2 Mar 2026 lender wrote:\n> CLOSED"
    )
    mailbox.arrives(answer(text, attach=[("condition report.pdf", PDF)], Message_ID="<1@silent.example>"))

    (told,) = mailbox.read()

    assert isinstance(told, ToldEvent)
    assert (told.event.event_id, told.event.kind) == ("1@silent.example", "repossessed")
    assert told.event.at.isoformat() == "2026-03-02T14:30:00+00:00"
    assert told.event.details["storage_place"] == "12 Yard Road, Dallas TX"
    assert (told.event.details["keys"], told.event.details["mileage"]) == ("2", "412000")
    assert "CLOSED" not in told.event.details["text"]
    assert [(each.name, each.content) for each in told.documents] == [("condition report.pdf", PDF)]


def test_events_and_documents_are_stored_once(channel: AgentMail) -> None:
    event = AgentEvent("agent_mail", "1@x", "RO-1", "repossessed", NOW, {"keys": "2", "text": "Straße 🚚"})
    told = ToldEvent(event, (AgentDocument("cr.pdf", "application/pdf", PDF),))
    changed = ToldEvent(AgentEvent("agent_mail", "1@x", "RO-1", "declined", NOW, {}))

    with channel.engine.begin() as connection:
        for _ in range(2):
            store_told(connection, [told, changed], NOW)
        (entry,) = Inbox(connection).due(NOW, 10)
        documents = documents_of(connection, "agent_mail", "1@x")
        left = unheard(connection, "agent_mail", ["1@x", "2@x"])

    assert agent_event(entry.message) == event
    assert entry.message == event_message(event)
    assert [(each.name, each.content) for each in documents] == [("cr.pdf", PDF)]
    assert left == {"2@x"}


def test_an_answer_without_its_thread_is_found_by_the_address_of_the_order(
    channel: AgentMail, mailbox: Mailbox
) -> None:
    channel.target.upsert([placed()])
    mailbox.arrives(answer("Any news of the keys?", In_Reply_To="", To="REPO+ro-1001@lender.example"))

    (event,) = mailbox.events()

    assert (event.order_number, event.kind) == ("RO-1001", "comment")


def test_an_answer_of_somebody_else_is_refused_and_tells_no_address(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed()])
    mailbox.arrives(answer("REPOSSESSED", From="mallory@elsewhere.example"))

    (refused,) = mailbox.read()

    assert isinstance(refused, Refused)
    assert refused.error.code == "NOT_THE_AGENT"
    assert "@elsewhere" not in str(refused.error)


def test_mail_about_no_order_is_left_to_people_and_counted(mailbox: Mailbox) -> None:
    mailbox.arrives(answer("Buy tyres!", In_Reply_To="", To="repo+RO-77@lender.example"))

    assert mailbox.read() == []
    assert mailbox.reading.foreign == 1


def test_an_attachment_that_is_too_large_is_named_and_left_out(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed()])
    mailbox.incoming = mailbox.incoming.model_copy(update={"largest_document_mb": 0.00001})
    mailbox.arrives(answer("CONDITION REPORT", attach=[("a/b;cr.pdf", PDF)]))

    (told,) = mailbox.read()

    assert isinstance(told, ToldEvent)
    assert (told.event.kind, told.event.details["left_out"], told.documents) == ("condition report", "abcr.pdf", ())


def test_one_run_reads_so_many_messages_and_the_next_goes_on(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed()])
    mailbox.incoming = mailbox.incoming.model_copy(update={"read_at_most": 2})
    for number in range(3):
        mailbox.arrives(answer(f"news {number}"))

    assert [[each.details["text"] for each in mailbox.events()] for _ in range(3)] == [
        ["news 0", "news 1"], ["news 2"], [],
    ]  # fmt: skip


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(channel: AgentMail, mailbox: Mailbox) -> None:
    channel.target.upsert([placed()])
    mailbox.arrives(answer("LOCATED", Message_ID="<9@silent.example>"))
    before = mailbox.events()
    mailbox.reading = Reading(Place(mailbox.reading.place.validity + 1, mailbox.reading.place.uid))

    assert before[0] in [each.event for each in mailbox.read() if isinstance(each, ToldEvent)]


@pytest.mark.parametrize(
    ("text", "documents", "kind"),
    [
        ("ACCEPTED", [], "accepted"),
        ("declined!", [], "declined"),
        ("On hold", [], "on hold"),
        ("Condition report\nsee below", [], "condition report"),
        ("we repossessed it", [], "comment"),
        ("see attached", ["Invoice 77.pdf"], "invoice"),
        ("", [], "comment"),
    ],
)
def test_only_the_first_line_says_what_an_answer_is(text: str, documents: list[str], kind: str) -> None:
    assert kind_and_details(text, documents)[0] == kind


def test_a_page_instead_of_text_is_read_as_text_and_quotes_are_left_out() -> None:
    page = EmailMessage()
    page.set_content("<p>LOCATED</p><p>Location: Waco</p>", subtype="html")

    assert "LOCATED" in own_text(MailMessage.from_bytes(page.as_bytes()))


def test_a_recorded_notice_of_a_delay_is_no_failure() -> None:
    raw = (Path(__file__).parent / "delayed.eml").read_bytes()

    notice = returned(MailMessage.from_bytes(raw), OUR_ID)

    assert notice is not None
    assert (notice.message_id, notice.failed) == ("drawbar.RO-1001.1@lender.example", False)


def test_doctor_logs_in_at_both_servers(channel: AgentMail) -> None:
    lines = list(AgentMailChecks(channel.settings).checks(NOW))
    assert [(each.name, each.ok) for each in lines] == [
        ("template", True), ("outgoing server", True), ("mailbox", True)
    ]  # fmt: skip

    wrong = channel.settings.smtp.model_copy(update={"port": 1})
    lines = list(AgentMailChecks(channel.settings.model_copy(update={"smtp": wrong})).checks(NOW + timedelta(days=1)))
    assert [each.ok for each in lines] == [True, False, True]
