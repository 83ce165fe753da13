"""Remembers what people changed at the target, so that an edit is handled once, however often it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.ports import FoundRecord
from drawbar.middleware.sync.edit_tables import edit_conflict, edit_seen

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """How a record was when the rules last saw it: a hash of the fields that they look at, and when it had changed."""

    digest: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that lost: two sides have different values of one field, and its owner's counts.

    `kind` is `both` when both sides had changed it since they last agreed, `overruled` when only the one that lost had.
    `target_value` is what Salesforce held, `source_value` what the other system, `source`, had. `edited_by` says who
    made the change that lost, "" when nobody knows.
    """

    object: str
    key: str
    field: str
    kind: Literal["both", "overruled"]
    target_value: str
    source_value: str
    source: str
    winner: str
    edited_by: str
    run_id: str
    at: datetime


def digest_of(values: Mapping[str, object]) -> str:
    """Give the SHA-256 of fields as the target answered them; the order does not count."""
    told = json.dumps(dict(values), sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class EditLog:
    """What is remembered of edits, inside the caller's transaction."""

    connection: Connection

    def seen(self, object_name: str, ids: Sequence[str]) -> dict[str, Seen]:
        """Give how records were when the rules last saw them, by the target's ids; those never seen are left out."""
        found: dict[str, Seen] = {}
        for chunk in in_chunks(ids, _CHUNK):
            statement = select(edit_seen).where(edit_seen.c.object == object_name, edit_seen.c.record_id.in_(chunk))
            found |= {row.record_id: Seen(row.digest, row.modified_at) for row in self.connection.execute(statement)}
        return found

    def note(self, record: FoundRecord, digest: str) -> None:
        """Note that the rules have seen a record as it stands."""
        values = {"digest": digest, "modified_at": record.modified_at}
        place = {"object": record.object, "record_id": record.id}
        where = [edit_seen.c[name] == value for name, value in place.items()]
        if self.connection.execute(update(edit_seen).where(*where).values(values)).rowcount == 0:
            self.connection.execute(insert(edit_seen).values(**place, **values))

    def conflicted(self, conflicts: Sequence[Conflict]) -> None:
        """Note changes that lost."""
        insert_rows(self.connection, edit_conflict, [asdict(each) for each in conflicts])

    def conflicts(self, *, object_name: str = "", key: str = "", limit: int) -> list[Conflict]:
        """Give the latest changes that lost, newest first; of one object, or of one record, when these are named."""
        columns = [edit_conflict.c[each.name] for each in fields(Conflict)]
        statement = select(*columns).order_by(edit_conflict.c.id.desc()).limit(limit)
        for name, wanted in (("object", object_name), ("key", key)):
            if wanted:
                statement = statement.where(edit_conflict.c[name] == wanted)
        return [Conflict(*row) for row in self.connection.execute(statement)]
