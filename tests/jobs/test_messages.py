"""Messages to lessees: asked for, judged, sent once, shown on the case, answered (P04, P31)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from drawbar.jobs.account_holds import account_holds
from drawbar.middleware.messages.desk import Heard, Told
from drawbar.middleware.messages.records import MessageChannel, MessageStatus
from drawbar.middleware.repossession.holds import Hold, HoldKind
from drawbar.sandbox.twilio.vendor import TwilioVendor
from tests.contracts.served_vendor import ServedVendor, half_an_answer, refusal, serve_vendor
from tests.jobs.conftest import OpenWorld
from tests.jobs.lessees import ACCOUNT, CASE, EMAIL, MOBILE, Lessees
from tests.jobs.office import Rep
from tests.jobs.world import World
from tests.mail_server import MailServer, serve_mail

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
    twilio._carry = lambda _text: None  # type: ignore[method-assign]  # its callbacks would go to nobody
    with serve_vendor(twilio.routes()) as served:
        yield served


@pytest.fixture
def lessees(
    open_world: OpenWorld, served_mail: MailServer, twilio: TwilioVendor, served_twilio: ServedVendor
) -> Lessees:
    return Lessees(open_world(), served_mail, twilio, served_twilio)


@pytest.mark.spec("P04")
def test_an_email_goes_once_and_stands_on_the_case(lessees: Lessees) -> None:
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
def test_a_text_carries_name_vehicle_and_days_past_due_and_stands_on_the_case(lessees: Lessees) -> None:
    lessees.agrees()
    asked = lessees.asks()

    lessees.world.run("messages")
    lessees.world.run("messages")

    assert lessees.texts() == [SMS]
    kept = lessees.kept(asked.key)
    assert kept.status is MessageStatus.SENT
    lessees.told(Told(kept.provider_id, TEXT, MOBILE, MessageStatus.DELIVERED, lessees.world.hub.clock()))
    lessees.told(Told(kept.provider_id, TEXT, MOBILE, MessageStatus.SENT, lessees.world.hub.clock()))
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
@pytest.mark.parametrize("kind", [HoldKind.ATTORNEY, HoldKind.BANKRUPTCY, HoldKind.CEASE_CONTACT])
def test_a_hold_is_asked_first_and_its_refusal_says_why(lessees: Lessees, kind: HoldKind) -> None:
    lessees.agrees()
    now = lessees.world.hub.clock()
    hold = Hold(f"{ACCOUNT}-H001", ACCOUNT, kind, now.date(), None, "letter of 1 March", "ada", now)
    with lessees.world.hub.engine.begin() as connection:
        account_holds(lessees.world.hub, connection).set(hold)

    asked = lessees.asks()
    lessees.world.run("messages")

    assert (asked.status, asked.code, lessees.texts()) == (MessageStatus.REFUSED, "HOLD", [])
    assert f"{kind} since 2026-03-02: letter of 1 March" in asked.why
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
def test_no_more_messages_go_than_the_portfolio_allows(lessees: Lessees) -> None:
    lessees.configure(limit_of_portfolio={"OTR": {"messages": 2, "days": 3}})
    for _ in range(3):
        lessees.asks(EMAIL_CHANNEL)
    lessees.world.run("messages")

    assert len(lessees.mail.letters) == 2
    late = lessees.asks(EMAIL_CHANNEL)
    assert (late.status, late.code) == (MessageStatus.WAITING, "WAITS")
    assert late.why == "2 messages went out in 3 days, 2 may."
    lessees.world.clock.time += timedelta(days=3)
    lessees.world.run("messages")
    assert len(lessees.mail.letters) == 4


@pytest.mark.spec("P31")
def test_stop_ends_texts_at_once_also_of_a_message_that_waits_and_start_begins_again(lessees: Lessees) -> None:
    lessees.agrees()
    first, waiting = lessees.asks(), lessees.asks(template="please_call")
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


@pytest.mark.spec("P04")
def test_an_answer_stands_on_the_case_of_the_message_that_it_answers(lessees: Lessees) -> None:
    lessees.asks(EMAIL_CHANNEL)
    lessees.world.run("messages")
    lessees.told(Heard("mail-1", EMAIL_CHANNEL, EMAIL.upper(), "I pay on Friday.", lessees.world.hub.clock()))
    lessees.told(Heard("SM9", TEXT, "+15125550199", "Who is this?", lessees.world.hub.clock()))
    lessees.world.run("deliver")

    shown = lessees.world.org.record(MESSAGE, "mail-1")
    assert (shown["Direction__c"], shown["Status__c"], shown["Case__c"]) == ("Inbound", "Received", CASE)
    assert shown["Text__c"] == "I pay on Friday."
    assert lessees.world.org.record(MESSAGE, "SM9")["Lease_Account__c"] is None


@pytest.mark.fault(12)
def test_a_text_whose_answer_was_lost_is_found_at_twilio_and_not_sent_again(lessees: Lessees) -> None:
    lessees.agrees()
    asked = lessees.asks()
    lessees.served.weather.comes(half_an_answer(), only="*/Messages.json")

    assert lessees.world.run("messages").state == "succeeded"

    assert lessees.texts() == [SMS]
    (at_twilio,) = lessees.twilio.texts
    kept = lessees.kept(asked.key)
    assert (kept.status, kept.provider_id) == (MessageStatus.SENT, at_twilio.sid)
    assert lessees.world.letters() == []


@pytest.mark.fault(12)
def test_a_text_that_twilio_does_not_know_asks_a_person_and_goes_again_only_on_replay(lessees: Lessees) -> None:
    lessees.agrees()
    asked = lessees.asks()
    lessees.served.weather.comes(refusal(500), only="*/Messages.json")

    assert lessees.world.run("messages").state == "incomplete"

    (letter,) = lessees.world.letters()
    assert (letter.failure.code, lessees.texts()) == ("OUTCOME_UNKNOWN", [])
    assert lessees.world.org.record(MESSAGE, asked.key)["Status__c"] == "Unknown"
    (replayed,) = lessees.world.replay().replay([letter.id])
    assert lessees.world.run(replayed.job).state == "succeeded"
    lessees.world.run("messages")
    assert lessees.texts() == [SMS]
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


@pytest.mark.fault(13)
def test_a_provider_that_is_busy_delays_a_text_and_loses_none(lessees: Lessees) -> None:
    lessees.agrees()
    lessees.asks()
    lessees.served.weather.comes(*[refusal(429)] * 3, only="*/Messages.json")

    lessees.world.run("messages")
    lessees.world.run("messages")

    assert lessees.texts() == [SMS]


@pytest.mark.spec("P31")
def test_who_opted_out_at_the_provider_is_opted_out_here(lessees: Lessees) -> None:
    lessees.agrees()
    lessees.twilio.opted_out.add(MOBILE)
    refused = lessees.asks()
    lessees.world.run("messages")

    assert (lessees.kept(refused.key).status, lessees.kept(refused.key).code) == (MessageStatus.REFUSED, "21610")
    assert lessees.asks().code == "OPTED_OUT"


def test_news_of_a_message_under_way_waits_until_its_name_at_the_provider_is_known(lessees: Lessees) -> None:
    stranger = Told("SM77", TEXT, MOBILE, MessageStatus.DELIVERED, lessees.world.hub.clock())
    assert lessees.told(stranger) == {"passed_over": "it is about no message of ours"}


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


def test_on_postgresql_a_message_goes_once_as_well(
    world_on_both: World, served_mail: MailServer, twilio: TwilioVendor, served_twilio: ServedVendor
) -> None:
    lessees = Lessees(world_on_both, served_mail, twilio, served_twilio)
    lessees.agrees()
    lessees.asks()
    for _ in range(2):
        lessees.world.run("messages")
    assert lessees.texts() == [SMS]
