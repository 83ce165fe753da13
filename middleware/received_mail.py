"""What a received message is, whoever it came from: its name, what it answers, what was written, what came back; pure.

Returned mail: RFC 3464 (delivery status notifications) in a report of RFC 6522.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Final

from imap_tools import MailMessage
from lxml import html

_QUOTE: Final = re.compile(r"^(>|-{2,} ?Original Message|_{10,}|On .{5,200} wrote:\s*$)")
_IN_ANGLES: Final = re.compile(r"<([^<>\s]{3,250})>")
_LONGEST_ID: Final = 190


@dataclass(frozen=True, slots=True)
class Returned:
    """A message of ours that did not arrive: its id, the server's words, and whether that is for good."""

    message_id: str
    diagnosis: str
    failed: bool


def name_of(message: MailMessage) -> str:
    """Name a message by its Message-ID, or by its content where it has none that can serve as a name."""
    found = _IN_ANGLES.search(str(message.obj.get("Message-ID", "")))
    named = found[1] if found else ""
    if named and len(named) <= _LONGEST_ID and named.isprintable():
        return named
    return f"sha256.{hashlib.sha256(message.obj.as_bytes()).hexdigest()}"


def answered(message: MailMessage) -> list[str]:
    """Give the ids of the messages that a message answers, the nearest first."""
    headers = (str(message.obj.get(name, "")) for name in ("In-Reply-To", "References"))
    nearest, others = (_IN_ANGLES.findall(each) for each in headers)
    return [*nearest, *reversed(others)]


def addressed(message: MailMessage) -> set[str]:
    """Give all addresses that a message was sent or handed to, in small letters."""
    named = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
    texts = [str(value) for name in named for value in message.obj.get_all(name, [])]
    return {found.lower() for text in texts for found in re.findall(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+", text)}


def returned(message: MailMessage, ours: re.Pattern[str]) -> Returned | None:
    """Understand a notice that mail was not delivered, or was delayed; None for any other message.

    `ours` finds the id of a message that we have sent, without the angles around it.
    """
    report = message.obj
    if report.get_content_type() != "multipart/report" or report.get_param("report-type") != "delivery-status":
        return None
    fields = {name: value for part in _parts(report, "message/delivery-status") for name, value in _status(part)}
    action = fields.get("action", "").lower()
    if action not in ("failed", "delayed"):
        return None
    diagnosis = " ".join(filter(None, (fields.get("status"), fields.get("diagnostic-code"))))
    return Returned(_of_original(report, ours), " ".join(diagnosis.split())[:300], action == "failed")


def own_text(message: MailMessage) -> str:
    """Give what the writer wrote, without what is quoted below."""
    text = message.text or (html.fromstring(message.html).text_content() if message.html.strip() else "")
    own: list[str] = []
    for line in text.splitlines():
        if _QUOTE.match(line.strip()):
            break
        own.append(line.rstrip())
    return "\n".join(own).strip()


def sent_at(message: MailMessage, now: datetime) -> datetime:
    """Give when a message was sent, as it says; when it was read where it says nothing usable, or a time to come."""
    at = message.date
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC) if message.obj.get("Date") and datetime(2000, 1, 1, tzinfo=UTC) < aware <= now else now


def _parts(report: Message, kind: str) -> Iterator[Message]:
    return (part for part in report.walk() if part.get_content_type() == kind)


def _status(part: Message) -> Iterator[tuple[str, str]]:
    """Read the groups of fields of a delivery status, which the parser gives as messages without a body."""
    groups = part.get_payload()
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, Message):
            yield from ((name.lower(), str(value)) for name, value in group.items())


def _of_original(report: Message, ours: re.Pattern[str]) -> str:
    """Find the id of the message that came back, whole or as its headers alone."""
    originals = [part for part in report.walk() if part is not report and part.get("Message-ID")]
    texts = [str(part["Message-ID"]) for part in originals]
    texts += [str(part.get_payload()) for part in _parts(report, "text/rfc822-headers")]
    found = (ours.search(text) for text in texts)
    return next((each[0] for each in found if each), "")
