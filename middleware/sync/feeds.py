"""Feeds: one direction of one entity of one source, with what it said the last time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from drawbar.middleware.sync.fingerprints import ALL_KEYS, DamagedIndex, FingerprintIndex, Fingerprints, KeyRange
from drawbar.middleware.sync.segments import Segments
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
    generation: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feeds, inside the caller's transaction."""

    connection: Connection

    def load(self, name: str, keys: KeyRange = ALL_KEYS) -> FeedState:
        """Give a feed's state with the fingerprints of some keys.

        Lost or damaged fingerprints mean that everything is compared from scratch.
        """
        row = self.connection.execute(select(feed).where(feed.c.name == name)).first()
        if row is None:
            return FeedState(name, FingerprintIndex.empty())
        state = FeedState(
            name, FingerprintIndex.empty(), row.version, row.cursor, row.source, row.source_file, row.generation
        )
        try:
            index = Segments(self.connection, name).read(row.generation, row.rows, keys)
        except DamagedIndex as error:
            return replace(state, notice=f"the fingerprints of {name} {error}; every record of it is sent again")
        return replace(state, index=index)

    def save(self, state: FeedState, fingerprints: Fingerprints, now: datetime) -> None:
        """Keep a feed's state with its new fingerprints.

        They and what the feed put into the outbox become true in one transaction.
        """
        generation = new_generation()
        self.save_part(state.name, fingerprints, ALL_KEYS, generation)
        self.adopt(replace(state, generation=generation), now)

    def save_part(self, name: str, fingerprints: Fingerprints, keys: KeyRange, generation: str) -> None:
        """Keep the new fingerprints of some keys, for a generation that counts once it is adopted."""
        Segments(self.connection, name).write(generation, keys.number, fingerprints)

    def adopt(self, state: FeedState, now: datetime) -> None:
        """Let the state's generation count, all of whose parts are there; other generations are forgotten."""
        segments = Segments(self.connection, state.name)
        values = {
            "generation": state.generation, "rows": segments.rows(state.generation), "version": state.version,
            "cursor": state.cursor, "source": state.source, "source_file": state.source_file, "updated_at": now,
        }  # fmt: skip
        changed = self.connection.execute(update(feed).where(feed.c.name == state.name).values(values))
        if changed.rowcount == 0:
            self.connection.execute(insert(feed).values(name=state.name, **values))
        segments.sweep(state.generation)

    def move_cursor(self, name: str, cursor: str, source: str, now: datetime) -> None:
        """Note how far a feed without fingerprints was read, and where its records came from."""
        self.adopt(FeedState(name, FingerprintIndex.empty(), cursor=cursor, source=source), now)


def new_generation() -> str:
    """Name a taking of a source; no two have one name."""
    return secrets.token_hex(8)
