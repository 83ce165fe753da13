"""Moves a hub to another database, with all that is in flight; see docs/adr/0008-moving-the-database.md."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, Table, delete, inspect

from drawbar.jobs.hub import HubDatabase
from drawbar.middleware.auctions import tables as auction_tables
from drawbar.middleware.audit import Audit
from drawbar.middleware.collections import tables as collections_tables
from drawbar.middleware.database.copying import Content, Progress, Twin, content, copy_table, count, counts, use_utc
from drawbar.middleware.database.engine import reading
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.database.migrate import require_release, upgrade
from drawbar.middleware.database.relocation import (
    Relocation,
    last_relocation,
    note_relocation,
    refuse_moved,
    relocation,
)
from drawbar.middleware.engine import create_engine_tables
from drawbar.middleware.engine_tables import engine_tables, runs_table
from drawbar.middleware.errors import ConfigError, StopRun
from drawbar.middleware.gps import device_tables
from drawbar.middleware.gps import tables as gps_tables
from drawbar.middleware.messages import tables as message_tables
from drawbar.middleware.remarketing import tables as remarketing_tables
from drawbar.middleware.repairs import tables as repairs_tables
from drawbar.middleware.repossession import agent_tables
from drawbar.middleware.repossession import tables as repossession_tables
from drawbar.middleware.resale import tables as resale_tables
from drawbar.middleware.server import tables as server_tables
from drawbar.middleware.server.soap import tables as soap_tables
from drawbar.middleware.sync import data_set_tables, edit_tables, papers, pickup_tables, sent_mail
from drawbar.middleware.sync import tables as sync_tables

_ONE_OF_EACH: Final = (
    auction_tables.auction_invoice,
    collections_tables.promise,
    data_set_tables.data_set_delivery,
    edit_tables.edit_seen,
    device_tables.gps_device,
    gps_tables.gps_alert,
    message_tables.lessee_message,
    papers.paper,
    remarketing_tables.remarketing_request,
    repairs_tables.repair_order,
    repossession_tables.repo_case,
    resale_tables.work_order,
    sent_mail.sent_mail,
    agent_tables.agent_mail,
    pickup_tables.pickup_task,
    server_tables.api_key,
    soap_tables.soap_nonce,
    sync_tables.outbox,
)
"""A table of each module that has some; one that nobody imports would be left behind by a move."""

assert all(each.metadata is metadata for each in _ONE_OF_EACH)  # noqa: S101

HUB_TABLES: Final[list[Table]] = [table for table in metadata.sorted_tables if table is not relocation]
"""Every table of the hub but the note of its last move."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a table holds in both databases."""

    name: str
    source: Content
    destination: Content


