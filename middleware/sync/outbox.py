"""The outbox: what is to be written to a target, one waiting row per record."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, tuple_, update
from xxhash import xxh3_64_intdigest

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import execute_for_each, insert_rows
from drawbar.middleware.records import Outcome, TargetRecord
from drawbar.middleware.sync.codec import Columns, Written, columns_of, decode, decode_refused, encode, to_record, write
from drawbar.middleware.sync.tables import bulk_job, dead_letter, delivery, outbox

Operation = Literal["upsert", "delete"]
_CHUNK = 500
_FIRST_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Change:
    """A record as it shall stand, and why.

    `before` is what is known to have stood there before; `creates` says that nothing is known to. `written` is the
    record in words, where somebody has needed them already.
    """

    record: TargetRecord
    creates: bool
    why: str
    before: Columns | None = None
    operation: Operation = "upsert"
    written: Written | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the outbox that has been taken for delivery; `fields` and `before` are as they are stored."""

    id: int
    object: str
    key: str
    parent: str
    operation: Operation
    fields: str
    before: str | None
    creates: bool
    why: str
    attempts: int

    @property
    def record(self) -> TargetRecord:
        """The record to deliver, read from `fields`."""
        return to_record(self.object, self.key, self.parent, decode(self.fields))


_SAME = [outbox.c[name] == bindparam(name) for name in ("target", "object", "key", "claim")]
_KEPT = ("target", "object", "key", "operation", "fields", "before", "why")
_TOLD = ("status", "target_id", "run_id", "at")

_LOG_WRITTEN = insert(delivery).from_select(
    [*_KEPT, *_TOLD],
    select(
        *(outbox.c[name] for name in _KEPT), *(bindparam(name, type_=delivery.c[name].type) for name in _TOLD)
    ).where(*_SAME),
    include_defaults=False,
)
"""What a row of the outbox has become, noted without reading the row; what is not named is empty."""

_FORGET = delete(outbox).where(*_SAME)

_WAITING = [outbox.c[each.name] for each in fields(Waiting)]


