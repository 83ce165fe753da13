"""Papers that the hub made: each kept once under its name, so that what is sent twice is the same twice."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Column, Connection, LargeBinary, Table, Text, insert, select

from drawbar.middleware.database.metadata import Instant, metadata
from drawbar.middleware.errors import RecordRejected

paper = Table(
    "paper",
    metadata,
    Column("name", Text, primary_key=True, comment="file name"),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
)
"""Every paper that was made; none is ever changed."""


class Papers:
    """All papers, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, name: str, content: bytes, *, now: datetime) -> None:
        """Keep a paper; one that is there under this name stays as it is."""
        there = self._connection.execute(select(paper.c.name).where(paper.c.name == name)).first()
        if there is None:
            digest = hashlib.sha256(content).hexdigest()
            self._connection.execute(insert(paper).values(name=name, content=content, sha256=digest, made_at=now))

    def find(self, name: str) -> bytes | None:
        """Give a paper, None when there is none of this name."""
        found: bytes | None = self._connection.execute(
            select(paper.c.content).where(paper.c.name == name)
        ).scalar_one_or_none()
        return found

    def get(self, name: str) -> bytes:
        """Give a paper; raises RecordRejected for a name that the hub does not keep."""
        found = self.find(name)
        if found is None:
            raise RecordRejected(
                f"the hub keeps no paper {name}", record=f"paper {name}", code="NO_PAPER",
                remedy="See that the database is the one that the paper was made in.",
            )  # fmt: skip
        return found
