"""Opens the database: SQLite in write-ahead mode by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url

_READING = "drawbar_reading"

_NOTICE_OF_SILENCE: Final = {
    "connect_timeout": 10, "keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
    "tcp_user_timeout": 11_000,
}  # fmt: skip
"""This side's half: a server that is out of reach is noticed after 11 seconds (libpq's parameters)."""

_NOTICE_BY_SERVER: Final = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; "
    "SET tcp_user_timeout = 11000"
)
"""The server's half, for this connection: without it the locks of a process that was cut off last for two hours."""

_SQLITE: Final = (
    "busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
    # A chunk of a delivery touches some MB of pages, which would else be written twice and read back in between.
    "cache_size=-4000", "wal_autocheckpoint=4000",
)  # fmt: skip

_SMALL_STEP: Final = 1_000
"""Pages of the log that are moved at once where each commit is waited for."""


def open_database(url: str) -> Engine:
    """Give an engine for a SQLAlchemy URL; plain `postgresql://` means psycopg 3.

    SQLite runs with WAL, synchronous=FULL (an acknowledged commit survives a power cut), foreign keys and a
    30 s busy time-out, and takes the write lock at BEGIN so that two writers wait instead of failing half-way.
    Errors name the statement and not its values, which are people's.
    PostgreSQL and this process each notice within seconds when the other is out of reach; what the URL says of it wins.
    """
    parsed = make_url(url)
    if parsed.drivername.startswith("postgresql"):
        return _open_postgresql(url)
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def tidy_often(engine: Engine) -> None:
    """Let SQLite move its log into the file in small steps, for a process in which somebody waits for each commit.

    The commit after which that is done takes 5 ms longer instead of 50; a chunk of a delivery would rather wait once.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tidy_often)
        engine.dispose()


def _open_postgresql(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    notice = {name: value for name, value in _NOTICE_OF_SILENCE.items() if name not in parsed.query}
    engine = create_engine(parsed, pool_pre_ping=True, connect_args=notice, hide_parameters=True)
    event.listen(engine, "connect", _prepare_postgresql)
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


def _prepare_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NOTICE_BY_SERVER)
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _tidy_often(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA wal_autocheckpoint={_SMALL_STEP}")


def _begin_sqlite(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
