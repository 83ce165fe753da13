"""What a run comes to, as plain JSON: counts per object, and the first few changes field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING, SYNCED_OBJECTS
from drawbar.jobs.hub import TARGET
from drawbar.middleware.records import Reference, Scalar
from drawbar.middleware.sync.codec import Columns, decode
from drawbar.middleware.sync.delivery_log import former_of
from drawbar.middleware.sync.tables import dead_letter, outbox

Json = dict[str, Any]
NOT_KNOWN: Final = "(not known)"
"""Stands for a former value that nobody has noted."""


def summed(parts: Sequence[Json]) -> Json:
    """Give the counts of an entity that was taken in parts, as if it had been taken whole."""
    counts = {name: sum(part[name] for part in parts) for name, value in parts[0].items() if isinstance(value, int)}
    notices = dict.fromkeys(notice for part in parts for notice in part["notices"])
    return {**parts[0], **counts, "notices": list(notices)}


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
            known = intake["rows"] + intake["gone"]
            entry["left"] += max(known - intake["refused"] - touched, 0)
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
    waiting = {(name, creates) for name, operation, creates, _ in connection.execute(_WAITING) if operation == "upsert"}
    return [
        _sample(connection, row)
        for name in names
        for creates, limit in ((False, size), (True, min(size, 1)))
        if (name, creates) in waiting
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


def _sample(connection: Connection, row: Row[tuple[object, ...]]) -> Json:
    former = {} if row.creates else former_of(connection, row)
    changes = field_changes(row.fields, former, creates=row.creates)
    return {
        "object": row.object, "key": row.key, "creates": row.creates, "why": row.why,
        "fields": [each for each in changes if each["field"] not in BOOKKEEPING[row.object]],
    }  # fmt: skip


def refusals(connection: Connection, names: Sequence[str], run_id: str, size: int) -> list[Json]:
    """Give the first rows of each object that a run has refused, each with the reason and what to do."""
    return [
        dict(zip(_REFUSAL, row, strict=True))
        for name in names
        for row in connection.execute(
            select(*(dead_letter.c[each] for each in _REFUSAL))
            .where(dead_letter.c.run_id == run_id, dead_letter.c.object == name, dead_letter.c.state == "open")
            .order_by(dead_letter.c.row_number)
            .limit(size)
        )
    ]


_REFUSAL = ("object", "key", "row_number", "source", "field", "code", "message", "remedy")


def field_changes(fields: str, former: Columns, *, creates: bool) -> list[Json]:
    """Give field, former value and value of a queued or delivered change; `former` holds what is known to have stood.

    A field of a known record whose former value is not known is marked so.
    """
    return [
        {"field": name, "before": readable(former.get(name)), "after": readable(value)}
        | ({} if creates or name in former else {"before_known": False})
        for name, value in decode(fields).items()
        if differs(former, name, value, creates=creates)
    ]


def differs(former: Columns, name: str, value: Scalar | Reference, *, creates: bool) -> bool:
    """Say whether a field is told: what was empty and stays so is not, what is not known to be equal is."""
    if name in former or creates:
        return former.get(name) != value and readable(former.get(name)) != readable(value)
    return True


def readable(value: Scalar | Reference) -> str | int | bool | None:
    """Give a value as people read it; a parent by its key."""
    if isinstance(value, Reference):
        return value.key or None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
