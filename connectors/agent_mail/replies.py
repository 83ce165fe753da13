"""What a message in the mailbox tells of an order: an answer, a report, or that our message came back; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.message import Message
from typing import Final

from imap_tools import MailMessage

from drawbar.connectors.agent_mail.settings import SYSTEM
from drawbar.middleware.received_mail import Returned, name_of, own_text, sent_at
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.told import KINDS, AgentDocument, ToldEvent

_SAID: Final[Mapping[str, str]] = {kind.upper(): kind for kind in KINDS if kind != "comment"}
_LABELS: Final[Mapping[str, str]] = {
    "storage": "storage_place", "stored at": "storage_place", "keys": "keys", "mileage": "mileage",
    "condition": "condition", "personal property": "personal_property", "amount": "amount", "invoice": "invoice_number",
    "location": "location", "reason": "reason",
}  # fmt: skip
OUR_ID: Final = re.compile(r"drawbar\.[^<>\s]+")
"""What a Message-ID of ours begins with."""

_LABELLED: Final = re.compile(r"([A-Za-z][A-Za-z ]{1,30}?)\s*:\s*(\S.*)")
_KIND_OF_DOCUMENT: Final = (("condition", "condition report"), ("invoice", "invoice"))
_LONGEST_TEXT: Final = 4_000


def not_delivered(message: MailMessage, notice: Returned, kind: str, order_number: str, now: datetime) -> ToldEvent:
    """Give the event that our message about an order came back: the agent does not take it, or has not read it."""
    details = {"reason": f"the message did not reach the agent: {notice.diagnosis}", "undelivered": "yes"}
    at = sent_at(message, now)
    return ToldEvent(AgentEvent(SYSTEM, name_of(message), order_number, kind, at, details))


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
    event = AgentEvent(SYSTEM, name_of(message), order_number, kind, sent_at(message, now), told)
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


def _attached(report: Message) -> Iterator[Message]:
    return (part for part in report.walk() if part.get_content_disposition() == "attachment" or _is_inline_file(part))


def _is_inline_file(part: Message) -> bool:
    return part.get_filename() is not None and not part.is_multipart()


def _document(number: int, part: Message) -> AgentDocument:
    content = part.get_payload(decode=True)
    name = "".join(each for each in (part.get_filename() or "") if each.isprintable() and each not in "/\\;")
    kind = part.get_content_type()
    return AgentDocument(name[:200] or f"document {number}", kind, content if isinstance(content, bytes) else b"")
