"""Feeds: one direction of one entity of one source, with what it said the last time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from drawbar.middleware.sync.fingerprints import DamagedIndex, FingerprintIndex, Fingerprints, save
from drawbar.middleware.sync.tables import feed


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed: its fingerprints, under which version of layout and mapping, and from which source.

    `source` describes the last source that was taken (`accounts.csv of LW-20260302-001`), `source_file` is where it
    is kept, "" when nowhere. `notice` says what a person should know about how the state was read.
    """

    name: str
    index: FingerprintIndex
    version: str = ""
    cursor: str = ""
    source: str = ""
    source_file: str = ""
    index_file: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feeds, inside the caller's transaction; `folder` holds the fingerprint files.

    With a `scratch` folder new files go there, for a transaction that will be rolled back.
    """

    connection: Connection
    folder: Path
    scratch: Path | None = None

    def load(self, name: str) -> FeedState:
        """Give a feed's state; a lost or damaged fingerprint file means that everything is compared from scratch."""
        row = self.connection.execute(select(feed).where(feed.c.name == name)).first()
        if row is None:
            return FeedState(name, FingerprintIndex.empty())
        state = FeedState(
            name, FingerprintIndex.empty(), row.version, row.cursor, row.source, row.source_file, row.index_file
        )
        if not row.index_file:
            return state
        try:
            return replace(state, index=FingerprintIndex.load(self._place(row.index_file)))
        except DamagedIndex as error:
            return replace(state, notice=f"{error}; every record of {name} is sent again")

    def _place(self, name: str) -> Path:
        made_here = self.scratch is not None and (self.scratch / name).exists()
        return (self.scratch if self.scratch is not None and made_here else self.folder) / name

    def save(self, state: FeedState, fingerprints: Fingerprints, now: datetime) -> None:
        """Write the feed's new fingerprints and name them in its row.

        The row and what the feed put into the outbox become true in one transaction; the file of before stays until
        `sweep`, so that a rolled-back transaction finds it again.
        """
        path = save(fingerprints, self.scratch or self.folder, state.name)
        values = {
            "index_file": path.name, "rows": len(fingerprints), "version": state.version, "cursor": state.cursor,
            "source": state.source, "source_file": state.source_file, "updated_at": now,
        }  # fmt: skip
        changed = self.connection.execute(update(feed).where(feed.c.name == state.name).values(values))
        if changed.rowcount == 0:
            self.connection.execute(insert(feed).values(name=state.name, **values))

    def sweep(self, name: str) -> None:
        """Remove a feed's fingerprint files that its row does not name; the caller holds the feed's lock."""
        named = self.connection.execute(select(feed.c.index_file).where(feed.c.name == name)).scalar_one_or_none()
        for path in self.folder.glob(f"{name}-*.fingerprints"):
            if path.name != named:
                path.unlink(missing_ok=True)
