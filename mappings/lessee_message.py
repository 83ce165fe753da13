"""Message to or from a lessee → Message__c (P04)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from drawbar.connectors.salesforce.records.message import MessageRecord
from drawbar.mappings.words import optional_line, optional_lines, our_word, shortened
from drawbar.middleware.messages.addresses import masked
from drawbar.middleware.messages.records import Message, MessageChannel, MessageStatus

CHANNEL: Final = {MessageChannel.TEXT: "Text", MessageChannel.EMAIL: "Email"}
STATUS: Final = {
    MessageStatus.WAITING: "Waiting", MessageStatus.QUEUED: "Queued", MessageStatus.SENDING: "Sending",
    MessageStatus.UNKNOWN: "Unknown", MessageStatus.SENT: "Sent", MessageStatus.DELIVERED: "Delivered",
    MessageStatus.FAILED: "Failed", MessageStatus.REFUSED: "Refused", MessageStatus.RECEIVED: "Received",
}  # fmt: skip
_LINE: Final = 255
_LONG: Final = 30_000


def to_salesforce(message: Message, *, now: datetime) -> MessageRecord:
    """Map a message as it stands; the address is masked, the whole one stands on the lessee."""
    asked = message.direction == "outbound"
    return MessageRecord(
        message_key=message.key,
        lease_account=message.account or None,
        case=message.case_key or None,
        direction="Outbound" if asked else "Inbound",
        channel=our_word(CHANNEL, message.channel, record=message.name, field="channel"),
        template=optional_line(message.template),
        address=optional_line(shortened(masked(message.address), 120, message.key)),
        subject=optional_line(shortened(message.subject, _LINE, message.key)),
        text=optional_lines(shortened(message.text, _LONG, message.key)),
        status=our_word(STATUS, message.status, record=message.name, field="status"),
        reason=optional_line(shortened(message.why, _LINE, message.key)),
        allowed_from=message.not_before,
        requested_by=optional_line(shortened(message.asked_by, 120, message.key)),
        requested_at=message.asked_at if asked else None,
        sent_at=message.sent_at,
        source_system="Drawbar",
        source_updated=message.status_at,
        last_synced=now,
    )
