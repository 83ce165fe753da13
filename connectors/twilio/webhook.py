"""Webhooks of Twilio: verified over address and parameters, and understood: answers, and what became of messages.

Source: twilio.com/docs/usage/webhooks/webhooks-security and twilio.com/docs/messaging/guides/webhook-request
(read 2026-11): `X-Twilio-Signature` is the base64 HMAC-SHA1, by the auth token, of the address as Twilio calls it
followed by all parameters of the form, name and value, in the order of their names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from drawbar.connectors.twilio.records import OPTED_OUT, STATUS
from drawbar.connectors.twilio.settings import TwilioSettings
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.messages.desk import Heard, Told
from drawbar.middleware.messages.records import MessageChannel
from drawbar.middleware.server.webhooks import BadSignature

SIGNATURE_HEADER: Final = "x-twilio-signature"
_PORTS: Final = {"https": 443, "http": 80}
_WISHES: Final[Mapping[str, str]] = {"STOP": "STOP", "START": "START", "HELP": "HELP"}
"""What `OptOutType` says when the messaging service knows words of its own (Advanced Opt-Out)."""


@dataclass(frozen=True, slots=True)
class TwilioSignature:
    """Implements `SignatureScheme`: Twilio gives no id of the webhook, so it gets one that is made of what it says."""

    settings: TwilioSettings
    address: str

    def message_id(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """Verify a webhook and give its id: SID and status of the message, and a hash of all of it."""
        del now  # no time is signed; a webhook that comes again has the same id, and no effect
        given = headers.get(SIGNATURE_HEADER, "").strip().encode()
        if not any(hmac.compare_digest(each, given) for each in self._signatures(body)):
            raise BadSignature(
                "the signature is not that of address and parameters",
                remedy="Set auth_token of [twilio], and soap.public_url to the address that Twilio calls.",
            )
        told = _parameters(body)
        word = told.get("MessageStatus") or told.get("SmsStatus", "")
        return f"{told.get('MessageSid', '')}.{word}.{hashlib.sha256(body).hexdigest()[:16]}"

    def _signatures(self, body: bytes) -> Iterator[bytes]:
        """Give every signature that counts: of each token, with the port in the address and without it."""
        tokens = [self.settings.auth_token, self.settings.former_auth_token]
        said = "".join(name + value for name, value in sorted(set(_pairs(body))))
        for token in filter(None, tokens):
            for address in _written(self.address):
                yield signature(token.get_secret_value(), address + said)


def signature(token: str, said: str) -> bytes:
    """Give the signature of an address that is followed by its parameters."""
    return base64.b64encode(hmac.digest(token.encode(), said.encode(), hashlib.sha1))


def understand(body: bytes, at: datetime) -> Heard | Told:
    """Understand a verified webhook that came at an instant; raises RecordRejected for a status that is not known."""
    told = _parameters(body)
    sid, status = told.get("MessageSid", ""), told.get("MessageStatus", "")
    if not sid:
        raise RecordRejected(
            "it names no message", record="webhook of Twilio", field="MessageSid", code="NOT_UNDERSTOOD",
            remedy="Let Twilio call this address for messages alone.",
        )  # fmt: skip
    if not status:
        text = _WISHES.get(told.get("OptOutType", ""), "") or told.get("Body", "")
        return Heard(sid, MessageChannel.TEXT, told.get("From", ""), text, at)
    if status not in STATUS:
        raise RecordRejected(
            f"{status!r} is no status that is known", record=f"message {sid}", field="MessageStatus",
            code="UNKNOWN_CODE", remedy=f"Known are: {', '.join(STATUS)}.",
        )  # fmt: skip
    code = told.get("ErrorCode", "")
    return Told(
        sid, MessageChannel.TEXT, told.get("To", ""), STATUS[status], at, "" if code == "0" else code,
        opted_out=code == OPTED_OUT,
    )  # fmt: skip


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _parameters(body: bytes) -> dict[str, str]:
    return dict(_pairs(body))


def _written(address: str) -> Iterator[str]:
    """Give an address as it is, and with its port or without it: Twilio's servers do either."""
    yield address
    parts = urlsplit(address)
    host = parts.hostname or ""
    netloc = host if parts.port else f"{host}:{_PORTS[parts.scheme]}"
    yield parts._replace(netloc=netloc).geturl()
