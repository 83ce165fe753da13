"""Twilio over real HTTP: what is sent, what is refused, and which webhooks are believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr, ValidationError

from drawbar.connectors.twilio.checks import TwilioChecks
from drawbar.connectors.twilio.sender import TwilioSender
from drawbar.connectors.twilio.settings import TwilioSettings
from drawbar.connectors.twilio.webhook import TwilioSignature, signature, understand
from drawbar.middleware.errors import RecordRejected, StopRun
from drawbar.middleware.messages.channel import MessageSender, OptedOut, OutcomeUnknown, Outgoing
from drawbar.middleware.messages.desk import Heard, Told
from drawbar.middleware.messages.records import MessageChannel, MessageStatus
from drawbar.middleware.server.webhooks import BadSignature
from drawbar.sandbox.twilio.vendor import LANDLINE, TwilioVendor
from tests.contracts.message_sender import MessageSenderContract
from tests.contracts.served_vendor import Instead, ServedVendor, half_an_answer, no_answer, refusal, serve_vendor
from tests.fake_time import FakeTime
from tests.jobs.lessees import CALLBACK, twilio_settings

NOW = datetime.now(UTC)
NUMBER = "+19185550123"


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> TwilioVendor:
    return TwilioVendor(tmp_path_factory.mktemp("twilio"))


@pytest.fixture(scope="module")
def served(vendor: TwilioVendor) -> Iterator[ServedVendor]:
    with serve_vendor(vendor.routes()) as served:
        yield served


@pytest.fixture
def sender(vendor: TwilioVendor, served: ServedVendor) -> TwilioSender:
    vendor.texts.clear()
    vendor.opted_out.clear()
    served.weather.clears()
    return opened(vendor, served)


def opened(vendor: TwilioVendor, served: ServedVendor, **changes: Any) -> TwilioSender:
    return TwilioSender(twilio_settings(vendor, served.url, **changes), "", clocks=FakeTime().clocks)


class TestTwilioSender(MessageSenderContract):
    address = NUMBER

    @pytest.fixture(autouse=True)
    def _opened(self, sender: TwilioSender, vendor: TwilioVendor, served: ServedVendor) -> None:
        self.sender, self.vendor, self.served = sender, vendor, served

    def open_sender(self) -> MessageSender:
        return self.sender

    def refuses(self) -> None:
        self.vendor.opted_out.add(NUMBER)

    def is_busy(self) -> None:
        self.served.weather.comes(*[refusal(429)] * 20)

    def loses_the_answer(self) -> None:
        self.served.weather.comes(half_an_answer())

    def taken(self) -> list[str]:
        return [text.body for text in self.vendor.texts]


def outgoing(to: str = NUMBER, text: str = "hello") -> Outgoing:
    return Outgoing("LW1-M1", to, "", text, NOW)


@pytest.mark.spec("P04")
def test_a_text_is_at_twilio_under_the_name_that_is_given(sender: TwilioSender, vendor: TwilioVendor) -> None:
    sid = sender.send(outgoing())
    assert [(text.sid, text.to, text.body) for text in vendor.texts] == [(sid, NUMBER, "hello")]
    assert sender.find(outgoing()) == [sid]
    assert sender.find(outgoing(text="other words")) == []
    assert sender.find(outgoing(to="+19185550124")) == []


@pytest.mark.fault(12)
@pytest.mark.parametrize("instead", [refusal(500), no_answer()])
def test_a_lost_answer_is_told_as_unknown_and_nothing_is_sent_twice(
    sender: TwilioSender, vendor: TwilioVendor, served: ServedVendor, instead: Instead
) -> None:
    served.weather.comes(instead)
    with pytest.raises(OutcomeUnknown):
        sender.send(outgoing())
    assert len(vendor.texts) <= 1


@pytest.mark.parametrize(("to", "code"), [("12345", "21211"), (LANDLINE, "21614")])
def test_a_number_that_cannot_be_texted_is_refused_with_twilios_code(sender: TwilioSender, to: str, code: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        sender.send(outgoing(to))
    assert (refused.value.code, refused.value.record) == (code, "message LW1-M1")
    assert "LeaseWorks" in refused.value.remedy


@pytest.mark.spec("P31")
def test_who_sent_stop_to_twilio_is_opted_out(sender: TwilioSender, vendor: TwilioVendor) -> None:
    vendor.answer(NUMBER, "Stop")
    with pytest.raises(OptedOut):
        sender.send(outgoing())


def test_a_sender_that_is_not_ours_and_a_wrong_token_stop_the_run(
    sender: TwilioSender, vendor: TwilioVendor, served: ServedVendor
) -> None:
    del sender
    for wrong in ({"sender": "+12025550111"}, {"auth_token": SecretStr("wrong-canary")}):
        with pytest.raises(StopRun, match="twilio") as stopped:
            opened(vendor, served, **wrong).send(outgoing())
        assert "wrong-canary" not in str(stopped.value)


def test_doctor_asks_for_the_account_and_looks_at_the_address_for_webhooks(
    sender: TwilioSender, vendor: TwilioVendor, served: ServedVendor
) -> None:
    assert [check.ok for check in TwilioChecks(sender, CALLBACK).checks(NOW)] == [True, True]
    wrong = opened(vendor, served, auth_token=SecretStr("wrong"))
    assert [check.ok for check in TwilioChecks(wrong, "http://hub.lender.example").checks(NOW)] == [False, False]


def test_the_settings_want_one_sender() -> None:
    good = {"account_sid": "AC" + "0" * 32, "auth_token": "t"}
    for wrong in ({}, {"sender": "+12025550100", "messaging_service_sid": "MG" + "0" * 32}, {"sender": "555"}):
        with pytest.raises(ValidationError):
            TwilioSettings.model_validate({**good, **wrong})


def test_the_documented_example_has_the_documented_signature() -> None:
    told = {
        "CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
        "Caller": "+14158675309",
    }  # fmt: skip
    said = "https://mycompany.com/myapp.php?foo=1&bar=2" + "".join(name + told[name] for name in sorted(told))
    assert signature("12345", said) == b"RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.fixture
def scheme(vendor: TwilioVendor) -> TwilioSignature:
    return TwilioSignature(twilio_settings(vendor, "https://api.twilio.com"), CALLBACK)


def signed(vendor: TwilioVendor, told: dict[str, str], address: str = CALLBACK) -> tuple[dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in vendor.signed(address, told).items()}
    return headers, urlencode(told).encode()


def test_a_webhook_is_believed_as_it_stands_alone(vendor: TwilioVendor, scheme: TwilioSignature) -> None:
    headers, body = signed(vendor, vendor.answer(NUMBER, "I pay on Friday & thanks ✓"))
    message_id = scheme.message_id(headers, body, NOW)
    assert scheme.message_id(headers, body, NOW) == message_id
    for wrong, sent in [
        (headers, body + b"&More=1"), (headers, body.replace(b"Friday", b"Monday")), ({}, body),
        (signed(vendor, {"MessageSid": "SM1"})[0], body),
        (signed(vendor, vendor.answer(NUMBER, "x"), "https://elsewhere.example/webhooks/twilio")[0], body),
    ]:  # fmt: skip
        with pytest.raises(BadSignature):
            scheme.message_id(wrong, sent, NOW)


def test_the_former_token_and_an_address_with_its_port_count_too(vendor: TwilioVendor) -> None:
    told = vendor.answer(NUMBER, "hello")
    with_port = CALLBACK.replace("lender.example", "lender.example:443")
    renewed = twilio_settings(vendor, "https://api.twilio.com", auth_token="new", former_auth_token=vendor.token())
    for address in (CALLBACK, with_port):
        headers, body = signed(vendor, told, address)
        assert TwilioSignature(renewed, CALLBACK).message_id(headers, body, NOW)


@pytest.mark.spec("P04")
def test_answers_and_ends_are_understood_and_an_unknown_status_is_refused_by_name(vendor: TwilioVendor) -> None:
    told = vendor.answer(NUMBER, "I paid")
    assert understand(urlencode(told).encode(), NOW) == Heard(
        told["MessageSid"], MessageChannel.TEXT, NUMBER, "I paid", NOW
    )
    own_word = urlencode({**told, "Body": "ALTO", "OptOutType": "STOP"}).encode()
    assert understand(own_word, NOW) == Heard(told["MessageSid"], MessageChannel.TEXT, NUMBER, "STOP", NOW)
    failed = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003", "To": NUMBER}
    assert understand(urlencode(failed).encode(), NOW) == Told(
        "SM1", MessageChannel.TEXT, NUMBER, MessageStatus.FAILED, NOW, "30003"
    )
    for wrong in ({**failed, "MessageStatus": "lost at sea"}, {"MessageStatus": "sent"}):
        with pytest.raises(RecordRejected):
            understand(urlencode(wrong).encode(), NOW)
