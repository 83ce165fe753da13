"""Messages to lessees: asked for, judged, sent once, shown on the case, answered (P04, P31)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from anyio.from_thread import BlockingPortal, start_blocking_portal
from click.testing import CliRunner, Result
from pydantic import SecretStr
from sqlalchemy import select

from drawbar.cli import drawbar
from drawbar.commands.session import Refused, Session
from drawbar.connectors.twilio.sender import TwilioSender
from drawbar.connectors.twilio.webhook import TwilioSignature
from drawbar.jobs.account_holds import account_holds
from drawbar.jobs.message_answers import TOLD_BY_TWILIO
from drawbar.jobs.repo_facts import facts_of
from drawbar.jobs.repossessions import RepoOffice
from drawbar.jobs.serving import Serving
from drawbar.middleware.database.engine import reading
from drawbar.middleware.log import configure_logging
from drawbar.middleware.mail_settings import MailboxSettings
from drawbar.middleware.messages.book import MessageBook
from drawbar.middleware.messages.calls import Call, Calls
from drawbar.middleware.messages.desk import Heard, Told
from drawbar.middleware.messages.records import MessageChannel, MessageStatus
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.holds import Hold, HoldKind
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.server.webhooks import WebhookSource
from drawbar.middleware.settings import LogSettings, RetentionSettings
from drawbar.middleware.sync.tables import derived_record
from drawbar.sandbox.certificate import open_certificate
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.mail.server import USER, tls_context
from drawbar.sandbox.mail.server import MailServer as InboxServer
from drawbar.sandbox.twilio.vendor import TwilioVendor
from tests.contracts.served_vendor import ServedVendor, half_an_answer, refusal, serve_vendor
from tests.fake_time import FakeTime
from tests.jobs.conftest import OpenWorld
from tests.jobs.lessees import ACCOUNT, CALLBACK, CASE, EMAIL, MOBILE, MORNING, Lessees, twilio_settings
from tests.jobs.office import NOTE, Rep
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import World, next_second
from tests.mail_server import MailServer, serve_mail
from tests.sandbox.local_server import serve

TEXT, EMAIL_CHANNEL = MessageChannel.TEXT, MessageChannel.EMAIL
MESSAGE = "Message__c"
SMS = (
    "Summit Drayage LLC, this is Drawbar Leasing about your 2021 Mack Anthem. Your lease account ending in LW1 is "
    "34 days past due. Please call (202) 555-0100. Reply STOP to end texts, HELP for help."
)


@pytest.fixture(scope="module")
def served_mail() -> Iterator[MailServer]:
    with serve_mail() as served:
        yield served


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> TwilioVendor:
    return TwilioVendor(tmp_path_factory.mktemp("twilio"))


@pytest.fixture(scope="module")
def served_twilio(twilio: TwilioVendor) -> Iterator[ServedVendor]:
    with serve_vendor(twilio.routes()) as served:
        yield served


@pytest.fixture
def lessees(
    open_world: OpenWorld, served_mail: MailServer, twilio: TwilioVendor, served_twilio: ServedVendor
) -> Lessees:
    return Lessees(open_world(), served_mail, twilio, served_twilio)


@pytest.fixture
def lessees_on_both(
    world_on_both: World, served_mail: MailServer, twilio: TwilioVendor, served_twilio: ServedVendor
) -> Lessees:
    return Lessees(world_on_both, served_mail, twilio, served_twilio)


@pytest.fixture
def quiet() -> None:
    """Send logs to standard error, as commands do."""
    configure_logging(LogSettings(level="WARNING"))


def typed(world: World, *words: str) -> Result:
    """Type a command of `drawbar`."""
    session = Session(Path("drawbar.toml"), explicit=True)
    vars(session).update(hub=world.hub, settings=world.settings)
    group, *rest = words
    command = drawbar.get_command(None, group)  # type: ignore[arg-type]
    assert command is not None
    return CliRunner().invoke(command, rest, obj=session)


@pytest.mark.spec("P04")
def test_an_email_goes_once_and_stands_on_the_case(lessees: Lessees) -> None:
    lessees.configure(limit={"messages": 1, "days": 7})
    asked = lessees.asks(EMAIL_CHANNEL)

    for _ in range(2):
        assert lessees.world.run("messages").state == "succeeded"

    ((recipients, letter),) = lessees.mail.letters
    assert recipients == (EMAIL,)
    assert letter["Message-ID"] == f"<{asked.key}@lender.example>"
    assert "2021 Mack Anthem (ending in LW1) is 34 days past due, with 2,150.00 US dollars" in letter.get_content()
    shown = lessees.world.org.record(MESSAGE, asked.key)
    assert (shown["Status__c"], shown["Case__c"], shown["Lease_Account__c"]) == ("Sent", CASE, ACCOUNT)
    assert (shown["Direction__c"], shown["Channel__c"], shown["Requested_By__c"]) == ("Outbound", "Email", "ada")
    assert (shown["Address__c"], shown["Template__c"]) == ("s***@example.com", "past_due")


@pytest.mark.spec("P04")
def test_a_text_carries_name_vehicle_and_days_past_due_and_stands_on_the_case(lessees_on_both: Lessees) -> None:
    lessees = lessees_on_both
    lessees.agrees()
    asked = lessees.asks()
    for _ in range(2):
        lessees.world.run("messages")

    kept = lessees.kept(asked.key)
    assert (lessees.texts(), kept.status) == ([SMS], MessageStatus.SENT)
    for status in (MessageStatus.DELIVERED, MessageStatus.SENT):
        lessees.told(Told(kept.provider_id, TEXT, MOBILE, status, lessees.world.hub.clock()))
    stranger = Told("SM77", TEXT, MOBILE, MessageStatus.DELIVERED, lessees.world.hub.clock())
    assert lessees.told(stranger) == {"passed_over": "it is about no message of ours"}
    lessees.world.run("deliver")
    shown = lessees.world.org.record(MESSAGE, asked.key)
    assert (shown["Status__c"], shown["Text__c"], shown["Address__c"]) == ("Delivered", SMS, "********0123")


@pytest.mark.spec("P04", "P31")
def test_a_rep_asks_in_salesforce_and_sees_there_what_became_of_it(lessees: Lessees) -> None:
    lessees.agrees()
    rep = Rep(lessees.world.org)
    account = lessees.world.org.record("Lease_Account__c", ACCOUNT)["Id"]
    for template in ("past_due", "no_such"):
        rep.makes(MESSAGE, Lease_Account__c=account, Channel__c="Text", Template__c=template)

    for job in ("edits", "inbox", "deliver", "messages", "edits", "inbox", "messages"):
        assert lessees.world.run(job).state == "succeeded"

    sent, refused = sorted(lessees.world.org.records(MESSAGE).values(), key=lambda row: str(row["Name"]))
    assert lessees.texts() == [SMS]
    assert (sent["Status__c"], sent["Message_Key__c"], sent["Case__c"]) == ("Sent", sent["Name"], CASE)
    assert sent["Requested_By__c"] == "collector@drawbar.example"
    assert (refused["Status__c"], refused["Reason__c"]) == (
        "Refused", "'no_such' is no template for text. Choose one of: past_due, please_call.",
    )  # fmt: skip


@pytest.mark.spec("P31")
def test_calls_that_a_rep_logs_count_in_the_limit_of_the_portfolio_as_long_as_they_stand(lessees: Lessees) -> None:
    lessees.configure(limit_of_portfolio={"OTR": {"messages": 2, "days": 7}})
    rep = Rep(lessees.world.org)
    account = lessees.world.org.record("Lease_Account__c", ACCOUNT)["Id"]
    times = [(MORNING - timedelta(days=days)).isoformat() for days in (1, 3, 8)]
    calls = [
        rep.makes(NOTE, Lease_Account__c=account, Channel__c="Phone", Note__c="no answer", Written_At__c=at)
        for at in times
    ]
    rep.makes(NOTE, Lease_Account__c=account, Channel__c="Email", Note__c="sent", Written_At__c=times[0])

    hears(lessees)
    waits = lessees.asks(EMAIL_CHANNEL)
    lessees.configure(limit_of_portfolio={"OTR": {"messages": 2, "days": 7, "calls": False}})
    uncounted = lessees.asks(EMAIL_CHANNEL)
    lessees.configure(limit_of_portfolio={"OTR": {"messages": 2, "days": 7}})
    rep.changes(NOTE, calls[1], Channel__c="Letter")
    hears(lessees)
    free = lessees.asks(EMAIL_CHANNEL)
    next_second()
    rep.changes(NOTE, calls[1], Channel__c="Phone")
    hears(lessees)
    waits_again = lessees.asks(EMAIL_CHANNEL)
    rep.deletes(NOTE, calls[1])
    hears(lessees)
    free_again = lessees.asks(EMAIL_CHANNEL)

    assert [each.code for each in (waits, uncounted, free, waits_again, free_again)] == ["WAITS", "", "", "WAITS", ""]
    assert waits.why.startswith("there were 2 messages and calls in 7 days, 2 may be")
    assert waits.not_before == MORNING + timedelta(days=4)


def hears(lessees: Lessees) -> None:
    """Let the hub hear of what people changed."""
    for job in ("edits", "inbox"):
        assert lessees.world.run(job).state == "succeeded"


def test_calls_that_leaseworks_tells_of_count_and_those_that_no_limit_looks_back_to_are_not_kept(
    world: World, book: PaperBook
) -> None:
    for number, (channel, stamp) in enumerate(
        [("PH", "2026-03-01T15:00:00Z"), ("EM", "2026-03-01T15:00:00Z"), ("PH", "2025-12-01T15:00:00Z")], 1
    ):
        book.note(number, "left word", CHANNEL=channel, WRITTEN_TS=stamp)
    book.deliver()
    world.run()

    with reading(world.hub.engine) as connection:
        known = Calls(connection).contacts("LW00000001", MORNING - timedelta(days=365))
    assert list(known) == [datetime.fromisoformat("2026-03-01T15:00:00+00:00")]


def test_messages_that_ended_long_ago_are_forgotten_here_and_stay_in_salesforce(lessees: Lessees) -> None:
    lessees.agrees()
    sent = lessees.asks()
    lessees.world.run("messages")
    lessees.world.run("deliver")
    lessees.world.hub = replace(lessees.world.hub, retention=RetentionSettings(messages_days=60))
    with lessees.world.hub.engine.begin() as connection:
        Calls(connection).keep([Call(f"N{days}", ACCOUNT, MORNING + timedelta(days=days)) for days in (0, 40)])
    lessees.world.clock.time += timedelta(days=61)
    waiting = lessees.asks()

    forgotten = lessees.world.run("prune").summary["forgotten"]

    assert (forgotten["messages"]["rows"], forgotten["calls"]["rows"]) == (1, 1)
    with reading(lessees.world.hub.engine) as connection:
        assert [MessageBook(connection).find(each.key) is None for each in (sent, waiting)] == [True, False]
        told = connection.execute(select(derived_record.c.key).where(derived_record.c.object == MESSAGE)).scalars()
        assert list(told) == [waiting.key]
    assert lessees.world.org.record(MESSAGE, sent.key)["Status__c"] == "Sent"


@pytest.mark.spec("P31")
def test_a_hold_is_asked_first_and_its_refusal_says_why(lessees: Lessees) -> None:
    lessees.agrees()
    now = lessees.world.hub.clock()
    hold = Hold(f"{ACCOUNT}-H001", ACCOUNT, HoldKind.ATTORNEY, now.date(), None, "letter of 1 March", "ada", now)
    with lessees.world.hub.engine.begin() as connection:
        account_holds(lessees.world.hub, connection).set(hold)

    asked = lessees.asks()
    lessees.world.run("messages")

    assert (asked.status, asked.code, lessees.texts()) == (MessageStatus.REFUSED, "HOLD", [])
    assert "Attorney since 2026-03-02: letter of 1 March" in asked.why
    assert lessees.world.org.record(MESSAGE, asked.key)["Status__c"] == "Refused"


@pytest.mark.spec("P31")
def test_a_message_that_comes_at_night_goes_in_the_morning_of_the_lessee(lessees: Lessees) -> None:
    lessees.world.clock.time += timedelta(hours=15)
    asked = lessees.asks(EMAIL_CHANNEL)
    lessees.world.run("messages")

    assert (asked.status, lessees.mail.letters) == (MessageStatus.WAITING, [])
    assert asked.not_before is not None
    assert asked.not_before.isoformat() == "2026-03-03T14:00:00+00:00"
    assert lessees.world.org.record(MESSAGE, asked.key)["Reason__c"] == (
        "messages go from 08:00 to 21:00 where the lessee lives (OK)."
    )
    lessees.world.clock.time = asked.not_before
    lessees.world.run("messages")
    assert len(lessees.mail.letters) == 1


@pytest.mark.spec("P31")
def test_stop_ends_texts_at_once_also_of_one_that_was_let_go_and_start_begins_again(lessees: Lessees) -> None:
    lessees.agrees()
    first, waiting = lessees.asks(), lessees.asks(template="please_call")
    lessees.lets_go(first)
    heard = Heard("SM1", TEXT, MOBILE, " stop. ", lessees.world.hub.clock())
    for _ in range(2):
        assert lessees.told(heard)["answer"] == "opted out"

    lessees.world.run("messages")

    assert lessees.texts() == []
    assert {lessees.kept(each.key).code for each in (first, waiting)} == {"OPTED_OUT"}
    lessees.told(Heard("SM2", TEXT, MOBILE, "Start", lessees.world.hub.clock()))
    lessees.asks()
    lessees.world.run("messages")
    assert lessees.texts() == [SMS]


@pytest.mark.fault(12)
def test_a_text_whose_answer_was_lost_is_found_at_twilio_and_not_sent_again(lessees: Lessees) -> None:
    lessees.agrees()
    lessees.asks()
    lessees.world.run("messages")
    asked = lessees.asks()
    lessees.served.weather.comes(half_an_answer(), only="*/Messages.json")

    assert lessees.world.run("messages").state == "succeeded"

    _, at_twilio = lessees.twilio.texts
    kept = lessees.kept(asked.key)
    assert (kept.status, kept.provider_id) == (MessageStatus.SENT, at_twilio.sid)
    assert lessees.world.letters() == []


@pytest.mark.fault(12)
def test_a_text_that_twilio_does_not_know_asks_a_person_and_goes_again_only_on_replay(lessees: Lessees) -> None:
    lessees.agrees()
    lessees.asks()
    lessees.world.run("messages")
    asked = lessees.asks()
    lessees.served.weather.comes(refusal(500), only="*/Messages.json")

    assert lessees.world.run("messages").state == "incomplete"

    (letter,) = lessees.world.letters()
    assert (letter.failure.code, lessees.texts()) == ("OUTCOME_UNKNOWN", [SMS])
    assert lessees.world.org.record(MESSAGE, asked.key)["Status__c"] == "Unknown"
    (replayed,) = lessees.world.replay().replay([letter.id])
    assert lessees.world.run(replayed.job).state == "succeeded"
    lessees.world.run("messages")
    assert lessees.texts() == [SMS, SMS]
    assert lessees.world.letters() == []


@pytest.mark.fault(12)
def test_an_email_whose_answer_was_lost_is_not_sent_again_by_itself(lessees: Lessees) -> None:
    asked = lessees.asks(EMAIL_CHANNEL)
    lessees.mail.lose_answers = 1

    assert [lessees.world.run("messages").state for _ in range(2)] == ["incomplete", "succeeded"]

    assert len(lessees.mail.letters) == 1
    assert lessees.kept(asked.key).status is MessageStatus.UNKNOWN
    (letter,) = lessees.world.letters()
    assert letter.failure.code == "OUTCOME_UNKNOWN"


@pytest.mark.fault(17)
def test_a_channel_that_stopped_lets_its_messages_wait_and_the_others_go(lessees: Lessees) -> None:
    lessees.agrees()
    text, second, email = lessees.asks(), lessees.asks(), lessees.asks(EMAIL_CHANNEL)
    right, wrong = lessees.world.hub.senders, dict(lessees.world.hub.senders)
    settings = twilio_settings(lessees.twilio, lessees.served.url, auth_token="wrong")
    wrong[TEXT] = TwilioSender(settings, "", clocks=FakeTime().clocks)
    lessees.world.hub = replace(lessees.world.hub, senders=wrong)

    run = lessees.world.run("messages")

    assert (run.state, "Check the user and password of [twilio]" in run.error) == ("stopped", True)
    assert lessees.kept(email.key).status is MessageStatus.SENT
    assert {lessees.kept(each.key).code for each in (text, second)} == {"CHANNEL_STOPPED"}
    assert lessees.world.org.record(MESSAGE, text.key)["Status__c"] == "Waiting"
    lessees.world.hub = replace(lessees.world.hub, senders=right)
    lessees.world.clock.time += timedelta(minutes=5)
    lessees.world.run("messages")
    assert lessees.texts() == [SMS, SMS]


@pytest.mark.spec("P31")
def test_who_opted_out_at_the_provider_is_opted_out_here(lessees: Lessees) -> None:
    lessees.agrees()
    lessees.twilio.opted_out.add(MOBILE)
    refused = lessees.asks()
    lessees.world.run("messages")

    assert (lessees.kept(refused.key).status, lessees.kept(refused.key).code) == (MessageStatus.REFUSED, "21610")
    assert lessees.world.letters() == []
    assert lessees.asks().code == "OPTED_OUT"


def test_templates_of_the_lender_count_and_an_unknown_merge_field_is_refused_by_name(
    lessees: Lessees, tmp_path: Path
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "hello.email.txt").write_text("Subject: {{ vehicle }}\n\n{{ balance }}\n", encoding="utf-8")
    lessees.asks(EMAIL_CHANNEL)
    lessees.configure(templates=folder)

    run = lessees.world.run("messages")

    assert run.state == "stopped"
    assert "hello.email.txt: there is no merge field balance" in run.error


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InboxServer, MailboxSettings, BlockingPortal]]:
    certificate = open_certificate(tmp_path_factory.mktemp("tls"), datetime.now(UTC))
    server = InboxServer("the password", clock=lambda: MORNING, tls=tls_context(certificate))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server.serve()):
        settings = MailboxSettings(
            host="localhost", port=server.imap_port, user=USER, password=SecretStr("the password"),
            ca_file=certificate.authority, timeout_seconds=5,
        )  # fmt: skip
        yield server, settings, portal


def mail_of(sender: str, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    named = {"From": sender, "To": "hub@lender.example", "Message_ID": f"<{len(text)}.{len(headers)}@there.example>"}
    for name, value in {**named, **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


@pytest.mark.spec("P04", "P31")
def test_what_lessees_answer_by_email_stands_on_the_case_once_and_stop_opts_out(
    lessees: Lessees, mailbox: tuple[InboxServer, MailboxSettings, BlockingPortal]
) -> None:
    server, settings, portal = mailbox
    lessees.reads(settings)
    asked, lost = lessees.asks(EMAIL_CHANNEL), lessees.asks(EMAIL_CHANNEL)
    lessees.world.run("messages")
    for each in (
        mail_of("spam@else.example", "Buy!"),
        mail_of(
            "anna@private.example",
            "I pay on Friday.\n\nOn Monday you wrote:\n> x",
            In_Reply_To=f"<{asked.key}@lender.example>",
        ),
        mail_of(f"Summit <{EMAIL.upper()}>", "Stop"),
        mail_of(EMAIL, "START"),
        returned_mail(f"<{lost.key}@lender.example>"),
    ):
        portal.call(server.arrives, each)

    first = lessees.world.run("messages")
    assert (first.state, first.summary["read"]["answers"]["read"]) == ("succeeded", 4)
    assert lessees.world.run("messages").summary["read"]["answers"]["read"] == 0

    shown = [row for row in lessees.world.org.records(MESSAGE).values() if row["Direction__c"] == "Inbound"]
    assert sorted((str(row["Text__c"]), row["Case__c"], row["Reason__c"]) for row in shown) == [
        ("I pay on Friday.", None, None), ("START", CASE, None), ("Stop", CASE, "opted out"),
    ]  # fmt: skip
    assert lessees.world.org.record(MESSAGE, lost.key)["Status__c"] == "Failed"
    assert lessees.asks(EMAIL_CHANNEL).code == "OPTED_OUT"


def returned_mail(message_id: str) -> Message:
    text = (
        "From: MAILER-DAEMON@there.example\nMessage-ID: <back@there.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; there.example\n\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nFrom: Hub <hub@lender.example>\nMessage-ID: {message_id}\n\n--b--\n"
    )
    return message_from_string(text)


@pytest.mark.spec("P04", "P31")
def test_twilios_webhooks_come_in_at_the_hubs_server_and_a_stop_counts(lessees: Lessees) -> None:
    lessees.agrees()
    lessees.asks()
    lessees.world.run("messages")
    told = lessees.twilio.answer(MOBILE, "Stop")
    sources = {
        "twilio": WebhookSource(
            TwilioSignature(twilio_settings(lessees.twilio, lessees.served.url), CALLBACK), TOLD_BY_TWILIO
        )
    }
    serving = Serving(lessees.world.hub, lessees.world.settings.server, Queued(), sources=sources)
    with serving.app() as app, serve(app, Connections()) as port:
        url = f"http://127.0.0.1:{port}/webhooks/twilio"
        headers = lessees.twilio.signed(CALLBACK, told)
        answers = [
            requests.post(url, data=urlencode(each), headers=headers, timeout=10)
            for each in (told, told, {**told, "Body": "x"})
        ]

    assert [answer.status_code for answer in answers] == [204, 204, 401]
    lessees.world.run("inbox")
    lessees.world.run("deliver")
    (shown,) = [row for row in lessees.world.org.records(MESSAGE).values() if row["Direction__c"] == "Inbound"]
    assert (shown["Text__c"], shown["Reason__c"], shown["Case__c"]) == ("Stop", "opted out", CASE)
    assert lessees.asks().code == "OPTED_OUT"


class Queued:
    """Where runs are queued that nobody works on."""

    def submit(self, run_id: str, job: str, parameters: Mapping[str, Any]) -> None:
        """Leave it to the test."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.spec("P04")
