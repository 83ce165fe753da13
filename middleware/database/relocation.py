"""Where a hub is after its database was moved: nobody works on one that has gone elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Table, Text, delete, insert, inspect, select

from drawbar.middleware.database.metadata import Instant, metadata
from drawbar.middleware.errors import ConfigError

relocation = Table(
    "relocation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("went_away", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)
"""The last move, at most one row; both databases hold it under one id, `place` being the other one."""


class HubMoved(ConfigError):
    """The hub has gone to another database; nothing may be done in this one."""


@dataclass(frozen=True, slots=True)
class Relocation:
    """The last move of a hub: `place` is the URL, without password, of where it went (`went_away`) or came from."""

    id: str
    place: str
    went_away: bool
    at: datetime


def last_relocation(connection: Connection) -> Relocation | None:
    """Read the last move; None when there was none, or when the database is older than this table."""
    if not inspect(connection).has_table(relocation.name):
        return None
    row = connection.execute(select(relocation)).one_or_none()
    return None if row is None else Relocation(row.id, row.place, row.went_away, row.at)


def note_relocation(connection: Connection, move: Relocation) -> None:
    """Note a move in place of the one before it."""
    connection.execute(delete(relocation))
    connection.execute(
        insert(relocation).values(id=move.id, place=move.place, went_away=move.went_away, at=move.at),
    )


def refuse_moved(connection: Connection) -> None:
    """Raise HubMoved when the hub has gone from this database to another."""
    last = last_relocation(connection)
    if last is not None and last.went_away:
        raise HubMoved(
            f"this hub has moved to {last.place} ({last.at:%Y-%m-%d %H:%M} UTC)",
            remedy="Set database.url to it (or DRAWBAR_DATABASE__URL), then run: drawbar doctor",
        )
