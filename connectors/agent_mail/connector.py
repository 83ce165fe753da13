"""E-mail to repo agents as the hub asks for it: a target for orders, and what came back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from imap_tools import MailMessage
from sqlalchemy import Engine

from drawbar.connectors.agent_mail.book import MailBook
from drawbar.connectors.agent_mail.mailbox import mailbox_of
from drawbar.connectors.agent_mail.replies import OUR_ID, not_delivered, understood
from drawbar.connectors.agent_mail.settings import ORDER_MARK, AgentMailSettings, Incoming
from drawbar.connectors.agent_mail.target import AgentMailTarget
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.imap import Place, arrived, open_mailbox
from drawbar.middleware.received_mail import addressed, answered, name_of, returned
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.told import ToldEvent
from drawbar.middleware.sync.polled import Refused

_MEGABYTE: Final = 1_000_000


@dataclass(slots=True)
class Reading:
    """One look into the mailbox: how far it got, and how many messages were about no order."""

    place: Place
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class AgentMail:
    """The channel; connects to nothing until it is asked something."""

    settings: AgentMailSettings
    agents: Mapping[str, AgentSettings]
    engine: Engine
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def book(self) -> MailBook:
        """The messages that were sent."""
        return MailBook(self.engine)

    @property
    def target(self) -> AgentMailTarget:
        """Where orders and comments are sent."""
        return AgentMailTarget(self.settings, self.agents, self.book, self.clock)

    def told(self, incoming: Incoming, reading: Reading, now: datetime) -> Iterator[ToldEvent | Refused]:
        """Give what came into the mailbox after `reading.place`, which moves along with each message.

        Mail about no order of ours is left to people and counted. Raises RetryLater or LogInRefused.
        """
        with open_mailbox(mailbox_of(self.settings, incoming)) as mailbox:
            for place, message in arrived(mailbox, incoming.folder, reading.place, incoming.read_at_most):
                found = self._event(message, now, incoming.largest_document_mb * _MEGABYTE)
                reading.foreign += found is None
                if found is not None:
                    yield found
                reading.place = place

    def _event(self, message: MailMessage, now: datetime, largest_bytes: float) -> ToldEvent | Refused | None:
        notice = returned(message, OUR_ID)
        if notice is not None:
            order = self.book.order_of([notice.message_id])
            kind = "declined" if self.book.is_order_itself(notice.message_id) else "comment"
            return not_delivered(message, notice, kind, order, now) if order and notice.failed else None
        order = self.book.order_of(answered(message)) or self._by_address(message)
        if not order:
            return None
        if not self._is_from_agent(message, order):
            return _stranger(message, order)
        return understood(message, order, now, largest_bytes)

    def _by_address(self, message: MailMessage) -> str:
        """Find the order whose own address a message was sent to; the address alone proves no order, the book does."""
        before, mark, after = self.settings.reply_to.partition(ORDER_MARK)
        pattern = re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.IGNORECASE)
        found = (pattern.fullmatch(address) for address in addressed(message)) if mark else ()
        numbers = [each[1] for each in found if each]
        return next((number for each in numbers if (number := self.book.order_like(each))), "")

    def _is_from_agent(self, message: MailMessage, order_number: str) -> bool:
        """Say whether a message comes from the address or the domain of an agent who was told of the order."""
        written_to = self.book.agents_of(order_number)
        addresses = [self.agents[name].address.lower() for name in written_to if name in self.agents]
        sender = message.from_.lower()
        domains = {address.rpartition("@")[2] for address in addresses} - _SHARED_DOMAINS
        return sender in addresses or sender.rpartition("@")[2] in domains


_SHARED_DOMAINS: Final = frozenset(
    {"gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "aol.com", "icloud.com", "live.com", "msn.com"}
)
"""Domains where everybody can have an address: there only the very address is the agent's."""


def _stranger(message: MailMessage, order_number: str) -> Refused:
    error = RecordRejected(
        "was written by somebody who is not the order's agent", record=f"message about order {order_number}",
        field="From", remedy="Read it in the mailbox; if it is the agent's, correct the address in drawbar.toml.",
        code="NOT_THE_AGENT",
    )  # fmt: skip
    return Refused(name_of(message), error, b"")
