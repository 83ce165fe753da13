"""What a run comes to, as plain JSON: counts per object, and the first few changes field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING, SYNCED_OBJECTS
from drawbar.jobs.hub import TARGET
from drawbar.middleware.records import Reference, Scalar
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.tables import outbox

Json = dict[str, Any]


def object_counts(connection: Connection, intakes: Sequence[Json], derived: Mapping[str, Json]) -> dict[str, Json]:
    """Count per object what is to be created, changed and deleted, what is left alone, and what was refused.

    `intakes` are the results of the entities, `derived` those of the rules per object; the rest is in the outbox.
    """
    counts: dict[str, Json] = {}
    for name, operation, creates, number in connection.execute(_WAITING):
        verb = "deleted" if operation == "delete" else "created" if creates else "changed"
        _of(counts, name)[verb] += number
    for intake in intakes:
        if intake and intake["object"]:
            entry = _of(counts, intake["object"])
            entry["refused"] += intake["refused"]
            touched = entry["created"] + entry["changed"]
            entry["left"] += max(intake["rows"] - intake["refused"] - touched, 0)
    sourced = {intake["object"] for intake in intakes if intake}
    for name, result in derived.items():
        if name not in sourced:
            _of(counts, name)["left"] += result["unchanged"]
    return {name: counts[name] for name in SYNCED_OBJECTS if name in counts}


_WAITING = (
    select(outbox.c.object, outbox.c.operation, outbox.c.creates, func.count())
    .where(outbox.c.target == TARGET)
    .group_by(outbox.c.object, outbox.c.operation, outbox.c.creates)
)


def _of(counts: dict[str, Json], name: str) -> Json:
    return counts.setdefault(name, dict.fromkeys(("created", "changed", "deleted", "left", "refused"), 0))


def samples(connection: Connection, names: Sequence[str], size: int) -> list[Json]:
    """Give the first changes of each object, field by field, and one record that is new."""
    return [
        _sample(row)
        for name in names
        for creates, limit in ((False, size), (True, min(size, 1)))
        for row in connection.execute(_first(name, creates=creates, limit=limit))
    ]


def _first(name: str, *, creates: bool, limit: int) -> Select[tuple[object, ...]]:
    return (
        select(outbox)
        .where(outbox.c.target == TARGET, outbox.c.object == name, outbox.c.operation == "upsert")
        .where(outbox.c.creates == creates)
        .order_by(outbox.c.before.is_(None), outbox.c.id)
        .limit(limit)
    )


def _sample(row: Row[tuple[object, ...]]) -> Json:
    changes = field_changes(row.fields, row.before)
    return {
        "object": row.object, "key": row.key, "creates": row.creates, "why": row.why,
        "fields": [each for each in changes if each["field"] not in BOOKKEEPING[row.object]],
    }  # fmt: skip


def field_changes(fields: str, before: str | None) -> list[Json]:
    """Give field, former value and value of a queued or delivered change; what was empty and stays so is left out."""
    after, former = decode(fields), decode(before) if before else None
    return [
        {"field": name, "before": None if former is None else readable(former.get(name)), "after": readable(value)}
        for name, value in after.items()
        if (former or {}).get(name) != value
    ]


def readable(value: Scalar | Reference) -> str | int | bool | None:
    """Give a value as people read it; a parent by its key."""
    if isinstance(value, Reference):
        return value.key or None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