def backoff(attempts: int) -> timedelta:
    """Give the wait after so many failed attempts: 1, 2, 4, 8 ... seconds, at most 15 minutes."""
    doublings = min(max(attempts - 1, 0), 10)
    return min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The rows for one target, inside the caller's transaction.

    Several transactions that are `apart` work at the same time: each of them touches other records than the rest.
    """

    connection: Connection
    target: str
    apart: bool = False

    def lock(self) -> None:
        """Let no other transaction change what waits, or the dead letters, until this one ends.

        Two that add a change of one record at once would otherwise both find none waiting. SQLite has one writer
        anyway.
        """
        if self.connection.dialect.name == "postgresql":
            number = xxh3_64_intdigest(f"outbox {self.target}".encode()) - 2**63
            alone, together = func.pg_advisory_xact_lock(number), func.pg_advisory_xact_lock_shared(number)
            self.connection.execute(select(together if self.apart else alone))

    def put(self, changes: Iterable[Change], *, run_id: str, now: datetime) -> None:
        """Add changes; one whose record already waits joins the waiting row, its fields winning.

        What the target refused of the same record before, and nobody has settled yet, goes along: its fields would
        otherwise never arrive.
        """
        self.lock()
        for chunk in in_chunks(changes, _CHUNK):
            self._put_chunk(self._over_refused(_last_wins(chunk)), run_id, now)

    def put_again(self, record: TargetRecord, operation: Operation, why: str, *, run_id: str, now: datetime) -> None:
        """Add a record that was refused before; where a newer change of it waits, that one's fields win."""
        self.lock()
        waiting = self._waiting([(record.object, record.key)])
        row = waiting.get((record.object, record.key))
        if row is None:
            self._put_chunk([Change(record, creates=False, why=why, operation=operation)], run_id, now)
        elif row.operation == operation == "upsert":
            newer = to_record(record.object, record.key, row.parent, decode(row.fields))
            merged = _joined(Change(record, creates=False, why=why), Change(newer, row.creates, row.why))
            self._join(row, merged, run_id, now)

    def _over_refused(self, changes: Sequence[Change]) -> list[Change]:
        refused: dict[tuple[str, str], TargetRecord] = {}
        for name in {each.record.object for each in changes}:
            open_here = (
                dead_letter.c.state == "open", dead_letter.c.place == self.target, dead_letter.c.object == name
            )  # fmt: skip
            if self.connection.execute(select(dead_letter.c.id).where(*open_here).limit(1)).first() is None:
                continue  # nearly always: to ask for many keys costs a hundred times more
            keys = [each.record.key for each in changes if each.record.object == name]
            statement = select(dead_letter.c.key, dead_letter.c.payload).where(*open_here, dead_letter.c.key.in_(keys))
            for key, payload in self.connection.execute(statement):
                operation, record = decode_refused(name, key, payload)
                if operation == "upsert":
                    refused[name, key] = record
        if not refused:
            return list(changes)
        return [_over(refused.get((each.record.object, each.record.key)), each) for each in changes]

    def _put_chunk(self, changes: Sequence[Change], run_id: str, now: datetime) -> None:
        waiting = self._waiting([(each.record.object, each.record.key) for each in changes])
        fresh = [each for each in changes if (each.record.object, each.record.key) not in waiting]
        insert_rows(self.connection, outbox, [self._row(each, run_id, now) for each in fresh])
        for each in changes:
            row = waiting.get((each.record.object, each.record.key))
            if row is not None:
                self._join(row, each, run_id, now)

    def _waiting(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[tuple[object, ...]]]:
        found: dict[tuple[str, str], Row[tuple[object, ...]]] = {}
        for name in {each for each, _ in places}:
            keys = [key for each, key in places if each == name]
            statement = select(outbox).where(
                outbox.c.target == self.target, outbox.c.object == name, outbox.c.key.in_(keys), outbox.c.claim == ""
            )
            found.update({(row.object, row.key): row for row in self.connection.execute(statement)})
        return found

    def _row(self, change: Change, run_id: str, now: datetime) -> dict[str, object]:
        written = change.written or write(columns_of(change.record))
        return {
            "target": self.target, "object": change.record.object, "key": change.record.key,
            "parent": change.record.parent, "operation": change.operation, "fields": written.fields,
            "columns": written.columns, "before": None if change.before is None else encode(change.before),
            "creates": change.creates, "why": change.why, "run_id": run_id, "not_before": now, "queued_at": now,
        }  # fmt: skip

    def _join(self, row: Row[tuple[object, ...]], change: Change, run_id: str, now: datetime) -> None:
        same_kind = row.operation == change.operation == "upsert"
        fields: Columns = (
            {**decode(row.fields), **columns_of(change.record)} if same_kind else columns_of(change.record)
        )
        before = {**(change.before or {}), **(decode(row.before) if row.before else {})} if same_kind else None
        why = row.why if not same_kind or change.why in row.why.split("; ") else f"{row.why}; {change.why}".strip("; ")
        values = {
            "operation": change.operation, "fields": encode(fields), "columns": "\t".join(sorted(fields)),
            "before": encode(before) if before else None, "creates": row.creates or change.creates,
            "why": why if same_kind else change.why, "run_id": run_id, "attempts": 0, "not_before": now,
            "parent": change.record.parent or row.parent,
        }  # fmt: skip
        self.connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))

    def earliest(self) -> dict[str, datetime]:
        """Say of each object with waiting rows when the first of them may be tried."""
        statement = (
            select(outbox.c.object, func.min(outbox.c.not_before))
            .where(outbox.c.target == self.target, outbox.c.claim == "")
            .group_by(outbox.c.object)
        )
        return {name: moment for name, moment in self.connection.execute(statement)}  # noqa: C416  (a row is no pair)

    def ready(self, object_name: str, now: datetime) -> dict[str | None, int]:
        """Count what may be delivered of an object now: upserts by their set of columns, deletions under None."""
        statement = (
            select(outbox.c.operation, outbox.c.columns, func.count())
            .where(outbox.c.target == self.target, outbox.c.object == object_name)
            .where(outbox.c.claim == "", outbox.c.not_before <= now)
            .group_by(outbox.c.operation, outbox.c.columns)
        )
        counts: dict[str | None, int] = {}
        for operation, columns, count in self.connection.execute(statement):
            place = columns if operation == "upsert" else None
            counts[place] = counts.get(place, 0) + count
        return counts

    def claim(
        self, object_name: str, operation: Operation, limit: int, now: datetime, columns: Collection[str] = ()
    ) -> tuple[str, int]:
        """Take at most `limit` rows for delivery, grouped by parent; gives the claim's name and how many it holds.

        `columns` says which sets of columns the rows may have, any when empty.

        No change can join a row between being taken and being read: it would be forgotten with the row.
        """
        self.lock()
        waiting = select(outbox.c.id).where(
            outbox.c.target == self.target, outbox.c.object == object_name, outbox.c.operation == operation,
            outbox.c.claim == "", outbox.c.not_before <= now,
        )  # fmt: skip
        if columns:
            waiting = waiting.where(outbox.c.columns.in_(columns))
        waiting = waiting.order_by(outbox.c.parent, outbox.c.id).limit(limit)
        name = secrets.token_hex(8)
        taken = self.connection.execute(update(outbox).where(outbox.c.id.in_(waiting)).values(claim=name))
        return name, taken.rowcount

    def claimed(self, claim: str, limit: int, *, after: Waiting | None = None) -> list[Waiting]:
        """Give at most `limit` rows of a claim, grouped by parent, those that come `after` one of them."""
        order = (outbox.c.object, outbox.c.parent, outbox.c.id)
        statement = select(*_WAITING).where(outbox.c.claim == claim).order_by(*order).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(*order) > (after.object, after.parent, after.id))
        return [Waiting(*row) for row in self.connection.execute(statement).all()]

    def claimed_of(self, claim: str, object_name: str, keys: Sequence[str]) -> list[Waiting]:
        """Give the rows of a claim, all of one object, that have these keys."""
        # Without target and object the database would go through the whole claim for each few keys.
        mine = select(*_WAITING).where(
            outbox.c.target == self.target, outbox.c.object == object_name, outbox.c.claim == claim
        )
        return [
            Waiting(*row)
            for chunk in in_chunks(keys, _CHUNK)
            for row in self.connection.execute(mine.where(outbox.c.key.in_(chunk))).all()
        ]

    def orphaned_claims(self) -> list[str]:
        """Name the claims of this target that no bulk job stands for: their process died before it knew an outcome."""
        statement = (
            select(outbox.c.claim)
            .distinct()
            .where(outbox.c.target == self.target, outbox.c.claim != "")
            .where(outbox.c.claim.not_in(select(bulk_job.c.claim)))
        )
        return list(self.connection.execute(statement).scalars())

    def settle(self, ids: Sequence[int]) -> None:
        """Forget rows whose outcome is final."""
        for chunk in in_chunks(ids, _CHUNK):
            self.connection.execute(delete(outbox).where(outbox.c.id.in_(chunk)))

    def settle_written(
        self, claim: str, object_name: str, written: Sequence[Outcome], *, run_id: str, now: datetime
    ) -> int:
        """Note in the delivery log that records of one object were written, forget their rows, and say how many.

        A row that the claim does not hold any more is passed over: it was settled before.
        """
        place = {"target": self.target, "object": object_name, "claim": claim}
        rows = [
            {**place, "key": each.key, "status": each.status, "target_id": each.target_id, "run_id": run_id, "at": now}
            for each in written
        ]
        execute_for_each(self.connection, _LOG_WRITTEN, rows)
        return execute_for_each(self.connection, _FORGET, rows)

    def put_back(self, rows: Sequence[Waiting], *, now: datetime, failed: bool) -> None:
        """Let rows wait again: later and later when the attempt failed; under a newer change where one has come."""
        if not rows:
            return
        self.lock()
        newer = self._waiting([(row.object, row.key) for row in rows])
        alone = [row for row in rows if (row.object, row.key) not in newer]
        if alone:
            statement = update(outbox).where(outbox.c.id == bindparam("row_id"))
            values = [
                {
                    "row_id": row.id,
                    "claim": "",
                    "attempts": row.attempts + failed,
                    "not_before": now + backoff(row.attempts + 1) if failed else now,
                }
                for row in alone
            ]
            self.connection.execute(statement, values)
        for row in rows:
            other = newer.get((row.object, row.key))
            if other is not None:
                self._slip_under(row, other)

    def _slip_under(self, older: Waiting, newer: Row[tuple[object, ...]]) -> None:
        self.settle([older.id])
        if older.operation == newer.operation == "upsert":
            fields = {**decode(older.fields), **decode(newer.fields)}
            values = {"fields": encode(fields), "columns": "\t".join(sorted(fields)), "creates": older.creates}
            self.connection.execute(update(outbox).where(outbox.c.id == newer.id).values(values))


def _last_wins(changes: Sequence[Change]) -> list[Change]:
    """Join changes of one record that come together, so that a chunk holds each record once."""
    joined: dict[tuple[str, str], Change] = {}
    for change in changes:
        place = (change.record.object, change.record.key)
        earlier = joined.get(place)
        joined[place] = change if earlier is None else _joined(earlier, change)
    return list(joined.values())


def _over(refused: TargetRecord | None, change: Change) -> Change:
    if refused is None or change.operation == "delete":
        return change
    joined = _joined(Change(refused, creates=change.creates, why=""), change)
    return replace(joined, why=change.why, before=change.before)


def _joined(earlier: Change, later: Change) -> Change:
    if earlier.operation != later.operation or later.operation == "delete":
        return later
    fields = {**earlier.record.fields, **later.record.fields}
    references = {**earlier.record.references, **later.record.references}
    record = TargetRecord(
        later.record.object, later.record.key, fields, references, later.record.parent or earlier.record.parent
    )
    before = {**(later.before or {}), **(earlier.before or {})} or None
    return Change(record, earlier.creates or later.creates, f"{earlier.why}; {later.why}", before)
