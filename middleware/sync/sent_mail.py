"""Which letters have been handed over to whom, so that none goes to anybody twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, select

from drawbar.middleware.database.metadata import Instant, metadata
from drawbar.middleware.database.rows import insert_rows

sent_mail = Table(
    "sent_mail",
    metadata,
    Column("identity", Text, primary_key=True, comment="what the Message-ID is made of"),
    Column("recipient", Text, primary_key=True),
    Column("sent_at", Instant, nullable=False),
)


class SentMail:
    """What has been sent, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recipients(self, identity: str) -> dict[str, datetime]:
        """Say to whom a letter has been handed over, and when."""
        mine = select(sent_mail.c.recipient, sent_mail.c.sent_at).where(sent_mail.c.identity == identity)
        return {row.recipient: row.sent_at for row in self._connection.execute(mine)}

    def note(self, identity: str, recipients: Iterable[str], now: datetime) -> None:
        """Note that a letter was handed over."""
        insert_rows(
            self._connection, sent_mail,
            [{"identity": identity, "recipient": each, "sent_at": now} for each in recipients],
        )  # fmt: skip
