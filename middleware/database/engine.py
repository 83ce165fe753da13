"""Opens the database: SQLite in write-ahead mode by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

_READING = "drawbar_reading"


def open_database(url: str) -> Engine:
    """Give an engine for a SQLAlchemy URL; plain `postgresql://` means psycopg 3.

    SQLite runs with WAL, synchronous=FULL (an acknowledged commit survives a power cut), foreign keys and a
    30 s busy time-out, and takes the write lock at BEGIN so that two writers wait instead of failing half-way.
    Errors name the statement and not its values, which are people's.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    local = parsed.drivername.startswith("sqlite")
    engine = create_engine(parsed, pool_pre_ping=not local, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def place_of(engine: Engine) -> str:
    """Give the URL of a database as it may be shown and written down: without password."""
    url = engine.url._replace(password=None).difference_update_query(["password"])
    return url.set(drivername=url.get_backend_name()).render_as_string()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads: on SQLite it neither takes nor waits for the write lock."""
    with engine.connect().execution_options(**{_READING: True}) as connection:
        yield connection


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
