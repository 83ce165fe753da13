"""Handles what Twilio tells: answers of lessees, and what became of messages (P04)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.twilio.webhook import understand
from drawbar.jobs.hub import Hub
from drawbar.jobs.messages import MessageOffice, carry_news
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json

TOLD_BY_TWILIO: Final = "twilio.message"
"""The kind of messages in the inbox that hold a webhook of Twilio."""


@dataclass(frozen=True, slots=True)
class TwilioHandler:
    """Handles webhooks of Twilio, verified when they came."""

    hub: Hub

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        news = understand(entry.message.body, entry.received_at)

        def act(connection: Connection) -> Json:
            return carry_news(MessageOffice(self.hub, connection, handling.run_id, handling.now), news)

        return act
