"""Twilio's messages as its interface and its webhooks give them, and our words for theirs.

Source: twilio.com/docs/messaging/api/message-resource and
twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from drawbar.middleware.messages.records import MessageStatus

STATUS: Final[Mapping[str, MessageStatus]] = {
    "accepted": MessageStatus.SENT, "scheduled": MessageStatus.SENT, "queued": MessageStatus.SENT,
    "sending": MessageStatus.SENT, "sent": MessageStatus.SENT, "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED, "undelivered": MessageStatus.FAILED, "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}  # fmt: skip
"""Twilio's word → ours. From the first on Twilio has the message, which is what SENT says."""

OPTED_OUT: Final = "21610"
"""The recipient has sent STOP to our sender (twilio.com/docs/api/errors/21610, read 2026-11)."""

OUR_SENDER: Final = frozenset({"21603", "21606", "21611", "21659", "21660", "21701", "21703"})
"""Refusals because of our sender, not of the message: no sender, one that is not ours or cannot text, a full queue, no
such messaging service, one without numbers (twilio.com/docs/api/errors, read 2026-11)."""


def _moment(text: object) -> object:
    """Read a time as RFC 2822 writes it: `Mon, 02 Mar 2026 10:15:00 +0000`."""
    return parsedate_to_datetime(text) if isinstance(text, str) else text


class TwilioMessage(BaseModel):
    """What we need of a message that Twilio has."""

    model_config = ConfigDict(frozen=True)

    sid: str = Field(pattern=r"^[SM]M[0-9a-fA-F]{32}$")
    status: str
    to: str
    body: str
    date_created: Annotated[datetime | None, BeforeValidator(_moment)] = None
