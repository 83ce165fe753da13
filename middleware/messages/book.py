"""The book of messages: what was asked for, what became of it, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from drawbar.middleware.errors import NotThere
from drawbar.middleware.messages.addresses import comparable
from drawbar.middleware.messages.records import Message, MessageChannel, MessageStatus
from drawbar.middleware.messages.tables import lessee_message

_FIELDS = [each.name for each in fields(Message)]


class MessageBook:
    """All messages, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: str) -> Message | None:
        """Give a message, None for a key that is not known; on PostgreSQL its row stays locked meanwhile."""
        mine = select(lessee_message).where(lessee_message.c.key == key).with_for_update()
        row = self._connection.execute(mine).one_or_none()
        return None if row is None else _message(row)

    def get(self, key: str) -> Message:
        """Give a message; raises NotThere for a key that is not known."""
        found = self.find(key)
        if found is None:
            raise NotThere(f"there is no message {key}", remedy="See drawbar message list.")
        return found

    def keep(self, message: Message) -> None:
        """Keep a message as it is now, a new one or one that is known."""
        values = {**asdict(message), "channel": message.channel.value, "status": message.status.value}
        changed = self._connection.execute(
            update(lessee_message).where(lessee_message.c.key == message.key).values(values)
        )
        if not changed.rowcount:
            self._connection.execute(insert(lessee_message).values(values))

    def listed(self, *, account: str = "", limit: int = 100) -> list[Message]:
        """Give messages, newest first: of one account, or of all."""
        query = select(lessee_message).order_by(lessee_message.c.asked_at.desc(), lessee_message.c.key.desc())
        if account:
            query = query.where(lessee_message.c.account == account)
        return [_message(row) for row in self._connection.execute(query.limit(limit))]

    def due(self, now: datetime) -> list[Message]:
        """Give the messages that wait and may be looked at again, oldest first."""
        waits = lessee_message.c.status == MessageStatus.WAITING.value
        query = select(lessee_message).where(waits, lessee_message.c.not_before <= now)
        return [_message(row) for row in self._connection.execute(query.order_by(lessee_message.c.asked_at))]

    def contacts(self, account: str, since: datetime, *, besides: str) -> Sequence[datetime]:
        """Say when messages about an account, besides one of them, were let go after an instant, oldest first."""
        at, columns = lessee_message.c.released_at, lessee_message.c
        query = select(at).where(columns.account == account, at > since, columns.key != besides).order_by(at)
        return list(self._connection.execute(query).scalars())

    def by_provider_id(self, provider_id: str) -> Message | None:
        """Give the message that the provider calls so, None when there is none."""
        mine = select(lessee_message).where(lessee_message.c.provider_id == provider_id)
        row = self._connection.execute(mine).first()
        return None if row is None else _message(row)

    def is_under_way(self, channel: MessageChannel, address: str) -> bool:
        """Say whether a message to an address is under way, so that its name at the provider is not known yet."""
        mine = self._to(channel, address).where(lessee_message.c.status == MessageStatus.SENDING.value)
        return self._connection.execute(mine.limit(1)).first() is not None

    def last_to(self, channel: MessageChannel, address: str) -> Message | None:
        """Give the newest message that went to an address, None when none ever did."""
        row = self._connection.execute(
            self._to(channel, address).where(lessee_message.c.account != "").order_by(lessee_message.c.asked_at.desc())
        ).first()
        return None if row is None else _message(row)

    def _to(self, channel: MessageChannel, address: str) -> Select[tuple[object, ...]]:
        return select(lessee_message).where(
            lessee_message.c.channel == channel.value,
            func.lower(lessee_message.c.address) == comparable(address),
            lessee_message.c.direction == "outbound",
        )


def _message(row: Row[tuple[object, ...]]) -> Message:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Message(**{**values, "channel": MessageChannel(row.channel), "status": MessageStatus(row.status)})
