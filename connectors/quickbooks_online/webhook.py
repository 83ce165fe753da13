"""Webhooks of QuickBooks Online: verified over the raw body, understood in both shapes; they say what to look at.

Source: Intuit developer documentation, "Webhooks", and Intuit's blog of 2025-11-12 on the payload as CloudEvents: the
header `intuit-signature` holds the base64 HMAC-SHA256 of the body, keyed by the app's verifier token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from drawbar.connectors.quickbooks_online.marks import request_id
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.server.webhooks import BadSignature
from drawbar.middleware.settings import Secret

SIGNATURE_HEADER: Final = "intuit-signature"

_OPERATIONS: Final = {
    "create": "created", "update": "updated", "delete": "deleted", "merge": "merged", "void": "voided",
    "emailed": "emailed",
}  # fmt: skip


class WebhookRefused(RecordRejected):
    """The message is not Intuit's, or cannot be understood."""


class Hint(BaseModel):
    """That something happened to an object of a company; `event_id` is the same when the message comes again."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    realm_id: str
    entity: str
    number: str
    operation: str
    at: datetime


class _Entity(BaseModel):
    name: str
    id: str
    operation: str
    lastUpdated: AwareDatetime  # noqa: N815  (Intuit's word)


class _Change(BaseModel):
    entities: list[_Entity]


class _Notification(BaseModel):
    realmId: str  # noqa: N815
    dataChangeEvent: _Change  # noqa: N815


class _Former(BaseModel):
    eventNotifications: list[_Notification]  # noqa: N815


class _CloudEvent(BaseModel):
    specversion: str
    id: str
    type: str
    time: AwareDatetime
    intuitentityid: str
    intuitaccountid: str


_BODY: Final[TypeAdapter[_Former | list[_CloudEvent]]] = TypeAdapter(_Former | list[_CloudEvent])


@dataclass(frozen=True, slots=True)
class IntuitSignature:
    """Implements `SignatureScheme`: Intuit gives no id of the message, so it gets one that is made of its body."""

    verifier_token: Secret

    def message_id(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """Verify a webhook and give its id; what is not Intuit's raises BadSignature, whatever time it is."""
        del now  # nothing of the time is signed; a webhook that comes again has the same id, and no effect
        try:
            verify(body, headers.get(SIGNATURE_HEADER, ""), self.verifier_token)
        except WebhookRefused as refused:
            raise BadSignature(refused.message, remedy=refused.remedy) from None
        return request_id("webhook", hashlib.sha256(body).hexdigest())


def verify(body: bytes, signature: str, verifier_token: Secret) -> None:
    """Raise WebhookRefused unless the signature is that of these very bytes."""
    key = verifier_token.get_secret_value().encode()
    wanted = base64.b64encode(hmac.digest(key, body, hashlib.sha256))
    if not hmac.compare_digest(wanted, signature.strip().encode()):
        raise WebhookRefused(
            "the signature is not that of the body", field=SIGNATURE_HEADER, code="SIGNATURE",
            remedy="Set webhook_verifier_token to the verifier token of the Intuit app.",
        )  # fmt: skip


def hints(body: bytes) -> list[Hint]:
    """Understand a body of either shape; each event once, in the order in which they stand."""
    try:
        read = _BODY.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise WebhookRefused(
            f"the body has neither shape that Intuit sends ({first['msg']})", field=place, code="BODY",
            remedy="Compare the payload with docs/connectors/quickbooks-online.md.",
        ) from None  # fmt: skip
    found = _former(read) if isinstance(read, _Former) else map(_cloud_event, read)
    return list({each.event_id: each for each in found}.values())


def _former(read: _Former) -> Iterator[Hint]:
    for notification in read.eventNotifications:
        for each in notification.dataChangeEvent.entities:
            operation = _operation(each.operation.lower())
            told = (notification.realmId, each.name.lower(), each.id, operation, each.lastUpdated.isoformat())
            yield Hint(
                event_id=request_id("webhook", *told), realm_id=notification.realmId, entity=each.name.lower(),
                number=each.id, operation=operation, at=each.lastUpdated,
            )  # fmt: skip


def _cloud_event(event: _CloudEvent) -> Hint:
    parts = event.type.split(".")
    if len(parts) != 4 or parts[0] != "qbo" or parts[2] not in _OPERATIONS.values():  # noqa: PLR2004
        raise WebhookRefused(
            f"unknown event type {event.type!r}", record=f"event {event.id}", field="type", code="EVENT_TYPE",
            remedy="Drawbar has to learn it; until then the sweep finds the change.",
        )  # fmt: skip
    return Hint(
        event_id=event.id, realm_id=event.intuitaccountid, entity=parts[1].lower(), number=event.intuitentityid,
        operation=parts[2], at=event.time,
    )  # fmt: skip


def _operation(word: str) -> str:
    if word not in _OPERATIONS:
        raise WebhookRefused(
            f"unknown operation {word!r}", field="operation", code="OPERATION",
            remedy="Drawbar has to learn it; until then the sweep finds the change.",
        )  # fmt: skip
    return _OPERATIONS[word]
