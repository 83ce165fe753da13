"""Forgets messages that came to an end long ago, with what was shown of them, and calls that count no more."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, delete, select

from drawbar.middleware.messages.records import MessageStatus
from drawbar.middleware.messages.tables import lessee_call, lessee_message
from drawbar.middleware.sync.pruning import AT_ONCE, Progress, in_turns
from drawbar.middleware.sync.tables import derived_record

_ENDED: Final = (
    MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.REFUSED, MessageStatus.RECEIVED,
)  # fmt: skip


def forget_messages(engine: Engine, object_name: str, before: datetime, progress: Progress) -> int:
    """Forget messages that ended before a time, and what was concluded of them for an object; gives how many."""
    old = (lessee_message.c.status.in_([each.value for each in _ENDED]), lessee_message.c.status_at < before)

    def delete_some(connection: Connection) -> int:
        keys = list(connection.execute(select(lessee_message.c.key).where(*old).limit(AT_ONCE)).scalars())
        if not keys:
            return 0
        shown = derived_record.c.object == object_name, derived_record.c.key.in_(keys)
        connection.execute(delete(derived_record).where(*shown))
        return connection.execute(delete(lessee_message).where(lessee_message.c.key.in_(keys))).rowcount

    return in_turns(engine, delete_some, progress)


def forget_calls(engine: Engine, before: datetime, progress: Progress) -> int:
    """Forget calls before a time; gives how many."""

    def delete_some(connection: Connection) -> int:
        notes = list(
            connection.execute(select(lessee_call.c.note).where(lessee_call.c.at < before).limit(AT_ONCE)).scalars()
        )
        return connection.execute(delete(lessee_call).where(lessee_call.c.note.in_(notes))).rowcount if notes else 0

    return in_turns(engine, delete_some, progress)
