"""The audit: who did what by hand, append-only, each line holding the hash of the line before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, text

from drawbar.middleware.sync.tables import audit

_BEGINNING: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act: when, who, what, on what, and how it is chained (SHA-256, hex)."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit, inside the caller's transaction."""

    connection: Connection

    def note(self, *, actor: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime) -> None:
        """Add a line; whoever adds one at the same time waits for the end of this transaction."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
        last = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
        previous = self.connection.execute(last).scalar_one_or_none() or _BEGINNING
        line = {"at": now, "actor": actor, "action": action, "subject": subject, "detail": json.dumps(detail)}
        self.connection.execute(insert(audit).values(**line, previous=previous, hash=_hash(previous, line)))

    def lines(self, limit: int | None = None) -> list[AuditLine]:
        """Give the lines, newest first."""
        return [_line(row) for row in self.connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))]

    def broken_at(self) -> int | None:
        """Give the number of the first line that does not follow from the one before, None when all do."""
        previous = _BEGINNING
        for row in self.connection.execute(select(audit).order_by(audit.c.id)):
            line = {name: getattr(row, name) for name in ("at", "actor", "action", "subject", "detail")}
            if row.previous != previous or row.hash != _hash(previous, line):
                return int(row.id)
            previous = row.hash
        return None


def _hash(previous: str, line: Mapping[str, Any]) -> str:
    chained = json.dumps([previous, *(str(line[name]) for name in ("at", "actor", "action", "subject", "detail"))])
    return hashlib.sha256(chained.encode()).hexdigest()


def _line(row: Row[tuple[object, ...]]) -> AuditLine:
    return AuditLine(row.id, row.at, row.actor, row.action, row.subject, json.loads(row.detail), row.previous, row.hash)
