"""What a message in the mailbox tells of an order: an answer, a condition report, or that our message came back; pure.

Returned mail: RFC 3464 (delivery status notifications) in a report of RFC 6522.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Final

from imap_tools import MailMessage
from lxml import html

from drawbar.connectors.agent_mail.settings import SYSTEM
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.told import KINDS, AgentDocument, ToldEvent

_SAID: Final[Mapping[str, str]] = {kind.upper(): kind for kind in KINDS if kind != "comment"}
_LABELS: Final[Mapping[str, str]] = {
    "storage": "storage_place", "stored at": "storage_place", "keys": "keys", "mileage": "mileage",
    "condition": "condition", "personal property": "personal_property", "amount": "amount", "invoice": "invoice_number",
    "location": "location", "reason": "reason",
}  # fmt: skip
_LABELLED: Final = re.compile(r"([A-Za-z][A-Za-z ]{1,30}?)\s*:\s*(\S.*)")
_QUOTE: Final = re.compile(r"^(>|-{2,} ?Original Message|_{10,}|On .{5,200} wrote:\s*$)")
_IN_ANGLES: Final = re.compile(r"<([^<>\s]{3,250})>")
_KIND_OF_DOCUMENT: Final = (("condition", "condition report"), ("invoice", "invoice"))
_LONGEST_ID: Final = 190
_LONGEST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Returned:
    """A message of ours that did not arrive: its id, the server's words, and whether that is for good."""

    message_id: str
    diagnosis: str
    failed: bool


def event_id(message: MailMessage) -> str:
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


def returned(message: MailMessage) -> Returned | None:
    """Understand a notice that mail was not delivered, or was delayed; None for any other message."""
    report = message.obj
    if report.get_content_type() != "multipart/report" or report.get_param("report-type") != "delivery-status":
        return None
    fields = {name: value for part in _parts(report, "message/delivery-status") for name, value in _status(part)}
    action = fields.get("action", "").lower()
    if action not in ("failed", "delayed"):
        return None
    diagnosis = " ".join(filter(None, (fields.get("status"), fields.get("diagnostic-code"))))
    return Returned(_of_original(report), " ".join(diagnosis.split())[:300], action == "failed")


def not_delivered(message: MailMessage, notice: Returned, kind: str, order_number: str, now: datetime) -> ToldEvent:
    """Give the event that our message about an order came back: the agent does not take it, or has not read it."""
    details = {"reason": f"the message did not reach the agent: {notice.diagnosis}", "undelivered": "yes"}
    at = _sent_at(message, now)
    return ToldEvent(AgentEvent(SYSTEM, event_id(message), order_number, kind, at, details))


def understood(message: MailMessage, order_number: str, now: datetime, largest_bytes: float) -> ToldEvent:
    """Give the event that an agent's message is, with its attachments; larger ones are named under `left_out`."""
    text = own_text(message)
    documents = [_document(number, part) for number, part in enumerate(_attached(message.obj), start=1)]
    kept = tuple(each for each in documents if len(each.content) <= largest_bytes)
    kind, details = kind_and_details(text, (each.name for each in documents))
    named = {
        "text": text[:_LONGEST_TEXT],
        "documents": "; ".join(each.name for each in kept),
        "left_out": "; ".join(each.name for each in documents if each not in kept),
    }
    told = {**{name: value for name, value in named.items() if value}, **details}
    event = AgentEvent(SYSTEM, event_id(message), order_number, kind, _sent_at(message, now), told)
    return ToldEvent(event, kept)


def kind_and_details(text: str, documents: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Read the word that an answer begins with, and its lines `Label: value`; an answer without a word is a comment."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    word = lines[0].upper().rstrip(" .!,") if lines else ""
    found = (_LABELLED.fullmatch(line) for line in lines)
    details = {_LABELS[each[1].lower()]: each[2] for each in found if each and each[1].lower() in _LABELS}
    if word in _SAID:
        return _SAID[word], details
    names = [name.lower() for name in documents]
    return next((kind for part, kind in _KIND_OF_DOCUMENT if any(part in name for name in names)), "comment"), details


def own_text(message: MailMessage) -> str:
    """Give what the writer wrote, without what is quoted below."""
    text = message.text or (html.fromstring(message.html).text_content() if message.html.strip() else "")
    own: list[str] = []
    for line in text.splitlines():
        if _QUOTE.match(line.strip()):
            break
        own.append(line.rstrip())
    return "\n".join(own).strip()


def _parts(report: Message, kind: str) -> Iterator[Message]:
    return (part for part in report.walk() if part.get_content_type() == kind)


def _status(part: Message) -> Iterator[tuple[str, str]]:
    """Read the groups of fields of a delivery status, which the parser gives as messages without a body."""
    groups = part.get_payload()
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, Message):
            yield from ((name.lower(), str(value)) for name, value in group.items())


def _of_original(report: Message) -> str:
    """Find the id of the message that came back, whole or as its headers alone."""
    originals = [part for part in report.walk() if part is not report and part.get("Message-ID")]
    texts = [str(part["Message-ID"]) for part in originals]
    texts += [str(part.get_payload()) for part in _parts(report, "text/rfc822-headers")]
    found = (re.search(r"drawbar\.[^<>\s]+", text) for text in texts)
    return next((each[0] for each in found if each), "")


def _attached(report: Message) -> Iterator[Message]:
    return (part for part in report.walk() if part.get_content_disposition() == "attachment" or _is_inline_file(part))


def _is_inline_file(part: Message) -> bool:
    return part.get_filename() is not None and not part.is_multipart()


def _document(number: int, part: Message) -> AgentDocument:
    content = part.get_payload(decode=True)
    name = "".join(each for each in (part.get_filename() or "") if each.isprintable() and each not in "/\\;")
    kind = part.get_content_type()
    return AgentDocument(name[:200] or f"document {number}", kind, content if isinstance(content, bytes) else b"")


def _sent_at(message: MailMessage, now: datetime) -> datetime:
    """Give when a message was sent, as it says; when it was read where it says nothing usable, or a time to come."""
    at = message.date
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC) if message.obj.get("Date") and datetime(2000, 1, 1, tzinfo=UTC) < aware <= now else now