@pytest.mark.usefixtures("quiet")
def test_the_command_line_previews_asks_and_lists_with_addresses_masked(lessees: Lessees) -> None:
    world = lessees.world
    words = (ACCOUNT, "--channel", "text", "--template", "past_due")
    assert "NO_CONSENT" in typed(world, "message", "preview", *words, "--json").output
    typed(world, "message", "opt-in", "text", "918-555-0123", "--source", "form of 2 March")
    assert "Dry run" in typed(world, "message", "send", *words, "--dry-run").output
    assert json.loads(typed(world, "message", "list", "--json").output) == []

    sent = json.loads(typed(world, "message", "send", *words, "--json").output)

    assert (sent["status"], sent["text"], sent["address"]) == ("waiting", SMS, "********0123")
    (listed,) = json.loads(typed(world, "message", "list", "--account", ACCOUNT, "--json").output)
    assert (listed["key"], listed["address"]) == (sent["key"], "********0123")
    typed(world, "message", "send", *words)
    dry = json.loads(typed(world, "run", "messages", "--dry-run", "--json").output)["read"]["messages"]
    assert (dry["read"], dry["changed"], dry["notices"][0]) == (2, 2, f"message {sent['key']}: goes")
    typed(world, "message", "opt-out", "text", "9185550123", "--source", "called")
    (choice,) = json.loads(typed(world, "message", "choices", "--json").output)
    assert (choice["agreed"], choice["address"]) == (False, "********0123")
    assert {each["name"] for each in json.loads(typed(world, "message", "templates", "--json").output)} == {
        "past_due",
        "please_call",
    }
    wrong = typed(world, "message", "send", ACCOUNT, "--channel", "text", "--template", "nope")
    assert isinstance(wrong.exception, Refused)
    world.run("messages")
    assert lessees.texts() == []


@pytest.mark.spec("P11")
def test_a_requested_repossession_is_told_by_email_once(lessees: Lessees) -> None:
    world = lessees.world
    world.hub = replace(world.hub, repossession=RepossessionSettings(requests_to=("repo@lender.example",)))
    facts = facts_of(world.hub, "VH1")
    for number in (1, 2):
        event = CaseEvent("command line", f"E{number}", RepoEvent.REQUEST, MORNING, "ada", "no answer")
        with world.hub.engine.begin() as connection:
            RepoOffice(world.hub, connection, MORNING, "run-1").request(facts, event, "admin")

    world.run("accounting-mail")
    world.run("accounting-mail")

    ((recipients, letter),) = lessees.mail.letters
    assert recipients == ("repo@lender.example",)
    assert letter["Subject"] == "Repossession requested: 2021 Mack Anthem VH1 of account LW1"
    assert "Requested by: ada\nReason: no answer\nDays past due: 34\n" in letter.get_content().replace("\r\n", "\n")
