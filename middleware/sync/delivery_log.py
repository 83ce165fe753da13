"""What a target was last told of a record, as the log of deliveries has it: the former values of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from drawbar.middleware.sync.codec import Columns, decode
from drawbar.middleware.sync.tables import delivery

TOLD: Final = frozenset({"created", "updated"})
"""Outcomes after which the target has what it was told."""


def attempts(connection: Connection, target: str, object_name: str, key: str) -> Sequence[Row[Any]]:
    """Give every attempt to write a record, oldest first."""
    statement = select(delivery).where(
        delivery.c.target == target, delivery.c.object == object_name, delivery.c.key == key
    )
    return connection.execute(statement.order_by(delivery.c.id)).all()


def with_former(rows: Iterable[Row[Any]]) -> Iterator[tuple[Row[Any], Columns]]:
    """Give each attempt of one record, oldest first, with the values that were there before it, as far as known.

    What the attempt itself noted as former (a repair has read it from the target) counts more than what was sent.
    """
    told: Columns = {}
    for row in rows:
        yield row, _with_noted(told, row)
        told = _after(told, row)


def former_of(connection: Connection, waiting: Row[Any]) -> Columns:
    """Give the values that stand where a row of the outbox will write, as far as known."""
    told: Columns = {}
    for row in attempts(connection, waiting.target, waiting.object, waiting.key):
        told = _after(told, row)
    return _with_noted(told, waiting)


def _with_noted(told: Columns, row: Row[Any]) -> Columns:
    return {**told, **(decode(row.before) if row.before else {})}


def _after(told: Columns, row: Row[Any]) -> Columns:
    if row.status == "deleted":
        return {}
    return {**told, **decode(row.fields)} if row.status in TOLD else told


def last_told(connection: Connection, target: str, object_name: str, key: str) -> Columns:
    """Give the fields of a record as the target was last told of each, as far as the log goes back."""
    told: Columns = {}
    for row in attempts(connection, target, object_name, key):
        told = _after(told, row)
    return told


def accepted_at(connection: Connection, target: str, object_name: str, key: str) -> datetime | None:
    """Give when the target was last told of a record and took it; None when it never did."""
    told = [row.at for row in attempts(connection, target, object_name, key) if row.status in TOLD]
    return told[-1] if told else None
