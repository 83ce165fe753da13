"""The inbox: what others send to the hub is stored once, then acknowledged, then handled once.

A message is known by its sender and the id that the sender gave it. The same message again is not stored again; another
one under the same id is refused. Acknowledge only what `Inbox.store` has given after its transaction was committed, or
what an `InboxWriter` has stored.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import Connection, Dialect, Row, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.sync.tables import inbox_message

MessageState = Literal["waiting", "handled", "failed"]
Json = dict[str, Any]
LONGEST_NAME: Final = 200
"""Of a sender, a message id or a kind, in characters."""

_CHUNK: Final = 200
_INSERTED: Final = (
    "id", "sender", "message_id", "kind", "body", "hash", "state", "not_before", "received_at"
)  # fmt: skip
"""The columns of a new message; all others have their defaults."""


class Conflict(RecordRejected):
    """The sender has used this message id before, for another message."""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody sent: `kind` says who handles it, `body` is what was sent, as it was sent.

    Raises RecordRejected when sender, id or kind is empty, longer than 200 characters, or not printable.
    """

    sender: str
    message_id: str
    kind: str
    body: bytes

    def __post_init__(self) -> None:
        for name in ("sender", "message_id", "kind"):
            text = getattr(self, name)
            if not text or len(text) > LONGEST_NAME or not text.isprintable():
                raise RecordRejected(
                    f"must be 1 to {LONGEST_NAME} printable characters", record="message", field=name,
                    remedy="Send it anew with such a name.", code="BAD_NAME",
                )  # fmt: skip

    @property
    def hash(self) -> str:
        """What tells one message from another of the same id: SHA-256 over kind and body, hex."""
        return hashlib.sha256(self.kind.encode() + b"\0" + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that is in the inbox, under the hub's own `id`; a `duplicate` had been there before."""

    id: str
    duplicate: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A message with what has become of it: `answer` is what its handler said, `error` why it failed."""

    number: int
    id: str
    message: Message
    state: MessageState
    attempts: int
    answer: Mapping[str, Any]
    error: str
    received_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox, inside the caller's transaction."""

    connection: Connection

    def store(self, messages: Sequence[Message], now: datetime) -> list[Stored | Conflict]:
        """Store messages that are not there yet; gives for each what became of it, in order."""
        return [each for chunk in in_chunks(messages, _CHUNK) for each in self._store_chunk(chunk, now)]

    def _store_chunk(self, messages: Sequence[Message], now: datetime) -> list[Stored | Conflict]:
        places = [(each.sender, each.message_id) for each in messages]
        first = dict(zip(reversed(places), reversed(messages), strict=True))
        # In order of their names, so that two servers which store the same messages do not wait for each other.
        fresh = {place: _row(first[place], now) for place in sorted(first)}
        known = fresh if self._insert(list(fresh.values())) else self._known(list(first))
        mine = {place: row for place, row in fresh.items() if row["id"] == known[place]["id"]}
        judged: list[Stored | Conflict] = []
        for message, place in zip(messages, places, strict=True):
            found, is_first = known[place], mine.pop(place, None) is not None
            same = message.hash == found["hash"]
            judged.append(Stored(found["id"], not is_first, found["received_at"]) if same else _conflict(message))
        return judged

    def _insert(self, rows: Sequence[Json]) -> bool:
        """Insert the rows whose places are free, and say whether all were."""
        statement = _insertion(self.connection.dialect)
        values = statement.values(rows)
        done = self.connection.exec_driver_sql(statement.text, values if len(values) > 1 else values[0])
        return done.rowcount == len(rows)

    def _known(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Json]:
        """Give what is stored in these places."""
        columns = inbox_message.c
        found = select(columns.sender, columns.message_id, columns.id, columns.hash, columns.received_at)
        statement = found.where(tuple_(columns.sender, columns.message_id).in_(places))
        return {(row["sender"], row["message_id"]): dict(row) for row in self.connection.execute(statement).mappings()}

    def get(self, entry_id: str, *, sender: str, kind: str) -> InboxEntry:
        """Give a message of a sender by the hub's id; raise NotThere when this sender has none of that id and kind."""
        statement = select(inbox_message).where(
            inbox_message.c.id == entry_id, inbox_message.c.sender == sender, inbox_message.c.kind == kind
        )
        row = self.connection.execute(statement).first()
        if row is None:
            raise NotThere(f"there is no message {entry_id}", remedy="Ask by the id that the hub answered.")
        return _entry(row)

    def due(self, now: datetime, limit: int) -> list[InboxEntry]:
        """Give the messages that wait and may be handled now, in the order in which they came."""
        statement = select(inbox_message).where(inbox_message.c.state == "waiting", inbox_message.c.not_before <= now)
        return [_entry(row) for row in self.connection.execute(statement.order_by(inbox_message.c.number).limit(limit))]

    def is_any_due(self, now: datetime) -> bool:
        waiting = inbox_message.c.state == "waiting", inbox_message.c.not_before <= now
        return self.connection.execute(select(inbox_message.c.number).where(*waiting).limit(1)).first() is not None

    def claim(self, number: int) -> bool:
        """Say whether a message still waits; nobody else ends it before this transaction does."""
        statement = select(inbox_message.c.state).where(inbox_message.c.number == number).with_for_update()
        return self.connection.execute(statement).scalar_one_or_none() == "waiting"

    def end(
        self, number: int, state: MessageState, now: datetime, *, answer: Json | None = None, error: str = ""
    ) -> None:
        """Note that a message was handled, or why it could not be."""
        ended = {"state": state, "answer": json.dumps(answer or {}), "error": error, "ended_at": now}
        counted = {"attempts": inbox_message.c.attempts + 1}
        self.connection.execute(update(inbox_message).where(inbox_message.c.number == number).values(ended | counted))

    def put_off(self, number: int, until: datetime, error: str) -> None:
        """Let a message wait after an attempt that failed for a passing reason."""
        values = {"attempts": inbox_message.c.attempts + 1, "not_before": until, "error": error}
        self.connection.execute(update(inbox_message).where(inbox_message.c.number == number).values(values))

    def put_back(self, entry_id: str, now: datetime) -> None:
        """Let a message that failed be handled again; raise RecordRejected when it is not kept any more."""
        again = {"state": "waiting", "attempts": 0, "not_before": now, "error": "", "ended_at": None}
        statement = update(inbox_message).where(inbox_message.c.id == entry_id, inbox_message.c.state == "failed")
        if self.connection.execute(statement.values(again)).rowcount == 0:
            raise RecordRejected(
                "the message is not kept as a failed one any more", record=f"message {entry_id}",
                remedy="Ask its sender for it anew.",
            )  # fmt: skip

    def forget_handled(self, before: datetime) -> int:
        """Delete what was handled before a moment, and say how many those were."""
        old = inbox_message.c.state == "handled", inbox_message.c.ended_at < before
        return self.connection.execute(delete(inbox_message).where(*old)).rowcount


@dataclass(frozen=True, slots=True)
class _Insertion:
    """The statement that inserts a row whose place is free, as the driver takes it.

    SQLAlchemy works out its statements anew at each execution, which takes ten times as long as SQLite needs.
    """

    text: str
    names: Sequence[str]
    processors: Mapping[str, Callable[[Any], Any]]

    def values(self, rows: Sequence[Json]) -> list[Any]:
        return [self._bound(row) for row in rows]

    def _bound(self, row: Json) -> Any:
        bound = row | {name: processor(row[name]) for name, processor in self.processors.items()}
        return tuple(bound[name] for name in self.names) if self.names else bound


@lru_cache(maxsize=2)
def _insertion(dialect: Dialect) -> _Insertion:
    kind = postgresql if dialect.name == "postgresql" else sqlite
    compiled = (
        kind.insert(inbox_message).inline().on_conflict_do_nothing().compile(dialect=dialect, column_keys=_INSERTED)
    )
    processors = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in _INSERTED}
    return _Insertion(
        str(compiled), compiled.positiontup or (), {name: each for name, each in processors.items() if each is not None}
    )


def _row(message: Message, now: datetime) -> Json:
    return {
        "id": secrets.token_hex(16), "sender": message.sender, "message_id": message.message_id, "kind": message.kind,
        "body": message.body, "hash": message.hash, "state": "waiting", "not_before": now, "received_at": now,
    }  # fmt: skip


def _entry(row: Row[tuple[object, ...]]) -> InboxEntry:
    message = Message(row.sender, row.message_id, row.kind, row.body)
    return InboxEntry(
        row.number, row.id, message, row.state, row.attempts, json.loads(row.answer), row.error, row.received_at,
        row.ended_at,
    )  # fmt: skip


def _conflict(message: Message) -> Conflict:
    return Conflict(
        "another message was sent under this id before", record=f"message {message.message_id}",
        remedy="Give each message an id of its own, and repeat a message unchanged.", code="CONFLICT",
    )  # fmt: skip
