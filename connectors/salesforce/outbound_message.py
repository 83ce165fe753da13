"""Outbound messages: Salesforce tells that records have changed; each notification is stored, then acknowledged.

Salesforce sends up to 100 notifications at a time, at least once, in no order, for 24 hours until Ack is true
(developer.salesforce.com, SOAP API Developer Guide, Outbound Messaging, read 2026-11). What a notification says of the
record is not looked at: it may be old when it comes. Only its id, the object and the record's id are kept; the session
id of the message is not read at all.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from lxml import etree
from pydantic import BaseModel, ConfigDict, Field

from drawbar.connectors.salesforce.settings import SYSTEM, OutboundMessageSettings
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.server.proxies import CLIENT_CERTIFICATE
from drawbar.middleware.server.soap.call import SoapCall
from drawbar.middleware.server.soap.faults import FaultSide, SoapFault
from drawbar.middleware.server.soap.parsing import XmlLimits
from drawbar.middleware.sync.inbox import Message, Stored

KIND: Final = "salesforce-outbound"
"""The kind of such messages in the inbox."""

PATH: Final = "/salesforce/{token}"
"""Where they come to, below what speaks SOAP."""

VERIFIED_HEADER, SUBJECT_HEADER = f"{CLIENT_CERTIFICATE}verify", f"{CLIENT_CERTIFICATE}name"
"""What the proxy tells of the client's certificate; from anybody else the server takes these headers away."""

_OUTBOUND: Final = "http://soap.sforce.com/2005/09/outbound"
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_MOST_NOTIFICATIONS: Final = 100
_SHORT_ID: Final = 15
"""Characters of an id that count; the three more of the long form are a checksum."""

_log = structlog.get_logger(__name__)


class ChangedRecord(BaseModel):
    """What is kept of a notification: which record has changed, by object and Salesforce's own id."""

    model_config = ConfigDict(frozen=True)

    object: str = Field(pattern=r"^[A-Za-z]\w*$", max_length=80)
    id: str = Field(pattern=r"^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$")


class MessageStore(Protocol):
    """Stores messages durably."""

    def submit(self, message: Message) -> Future[Stored]: ...


@dataclass(frozen=True, slots=True)
class OutboundMessages:
    """Implements `SoapService`. Parsed leniently: each object has a WSDL of its own, and fields come as they like."""

    settings: OutboundMessageSettings
    inbox: MessageStore
    refused: Callable[[str], None]
    """Hears of the address of each who may not send; it may raise when those were too many."""

    limits: XmlLimits = field(default_factory=lambda: XmlLimits(body_bytes=5_000_000))

    def wsdl(self, _address: str) -> bytes | None:
        """Give none: Salesforce writes it, one for each outbound message."""
        return None

    async def answer(self, call: SoapCall) -> etree._Element:
        """Store all notifications; Ack is false when that was not possible, so that Salesforce sends them again."""
        self._admit(call)
        call.identify(SYSTEM)
        payload = call.envelope.payload
        if payload.tag != f"{{{_OUTBOUND}}}notifications":
            raise _refusal("the message is no outbound message of Salesforce", "UNKNOWN_OPERATION")
        sender = _text(payload, "OrganizationId")
        if sender[:_SHORT_ID] != self.settings.organization_id[:_SHORT_ID]:
            raise _refusal("the message comes from another org than the one that is set", "WRONG_ORG")
        return _acknowledgement(ack=await self._store(_notifications(payload)))

    def _admit(self, call: SoapCall) -> None:
        wanted = self.settings.path_token.get_secret_value()
        known = hmac.compare_digest(call.path.get("token", "").encode(), wanted.encode())
        subject = self.settings.certificate_subject
        if subject:
            verified = call.headers.get(VERIFIED_HEADER, "") == "SUCCESS"
            known = known and verified and call.headers.get(SUBJECT_HEADER, "") == subject
        if not known:
            self.refused(call.peer)
            raise _refusal("nobody is known here who may send this", "FAILED_AUTHENTICATION")

    async def _store(self, messages: list[Message]) -> bool:
        try:
            for stored in [self.inbox.submit(each) for each in messages]:
                await asyncio.wrap_future(stored)
        except RetryLater as error:
            _log.warning(
                "notifications not stored", system=SYSTEM, count=len(messages), error_type=type(error).__name__
            )
            return False
        return True


def _notifications(payload: etree._Element) -> list[Message]:
    found = payload.findall(f"{{{_OUTBOUND}}}Notification")
    if not 1 <= len(found) <= _MOST_NOTIFICATIONS:
        raise _refusal(f"a message has 1 to {_MOST_NOTIFICATIONS} notifications", "INVALID")
    return [_message(each) for each in found]


def _message(notification: etree._Element) -> Message:
    number = _text(notification, "Id")
    record = notification.find(f"{{{_OUTBOUND}}}sObject")
    if not number or record is None:
        raise _refusal("a notification has no Id or no sObject", "INVALID")
    ids = [(each.text or "").strip() for each in record if etree.QName(each).localname == "Id"]
    changed = {"object": record.get(_TYPE, "").rpartition(":")[2], "id": ids[0] if ids else ""}
    return Message(SYSTEM, number, KIND, json.dumps(changed).encode())


def _text(parent: etree._Element, name: str) -> str:
    return parent.findtext(f"{{{_OUTBOUND}}}{name}", "").strip()


def _acknowledgement(*, ack: bool) -> etree._Element:
    response = etree.Element(f"{{{_OUTBOUND}}}notificationsResponse", nsmap={None: _OUTBOUND})
    etree.SubElement(response, f"{{{_OUTBOUND}}}Ack").text = "true" if ack else "false"
    return response


def _refusal(message: str, code: str) -> SoapFault:
    return SoapFault(message, side=FaultSide.CALLER, code=code)
