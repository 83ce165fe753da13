"""Telephone calls with lessees that people logged: they count as contacts beside messages (P04, P31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from drawbar.middleware.messages.tables import lessee_call


@dataclass(frozen=True, slots=True)
class Call:
    """A call about an account, named by the key of the note that tells of it."""

    note: str
    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls, inside the caller's transaction."""

    connection: Connection

    def find(self, note: str) -> Call | None:
        """Give the call that a note tells of, None when none is known."""
        row = self.connection.execute(select(lessee_call).where(lessee_call.c.note == note)).one_or_none()
        return None if row is None else Call(row.note, row.account, row.at)

    def keep(self, calls: Sequence[Call]) -> None:
        """Keep calls as their notes tell of them now, also those that are known."""
        if calls:
            self.forget([each.note for each in calls])
            rows = {each.note: {"note": each.note, "account": each.account, "at": each.at} for each in calls}
            self.connection.execute(insert(lessee_call), list(rows.values()))

    def forget(self, notes: Sequence[str]) -> None:
        """Forget the calls of notes, which tell of none any more."""
        self.connection.execute(delete(lessee_call).where(lessee_call.c.note.in_(notes)))

    def contacts(self, account: str, since: datetime) -> Sequence[datetime]:
        """Say when there were calls about an account after an instant, oldest first."""
        at = lessee_call.c.at
        query = select(at).where(lessee_call.c.account == account, at > since).order_by(at)
        return list(self.connection.execute(query).scalars())
