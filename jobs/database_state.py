"""What a hub's database holds: where it is, its revision, rows, size, and what is in flight."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from drawbar.jobs.hub import HubDatabase
from drawbar.jobs.in_flight import InFlight, in_flight
from drawbar.jobs.moving import HUB_TABLES
from drawbar.middleware.database.copying import counts
from drawbar.middleware.database.engine import reading
from drawbar.middleware.database.migrate import newest_revision, require_release
from drawbar.middleware.database.relocation import Relocation, last_relocation


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """A look at a database; `rows` counts per table, `size` is in bytes with the engine's own tables."""

    place: str
    revision: str
    rows: dict[str, int]
    size: int
    in_flight: InFlight
    moved: Relocation | None


def database_state(database: HubDatabase) -> DatabaseState:
    """Look at a database, also at one from which the hub has moved; ConfigError when it is not of this release."""
    require_release(database.hub)
    with reading(database.hub) as connection:
        return DatabaseState(
            place=database.place, revision=newest_revision(),
            rows=counts(connection, HUB_TABLES), size=_size(connection, database),
            in_flight=in_flight(connection), moved=last_relocation(connection),
        )  # fmt: skip


def _size(connection: Connection, database: HubDatabase) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())
    return sum(_file_size(each) for each in (database.hub, database.engine))


def _file_size(engine: Engine) -> int:
    file = Path(engine.url.database or "")
    log = file.with_name(f"{file.name}-wal")
    return sum(each.stat().st_size for each in (file, log) if each.exists())