@dataclass(frozen=True, slots=True)
class _Side:
    """Open connections to one database; both are the same on PostgreSQL, where one transaction holds all."""

    hub: Connection
    engine: Connection

    def wipe(self, hub: Sequence[Table], engine: Sequence[Table]) -> None:
        for connection, tables in ((self.hub, hub), (self.engine, engine)):
            for table in reversed(tables):
                connection.execute(delete(table))


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the hub from one database to another."""

    source: HubDatabase
    destination: HubDatabase

    def look(self) -> dict[str, int]:
        """Give the rows per table that a move would copy; writes nothing.

        Raises as `carry_out` does when it could not begin.
        """
        self._refuse_what_makes_no_sense()
        with self._alone():
            self._next_id()
        with reading(self.source.hub) as connection:
            return counts(connection, HUB_TABLES)

    def carry_out(self, *, actor: str, now: datetime, progress: Progress) -> list[Compared]:
        """Copy everything, compare, and let the hub live in the destination alone; gives what both hold.

        Nothing is kept of a move that fails or is killed; it can be repeated. Gives nothing when an earlier one had
        come to its end. Raises LockTaken while anybody works on the hub, StopRun when the destination is not empty.
        """
        self._refuse_what_makes_no_sense()
        with self._alone():
            move_id = self._next_id()
            if move_id is None:
                return []
            upgrade(self.destination.hub)
            for database in (self.source.engine, self.destination.engine):
                create_engine_tables(database)
            return self._copy(move_id, actor, now, progress)

    def undo(self, *, actor: str, now: datetime) -> None:
        """Let the hub live in the source again; raises StopRun when anything was done in the destination since."""
        with self._alone():
            left = _last(self.source.hub)
            if left is None or not left.went_away:
                raise ConfigError(
                    f"the hub in {self.source.place} has not moved away",
                    remedy="Set database.url to the database from which it moved.",
                )
            if _is_used(self.destination):
                self._refuse_to_undo(left)
                _note(self.destination.hub, Relocation(left.id, self.source.place, went_away=True, at=now))
            with self.source.hub.begin() as connection:
                note_relocation(connection, Relocation(left.id, self.destination.place, went_away=False, at=now))
                detail = {"from": self.destination.place, "to": self.source.place}
                Audit(connection).note(
                    actor=actor, action="undo move of database", subject=self.source.place, detail=detail, now=now
                )

    def _refuse_what_makes_no_sense(self) -> None:
        url = self.destination.hub.url
        if url.get_backend_name() != "sqlite":
            return
        if self.source.hub.dialect.name == "sqlite":
            raise ConfigError(
                "both databases are SQLite files", remedy="Use: drawbar database backup, then drawbar database restore"
            )
        if not Path(url.database or "").parent.is_dir():
            raise ConfigError(f"there is no folder for {self.destination.place}", remedy="Make it, or mend --to.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep everybody else out of both databases."""
        with self.source.alone(), self.destination.alone():
            yield

    def _next_id(self) -> str | None:
        """Name the move that is to be done, None when it is done already; raises when it cannot be."""
        require_release(self.source.hub)
        left, arrived = _last(self.source.hub), _last(self.destination.hub)
        if left is not None and left.went_away:
            if left.place != self.destination.place:
                with reading(self.source.hub) as connection:
                    refuse_moved(connection)
            if arrived is not None and arrived.id == left.id:
                return None
        husk = left is not None and arrived is not None and arrived.went_away and arrived.id == left.id
        if _is_used(self.destination) and not husk:
            raise StopRun(
                f"{self.destination.place} is not empty; nothing was moved",
                remedy="Make an empty database for the hub.",
            )
        return left.id if left is not None and left.went_away else secrets.token_hex(8)

    def _copy(self, move_id: str, actor: str, now: datetime, progress: Progress) -> list[Compared]:
        hub = [Twin(table, table) for table in HUB_TABLES]
        engine = engine_tables(self.source.engine, self.destination.engine)
        with _opened(self.source) as source, _opened(self.destination) as destination:
            destination.wipe([each.destination for each in hub], [each.destination for each in engine])
            places = {"from": self.source.place, "to": self.destination.place}
            Audit(source.hub).note(
                actor=actor, action="move database", subject=self.destination.place, detail=places, now=now
            )
            compared = [
                *(_moved(source.hub, destination.hub, each, progress) for each in hub),
                *(_moved(source.engine, destination.engine, each, progress) for each in engine),
            ]
            _refuse_differences(compared)
            self._commit(source, destination, move_id, now)
        return compared

    def _commit(self, source: _Side, destination: _Side, move_id: str, now: datetime) -> None:
        """Close the old database before the new one opens: between the two a hub that nobody can use, never two.

        A process that dies in between leaves a source that names the move, and a destination that is empty; the move is
        then repeated, or undone.
        """
        if destination.engine is not destination.hub:
            destination.engine.commit()
        note_relocation(destination.hub, Relocation(move_id, self.source.place, went_away=False, at=now))
        note_relocation(source.hub, Relocation(move_id, self.destination.place, went_away=True, at=now))
        source.hub.commit()
        destination.hub.commit()

    def _refuse_to_undo(self, left: Relocation) -> None:
        arrived = _last(self.destination.hub)
        if arrived is None or arrived.id != left.id:
            raise StopRun(f"{self.destination.place} is not where this hub has moved to", remedy=f"It is {left.place}.")
        if not arrived.went_away and not self._is_as_it_came():
            raise StopRun(
                f"work has been done in {self.destination.place} since the move",
                remedy="Leave database.url as it is there, and move back with: drawbar database move --to URL",
            )

    def _is_as_it_came(self) -> bool:
        hub = [Twin(table, table) for table in HUB_TABLES]
        engine = engine_tables(self.source.engine, self.destination.engine)
        with _opened(self.source) as source, _opened(self.destination) as destination:
            return all(
                content(before, each.source) == content(after, each.destination)
                for before, after, twins in (
                    (source.hub, destination.hub, hub),
                    (source.engine, destination.engine, engine),
                )
                for each in twins
            )


def _moved(source: Connection, destination: Connection, twin: Twin, progress: Progress) -> Compared:
    read = copy_table(source, destination, twin, progress)
    return Compared(twin.name, read, content(destination, twin.destination))


def _refuse_differences(compared: Sequence[Compared]) -> None:
    different = [each.name for each in compared if each.source != each.destination]
    if different:
        raise StopRun(
            f"source and destination differ in {', '.join(different)}; nothing was moved",
            remedy="Report this with both databases' versions; the hub stays where it is.",
        )


@contextmanager
def _opened(database: HubDatabase) -> Iterator[_Side]:
    """Open one snapshot of a database; what is not committed at the end is undone."""
    with _transaction(database.hub) as hub:
        if database.hub.dialect.name == "postgresql":
            yield _Side(hub, hub)
            return
        with _transaction(database.engine) as engine:
            yield _Side(hub, engine)


@contextmanager
def _transaction(database: Engine) -> Iterator[Connection]:
    on_server = database.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if on_server else {}
    with database.connect().execution_options(**options) as connection:
        use_utc(connection)
        yield connection


def _last(database: Engine) -> Relocation | None:
    if _is_missing(database):
        return None
    with reading(database) as connection:
        return last_relocation(connection)


def _note(database: Engine, move: Relocation) -> None:
    with database.begin() as connection:
        note_relocation(connection, move)


def _is_missing(database: Engine) -> bool:
    """Say whether there is no SQLite file; to look into it would make one."""
    return database.dialect.name == "sqlite" and not Path(database.url.database or "").exists()


def _is_used(database: HubDatabase) -> bool:
    """Say whether a hub has left rows in a database, or another program's engine has in the schema of ours."""
    if _is_missing(database.hub):
        return False
    there = set(inspect(database.hub).get_table_names())
    with reading(database.hub) as connection:
        if any(counts(connection, [table for table in HUB_TABLES if table.name in there]).values()):
            return True
        if database.hub.dialect.name == "sqlite":
            return False  # the engine's file in our data folder is ours, whatever a move that was killed has left in it
        runs = runs_table(database.hub)
        return runs is not None and count(connection, runs) > 0
