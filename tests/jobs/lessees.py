"""A lender with one delinquent lessee: hub, org, mail server and a simulated Twilio, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from drawbar.connectors.mail.sender import MailSender
from drawbar.connectors.twilio.sender import TwilioSender
from drawbar.connectors.twilio.settings import TwilioSettings
from drawbar.jobs.lessee_facts import lessee_facts
from drawbar.jobs.messages import MessageOffice, carry_news, new_key, request
from drawbar.middleware.collections.tables import delinquency_case
from drawbar.middleware.database.engine import reading
from drawbar.middleware.gps.device_tables import lease_vehicle
from drawbar.middleware.mail import Mailer
from drawbar.middleware.mail_settings import MailboxSettings, MailSettings
from drawbar.middleware.messages.book import MessageBook
from drawbar.middleware.messages.channel import MessageSender
from drawbar.middleware.messages.consent import Choice, Choices
from drawbar.middleware.messages.desk import Heard, Told
from drawbar.middleware.messages.records import Message, MessageChannel
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.records import Reference, TargetRecord
from drawbar.sandbox.twilio.vendor import SENDER, TwilioVendor
from tests.contracts.served_vendor import ServedVendor
from tests.fake_time import FakeTime
from tests.jobs.world import World
from tests.mail_server import MailServer

ACCOUNT, LESSEE, MOBILE, EMAIL, CASE = "LW1", "LE1", "+19185550123", "summit@example.com", "LW1-D001"
CALLBACK = "https://hub.lender.example/webhooks/twilio"
MORNING = datetime.fromisoformat("2026-03-02T16:00:00+00:00")
"""Ten o'clock where the lessee lives, in Oklahoma."""

RECORDS = (
    TargetRecord(
        "Account", LESSEE,
        {"Name": "Summit Drayage LLC", "BillingState": "OK", "Mobile_Phone__c": "(918) 555-0123", "Email__c": EMAIL},
    ),
    TargetRecord(
        "Lease_Account__c", ACCOUNT,
        {"Name": ACCOUNT, "Portfolio__c": "OTR", "Days_Past_Due__c": 34, "Past_Due_Amount__c": "2150.00"},
        {"Lessee__r": Reference("Account", LESSEE)},
    ),
    TargetRecord(
        "Vehicle__c", "VH1", {"Name": "VH1", "Year__c": "2021", "Make__c": "Mack", "Model__c": "Anthem"},
        {"Lease_Account__r": Reference("Lease_Account__c", ACCOUNT)},
    ),
    TargetRecord("Case", CASE, {"Subject": "Delinquent"}, {"Lease_Account__r": Reference("Lease_Account__c", ACCOUNT)}),
)  # fmt: skip


@dataclass
class Lessees:
    """What the hub does for a lessee, and what the lessee gets."""

    world: World
    mail: MailServer
    twilio: TwilioVendor
    served: ServedVendor

    def __post_init__(self) -> None:
        self.mail.empty()
        self.mail.lose_answers = 0
        self.twilio.texts.clear()
        self.twilio.opted_out.clear()
        self.served.weather.clears()
        self.world.clock.time = MORNING
        self.configure()
        for record in RECORDS:
            (outcome,) = self.world.hub.salesforce().upsert([record])
            assert outcome.status == "created", outcome
        self._delinquent()

    def configure(self, **settings: Any) -> None:
        """Give the hub its channels, and the settings of messages."""
        mail = MailSettings(host="127.0.0.1", port=self.mail.port, security="none", sender="hub@lender.example")
        rules = MessageSettings(**{"sender_name": "Drawbar Leasing", "call_back": "(202) 555-0100", **settings})
        senders: dict[MessageChannel, MessageSender] = {
            MessageChannel.TEXT: TwilioSender(
                twilio_settings(self.twilio, self.served.url), "", clocks=FakeTime().clocks
            ),
            MessageChannel.EMAIL: MailSender(Mailer(mail)),
        }
        self.world.hub = replace(self.world.hub, messages=rules, senders=senders, mailer=Mailer(mail))

    def reads(self, mailbox: MailboxSettings) -> None:
        """Give the hub the mailbox where answers arrive."""
        mail = MailSettings(
            host="127.0.0.1", port=self.mail.port, security="none", sender="hub@lender.example", imap=mailbox
        )
        self.world.hub = replace(self.world.hub, mailer=Mailer(mail))

    def _delinquent(self) -> None:
        case = {
            "account_number": ACCOUNT, "sequence": 1, "status": "Open", "opened_on": date(2026, 2, 1),
            "close_reason": "", "times_reopened": 0,
        }  # fmt: skip
        with self.world.hub.engine.begin() as connection:
            connection.execute(insert(delinquency_case).values(case))
            connection.execute(insert(lease_vehicle).values(asset_number="VH1", vin="1M1", account_number=ACCOUNT))

    def agrees(self, channel: MessageChannel = MessageChannel.TEXT, *, agreed: bool = True) -> None:
        """Let the lessee choose, as a person notes it."""
        address = MOBILE if channel is MessageChannel.TEXT else EMAIL
        now = self.world.hub.clock()
        with self.world.hub.engine.begin() as connection:
            Choices(connection).note(Choice(channel, address, agreed, now, "told by telephone"), by="ada", now=now)

    def asks(self, channel: MessageChannel = MessageChannel.TEXT, template: str = "past_due") -> Message:
        """Ask for a message as the command line does."""
        facts, now = lessee_facts(self.world.hub, ACCOUNT), self.world.hub.clock()
        with self.world.hub.engine.begin() as connection:
            office = MessageOffice(self.world.hub, connection, "asked-1", now)
            return office.ask(request(ACCOUNT, channel, template, key=new_key(ACCOUNT), by="ada", at=now), facts)

    def lets_go(self, message: Message) -> None:
        """Let a message go as the job does, up to the moment before it is sent."""
        facts, now = lessee_facts(self.world.hub, ACCOUNT), self.world.hub.clock()
        with self.world.hub.engine.begin() as connection:
            MessageOffice(self.world.hub, connection, "released-1", now).release(message, facts)

    def told(self, news: Heard | Told) -> Mapping[str, Any]:
        """Let news come in as a handler of the inbox brings them."""
        with self.world.hub.engine.begin() as connection:
            return carry_news(MessageOffice(self.world.hub, connection, "told-1", self.world.hub.clock()), news)

    def kept(self, key: str) -> Message:
        with reading(self.world.hub.engine) as connection:
            return MessageBook(connection).get(key)

    def texts(self) -> list[str]:
        """Give the texts on the lessee's telephone that came from the lender."""
        return [text.body for text in self.twilio.texts if text.to == MOBILE]


def twilio_settings(vendor: TwilioVendor, url: str, **changes: Any) -> TwilioSettings:
    given = {"url": url, "account_sid": vendor.account_sid, "auth_token": vendor.token(), "sender": SENDER}
    return TwilioSettings.model_validate({**given, "calls_per_minute": 6000, "read_timeout_seconds": 0.3, **changes})
