"""Dead letters: what could not go on, with everything that a person needs to mend and replay it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Row, Select, insert, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import NotThere
from drawbar.middleware.sync.tables import dead_letter

Kind = Literal["row", "record", "message"]
State = Literal["open", "replayed", "resolved", "discarded"]
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that failed: a source row that was not understood, a record that the target refused, or a message.

    `place` is the feed (row), the target (record) or the inbox (message, whose `source` is its id in the inbox);
    `payload` the raw row, the encoded record or the body.
    """

    kind: Kind
    place: str
    object: str
    key: str
    row_number: int
    source: str
    code: str
    field: str
    message: str
    remedy: str
    payload: str
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A failure as it is kept: with its number, how often and when it failed, and how it ended if it did."""

    id: int
    failure: Failure
    state: State
    settled_by: str
    settled_why: str
    run_id: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters, inside the caller's transaction."""

    connection: Connection

    def add(self, failures: Iterable[Failure], *, run_id: str, now: datetime) -> list[DeadLetter]:
        """Keep failures; one that is open for the same record (or keyless row) is counted up instead.

        Gives the open dead letters of all these records, each once.
        """
        letters: list[DeadLetter] = []
        for chunk in in_chunks(failures, _CHUNK):
            known = self._open_like(chunk)
            fresh = [each for each in chunk if _identity(each) not in known]
            unique = {_identity(each): each for each in fresh}
            if unique:
                rows = [_row(each, run_id, now) for each in unique.values()]
                self.connection.execute(insert(dead_letter), rows)
            for each in chunk:
                if _identity(each) in known:
                    self._again(known[_identity(each)], each, run_id, now)
            letters += [_letter(row) for row in self._open_like(chunk).values()]
        return letters

    def _open_like(self, failures: Sequence[Failure]) -> dict[tuple[str, str, str, str, int], Row[tuple[object, ...]]]:
        found = {}
        for place, name in {(each.place, each.object) for each in failures}:
            keys = {each.key for each in failures if (each.place, each.object) == (place, name)}
            statement = select(dead_letter).where(
                dead_letter.c.state == "open", dead_letter.c.place == place, dead_letter.c.object == name,
                dead_letter.c.key.in_(keys),
            )  # fmt: skip
            wanted = {_identity(each) for each in failures}
            rows = {_identity(_failure(row)): row for row in self.connection.execute(statement)}
            found.update({identity: row for identity, row in rows.items() if identity in wanted})
        return found

    def _again(self, row: Row[tuple[object, ...]], failure: Failure, run_id: str, now: datetime) -> None:
        values = {
            **_row(failure, run_id, now), "attempts": row.attempts + failure.attempts, "first_at": row.first_at
        }  # fmt: skip
        self.connection.execute(update(dead_letter).where(dead_letter.c.id == row.id).values(values))

    def find(
        self,
        *,
        ids: Sequence[int] = (),
        place: str = "",
        object_name: str = "",
        key: str = "",
        code: str = "",
        state: State | None = "open",
        limit: int | None = None,
    ) -> list[DeadLetter]:
        """Give the dead letters that match every filter that is set, oldest first."""
        statement: Select[tuple[object, ...]] = select(dead_letter).order_by(dead_letter.c.id).limit(limit)
        filters = {"place": place, "object": object_name, "key": key, "code": code, "state": state or ""}
        for name, wanted in filters.items():
            if wanted:
                statement = statement.where(dead_letter.c[name] == wanted)
        if ids:
            statement = statement.where(dead_letter.c.id.in_(ids))
        return [_letter(row) for row in self.connection.execute(statement)]

    def get(self, number: int) -> DeadLetter:
        """Give one dead letter; raise NotThere when there is none of that number.

        On PostgreSQL the row stays locked until the transaction ends, so that two people cannot settle it at once.
        """
        statement = select(dead_letter).where(dead_letter.c.id == number).with_for_update()
        row = self.connection.execute(statement).first()
        if row is None:
            raise NotThere(f"there is no failure {number}", remedy="List them with: drawbar failures")
        return _letter(row)

    def open_keys(self, place: str, object_name: str) -> dict[str, int]:
        """Give key → number of the open dead letters of one object at one place."""
        statement = select(dead_letter.c.key, dead_letter.c.id).where(
            dead_letter.c.state == "open", dead_letter.c.place == place, dead_letter.c.object == object_name
        )
        return {row.key: row.id for row in self.connection.execute(statement)}

    def open_of(self, object_name: str, keys: Iterable[str]) -> list[DeadLetter]:
        """Give the open dead letters of these records, whatever their place, oldest first."""
        found: list[DeadLetter] = []
        for chunk in in_chunks(keys, _CHUNK):
            statement = select(dead_letter).where(
                dead_letter.c.state == "open", dead_letter.c.object == object_name, dead_letter.c.key.in_(chunk)
            )
            found += [_letter(row) for row in self.connection.execute(statement.order_by(dead_letter.c.id))]
        return found

    def settle(self, ids: Sequence[int], state: State, *, by: str, why: str, now: datetime) -> None:
        """End open dead letters: resolved by themselves, replayed or discarded by a person who says why."""
        for chunk in in_chunks(ids, _CHUNK):
            self.connection.execute(
                update(dead_letter)
                .where(dead_letter.c.id.in_(chunk), dead_letter.c.state == "open")
                .values(state=state, settled_by=by, settled_why=why, last_at=now)
            )


def _identity(failure: Failure) -> tuple[str, str, str, str, int]:
    """Two failures are one when they concern one record; a row without a usable key is known by its number."""
    number = 0 if failure.key else failure.row_number
    return failure.kind, failure.place, failure.object, failure.key, number


def _row(failure: Failure, run_id: str, now: datetime) -> dict[str, object]:
    return {
        "kind": failure.kind, "place": failure.place, "object": failure.object, "key": failure.key,
        "row_number": failure.row_number, "source": failure.source, "code": failure.code, "field": failure.field,
        "message": failure.message, "remedy": failure.remedy, "payload": failure.payload,
        "attempts": failure.attempts, "state": "open", "run_id": run_id, "first_at": now, "last_at": now,
    }  # fmt: skip


def _failure(row: Row[tuple[object, ...]]) -> Failure:
    return Failure(
        row.kind, row.place, row.object, row.key, row.row_number, row.source, row.code, row.field, row.message,
        row.remedy, row.payload, row.attempts,
    )  # fmt: skip


def _letter(row: Row[tuple[object, ...]]) -> DeadLetter:
    return DeadLetter(
        row.id, _failure(row), row.state, row.settled_by, row.settled_why, row.run_id, row.first_at, row.last_at
    )
