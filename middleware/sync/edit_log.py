"""Remembers what people changed at the target, so that an edit is handled once, however often it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.ports import FoundRecord
from drawbar.middleware.sync.edit_tables import edit_seen

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """How a record was when the rules last saw it: a hash of the fields that they look at, and when it had changed."""

    digest: str
    modified_at: datetime


def digest_of(fields: Mapping[str, object]) -> str:
    """Give the SHA-256 of fields as the target answered them; the order does not count."""
    told = json.dumps(dict(fields), sort_keys=True, default=str)
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
