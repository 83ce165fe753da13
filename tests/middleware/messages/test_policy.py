"""When a message may go: holds, choices, limits and hours, each with its reason (P04, P31)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from drawbar.middleware.messages.addresses import masked, usable
from drawbar.middleware.messages.consent import Choice, wish_of
from drawbar.middleware.messages.policy import Circumstances, Verdict, judge
from drawbar.middleware.messages.records import Message, MessageChannel, MessageStatus
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.messages.zones import ZONES_OF_STATE, allowed_from, zones_of

NOON = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
TEXT, EMAIL = MessageChannel.TEXT, MessageChannel.EMAIL
FIRST, LAST = time(8), time(21)


def judged(
    *, channel: MessageChannel = EMAIL, at: datetime = NOON, held: tuple[str, ...] = (), choice: bool | None = None,
    contacts: tuple[datetime, ...] = (), rules: Any = None, **fields: Any,
) -> Verdict:  # fmt: skip
    given: dict[str, Any] = {"address": "a@example.com", "state": "OK", "portfolio": "OTR", "asked_at": at, **fields}
    message = Message(
        key="K1", account="LW1", direction="outbound", channel=channel, status=MessageStatus.WAITING, asked_by="ada",
        status_at=at, **given,
    )  # fmt: skip
    chosen = None if choice is None else Choice(channel, given["address"], choice, at, "a call")
    return judge(message, Circumstances(held, chosen, contacts), MessageSettings(**(rules or {})), at)


@pytest.mark.spec("P31")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"held": ("Attorney since 2026-03-01",), "choice": False}, "HOLD"),
        ({"address": ""}, "NO_ADDRESS"),
        ({"choice": False}, "OPTED_OUT"),
        ({"channel": TEXT}, "NO_CONSENT"),
        ({"state": ""}, "NO_STATE"),
        ({"asked_at": NOON - timedelta(hours=97)}, "TOO_LATE"),
    ],
)
def test_what_is_refused_says_why_and_what_to_do(given: dict[str, Any], code: str) -> None:
    verdict = judged(**given)
    assert (verdict.refused, verdict.code) == (True, code)
    assert verdict.why
    assert verdict.remedy


@pytest.mark.spec("P31")
def test_email_goes_without_consent_and_a_text_with_it_or_where_the_lender_needs_none() -> None:
    assert judged() == Verdict(False, NOON)
    assert judged(channel=TEXT, choice=True) == Verdict(False, NOON)
    assert judged(channel=TEXT, rules={"text_needs_consent": False}) == Verdict(False, NOON)


@pytest.mark.spec("P31")
def test_the_limit_of_the_portfolio_says_from_when_on_another_message_may_go() -> None:
    contacts = tuple(NOON - timedelta(days=6, hours=hour) for hour in (3, 2, 1))
    rules = {"limit_of_portfolio": {"OTR": {"messages": 3, "days": 7}}}
    verdict = judged(contacts=contacts, rules=rules)
    assert (verdict.refused, verdict.at) == (False, NOON + timedelta(hours=21))
    assert verdict.why.startswith("there were 3 messages and calls in 7 days, 3 may be")
    assert judged(contacts=contacts, rules=rules, portfolio="LOCAL") == Verdict(False, NOON)
    assert judged(contacts=contacts[1:], rules=rules) == Verdict(False, NOON)


@pytest.mark.spec("P31")
@pytest.mark.parametrize(
    ("state", "at", "allowed"),
    [
        ("OK", "2026-03-02T13:59:00+00:00", "2026-03-02T14:00:00+00:00"),
        ("OK", "2026-03-03T03:00:00+00:00", "2026-03-03T14:00:00+00:00"),
        ("TX", "2026-03-02T14:30:00+00:00", "2026-03-02T15:00:00+00:00"),
        ("TX", "2026-03-03T03:00:00+00:00", "2026-03-03T15:00:00+00:00"),
        ("AZ", "2026-07-01T14:30:00+00:00", "2026-07-01T15:00:00+00:00"),
        ("FL", "2026-03-07T13:30:00+00:00", "2026-03-07T14:00:00+00:00"),
        ("FL", "2026-03-08T12:30:00+00:00", "2026-03-08T13:00:00+00:00"),
        ("HI", "2026-03-03T06:59:00+00:00", "2026-03-03T06:59:00+00:00"),
    ],
)
def test_a_state_with_two_zones_counts_as_the_stricter_of_both_and_summer_time_counts(
    state: str, at: str, allowed: str
) -> None:
    verdict = judged(state=state, at=datetime.fromisoformat(at))
    assert (verdict.refused, verdict.at) == (False, datetime.fromisoformat(allowed))


@pytest.mark.spec("P31")
@pytest.mark.parametrize(
    ("state", "postal_code", "allowed"),
    [
        ("TX", "79901", "2026-03-02T15:00:00+00:00"),
        ("TX", "75201-1234", "2026-03-02T14:00:00+00:00"),
        ("TX", "", "2026-03-02T15:00:00+00:00"),
        ("TX", "00000", "2026-03-02T15:00:00+00:00"),
        ("TX", "32501", "2026-03-02T15:00:00+00:00"),
        ("IN", "46320", "2026-03-02T14:00:00+00:00"),
        ("IN", "46204", "2026-03-02T13:00:00+00:00"),
        ("NV", "89101", "2026-03-02T16:00:00+00:00"),
    ],
)
def test_the_zip_code_says_which_zone_of_a_state_is_the_lessees_and_else_both_count(
    state: str, postal_code: str, allowed: str
) -> None:
    at = datetime.fromisoformat("2026-03-02T12:30:00+00:00")
    assert judged(state=state, postal_code=postal_code, at=at).at == datetime.fromisoformat(allowed)


@settings(max_examples=200, deadline=None)
@given(state=st.sampled_from(sorted(ZONES_OF_STATE)), digits=st.integers(0, 99_999))
def test_no_zip_code_makes_a_state_lie_where_it_does_not(state: str, digits: int) -> None:
    clocks = {at_noon(zone) for zone in ZONES_OF_STATE[state]}
    assert {at_noon(zone) for zone in zones_of(state, f"{digits:05d}")} <= clocks


def at_noon(zone: str) -> time:
    return NOON.astimezone(ZoneInfo(zone)).time()


@settings(max_examples=40, deadline=None)
@given(
    state=st.sampled_from(sorted(ZONES_OF_STATE)),
    minutes=st.integers(0, 2 * 365 * 24 * 60),
)
def test_whatever_the_state_a_message_goes_in_the_hours_of_every_zone_within_a_day(state: str, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    moment = allowed_from(ZONES_OF_STATE[state], FIRST, LAST, at)
    assert at <= moment <= at + timedelta(hours=24)
    assert all(FIRST <= moment.astimezone(ZoneInfo(zone)).time() < LAST for zone in ZONES_OF_STATE[state])


def test_hours_and_limits_that_make_no_sense_are_refused() -> None:
    wrong_ones: list[dict[str, Any]] = [
        {"hours": {"first": "08:00", "last": "12:00"}}, {"hours_of_state": {"ZZ": {}}}, {"limit": {"messages": 0}},
    ]  # fmt: skip
    for wrong in wrong_ones:
        with pytest.raises(ValidationError):
            MessageSettings.model_validate(wrong)
    stricter = MessageSettings.model_validate({"hours_of_state": {"TX": {"first": "09:00", "last": "20:00"}}})
    assert (stricter.hours_in("TX").first, stricter.hours_in("OK").first) == (time(9), time(8))


def test_the_known_words_are_wishes_and_a_sentence_is_none() -> None:
    assert {wish_of(text) for text in ("STOP", " stop. ", "Stop all", "opt-out", "QUIT!")} == {"stop"}
    assert {wish_of(text) for text in ("start", "UNSTOP")} == {"start"}
    assert wish_of("Help?") == "help"
    assert {wish_of(text) for text in ("", "stop it now please", "I paid", "the end is near")} == {None}


def test_numbers_are_made_alike_and_blotted_out() -> None:
    assert {usable(TEXT, given) for given in ("(918) 555-0123", "918.555.0123", "+1 918 555 0123")} == {"+19185550123"}
    assert {usable(TEXT, given) for given in ("", "12345", "call me")} == {""}
    assert (usable(EMAIL, " a@example.com "), usable(EMAIL, "no address")) == ("a@example.com", "")
    assert (masked("+19185550123"), masked("anna@example.com")) == ("********0123", "a***@example.com")
