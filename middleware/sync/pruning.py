"""Deletes what the hub no longer needs to know, some rows per transaction; what is still open is never touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, func, select

from drawbar.middleware.sync.tables import dead_letter, delivery, derived_record

Progress = Callable[[int], None]

AT_ONCE: Final = 5_000
_TIME_LENGTH: Final = len("20260302T160000Z")


def forget_dated(engine: Engine, object_name: str, before: datetime, progress: Progress) -> int:
    """Forget concluded records whose key ends with a time (`…:20260302T160000Z`) before another; gives how many.

    A record that is forgotten and concluded again is sent once more, with the same values.
    """
    ends_with = func.substr(derived_record.c.key, func.length(derived_record.c.key) - _TIME_LENGTH + 1)
    old = and_(derived_record.c.object == object_name, ends_with < _time(before))

    def delete_some(connection: Connection) -> int:
        keys = list(connection.execute(select(derived_record.c.key).where(old).limit(AT_ONCE)).scalars())
        mine = and_(derived_record.c.object == object_name, derived_record.c.key.in_(keys))
        return connection.execute(delete(derived_record).where(mine)).rowcount if keys else 0

    return in_turns(engine, delete_some, progress)


def forget_attempts_on(engine: Engine, object_name: str, before: datetime, progress: Progress) -> int:
    """Forget all attempts to write records of an object that are older; gives how many."""
    return _forget_attempts(engine, and_(delivery.c.object == object_name, delivery.c.at < before), progress)


def forget_attempts(engine: Engine, target: str, before: datetime, progress: Progress) -> int:
    """Forget older attempts to write to a target, but the newest of each record; gives how many."""
    newer = delivery.alias("newer")
    is_followed = exists().where(
        newer.c.target == target, newer.c.object == delivery.c.object, newer.c.key == delivery.c.key,
        newer.c.id > delivery.c.id,
    )  # fmt: skip
    return _forget_attempts(engine, and_(delivery.c.target == target, delivery.c.at < before, is_followed), progress)


def forget_settled_failures(engine: Engine, before: datetime, progress: Progress) -> int:
    """Forget failures that came to an end and were last seen before a time; gives how many."""

    def delete_some(connection: Connection) -> int:
        old = and_(dead_letter.c.state != "open", dead_letter.c.last_at < before)
        ids = list(connection.execute(select(dead_letter.c.id).where(old).limit(AT_ONCE)).scalars())
        return connection.execute(delete(dead_letter).where(dead_letter.c.id.in_(ids))).rowcount if ids else 0

    return in_turns(engine, delete_some, progress)


def _forget_attempts(engine: Engine, old: ColumnElement[bool], progress: Progress) -> int:
    def delete_some(connection: Connection) -> int:
        ids = list(connection.execute(select(delivery.c.id).where(old).limit(AT_ONCE)).scalars())
        return connection.execute(delete(delivery).where(delivery.c.id.in_(ids))).rowcount if ids else 0

    return in_turns(engine, delete_some, progress)


def in_turns(engine: Engine, delete_some: Callable[[Connection], int], progress: Progress) -> int:
    """Delete some rows per transaction until none is left; gives how many there were."""
    gone = 0
    while True:
        with engine.begin() as connection:
            some = delete_some(connection)
        gone += some
        progress(gone)
        if not some:
            return gone


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
