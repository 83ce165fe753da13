"""Messages to and from lessees, and the words for what becomes of them (P04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class MessageChannel(StrEnum):
    """How a message travels."""

    TEXT = "text"
    EMAIL = "email"


class MessageStatus(StrEnum):
    """Where a message stands.

    WAITING may go at `not_before`, QUEUED has been let go, SENDING is under way, UNKNOWN may have been sent.
    """

    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    RECEIVED = "received"


Direction = Literal["outbound", "inbound"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message; texts are "" and times None where there is none yet.

    `key` is unique for ever. `address` is the number (E.164) or e-mail address of the lessee, `state` the two letters
    of the state where the lessee lives, `postal_code` the ZIP code there. `case_key` is the case that it is logged on.
    `why` says why it waits, was refused or failed, `code` the same as a word. `not_before` is when a waiting message
    may go, and of a refused one when it may be asked for again. `released_at` is when it was let go: it counts as a
    contact from then on. `provider_id` is what the provider calls it, `status_at` when it came to its status.
    """

    key: str
    account: str
    direction: Direction
    channel: MessageChannel
    status: MessageStatus
    asked_at: datetime
    asked_by: str
    status_at: datetime
    template: str = ""
    case_key: str = ""
    portfolio: str = ""
    state: str = ""
    postal_code: str = ""
    address: str = ""
    subject: str = ""
    text: str = ""
    why: str = ""
    code: str = ""
    not_before: datetime | None = None
    released_at: datetime | None = None
    sent_at: datetime | None = None
    provider_id: str = ""

    @property
    def name(self) -> str:
        """How people look for it."""
        return f"message {self.key}"


@dataclass(frozen=True, slots=True)
class LesseeFacts:
    """What is said in messages, and who hears it; days past due and amount as of today.

    `vehicle` is year, make and model; `mobile`, `email` and `postal_code` are as the source gives them, `state` two
    letters.
    """

    account: str
    lessee: str
    portfolio: str
    vehicle: str
    days_past_due: int
    past_due_amount: str
    mobile: str
    email: str
    state: str
    postal_code: str = ""
    case_key: str = ""
