"""Finds failures by what they have in common: numbers, object, key, code, time; and groups them by their cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters, State
from drawbar.middleware.sync.tables import dead_letter

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FailureFilter:
    """Which failures are meant; what is empty does not count.

    The time is that of the last attempt (of an ended failure: of its end), from `since` on and before `until`.
    """

    numbers: tuple[int, ...] = ()
    object: str = ""
    key: str = ""
    code: str = ""
    since: datetime | None = None
    until: datetime | None = None
    state: State | None = "open"

    @property
    def chooses(self) -> bool:
        """Say whether it leaves anything out, apart from the state."""
        return bool(self.numbers or self.object or self.key or self.code or self.since or self.until)

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {"object": self.object, "key": self.key, "code": self.code, "state": self.state}
        found: list[ColumnElement[bool]] = [dead_letter.c[name] == value for name, value in equal.items() if value]
        if self.numbers:
            found.append(dead_letter.c.id.in_(self.numbers))
        if self.since is not None:
            found.append(dead_letter.c.last_at >= self.since)
        if self.until is not None:
            found.append(dead_letter.c.last_at < self.until)
        return found


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures with one cause: how many, when the first and the last of them failed, and the newest as example."""

    object: str
    code: str
    field: str
    count: int
    first_at: datetime
    last_at: datetime
    example: DeadLetter


def find(connection: Connection, wanted: FailureFilter, limit: int | None = None) -> list[DeadLetter]:
    """Give the failures that are meant, oldest first."""
    ids = select(dead_letter.c.id).where(*wanted.conditions()).order_by(dead_letter.c.id).limit(limit)
    return numbered(connection, connection.execute(ids).scalars().all())


def groups(connection: Connection, wanted: FailureFilter) -> list[FailureGroup]:
    """Give the failures that are meant by object, code and field, the most frequent cause first."""
    cause = (dead_letter.c.object, dead_letter.c.code, dead_letter.c.field)
    told: Any = (
        select(
            *cause, func.count().label("number"), func.min(dead_letter.c.first_at).label("first_at"),
            func.max(dead_letter.c.last_at).label("last_at"), func.max(dead_letter.c.id).label("newest"),
        )
        .where(*wanted.conditions())
        .group_by(*cause)
        .order_by(func.count().desc(), *cause)
    )  # fmt: skip
    rows = connection.execute(told).all()
    examples = {each.id: each for each in numbered(connection, [row.newest for row in rows])}
    return [
        FailureGroup(
            row.object, row.code, row.field, row.number, row.first_at, row.last_at, examples[row.newest]
        )
        for row in rows
    ]  # fmt: skip


def numbered(connection: Connection, ids: Sequence[int]) -> list[DeadLetter]:
    """Give the failures of these numbers, whatever their state."""
    letters = DeadLetters(connection)
    return [each for chunk in in_chunks(ids, _CHUNK) for each in letters.find(ids=chunk, state=None)]
