"""Copies tables from one database to another as they are, and proves it: a count and a hash of their content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, Row, Table, func, insert, select
from xxhash import xxh3_128_intdigest

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import StopRun

_CHUNK: Final = 1_000
_CHUNK_OF_BYTES: Final = 8
"""Rows at once of a table that holds bytes by the megabyte."""

_DIGEST_BITS: Final = 128

Progress = Callable[[str, int, int], None]
"""Hears the table, rows done and rows in all."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: how many rows, and a hash that does not depend on their order (hexadecimal)."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Twin:
    """One table in two databases: same name, same columns, perhaps in another schema."""

    source: Table
    destination: Table

    @property
    def name(self) -> str:
        return self.source.name


class _Tally:
    """Sums the hashes of rows: equal for equal rows in any order, and a row that is there twice counts twice."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: Row[Any]) -> None:
        self.rows += 1
        self._sum += xxh3_128_intdigest(repr([_plain(value) for value in row]).encode())

    def content(self) -> Content:
        return Content(self.rows, f"{self._sum % (1 << _DIGEST_BITS):032x}")


def _plain(value: object) -> object:
    """Give a JSON object as text with sorted names, since PostgreSQL keeps no order; anything else as it is."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


def content(connection: Connection, table: Table) -> Content:
    """Read a whole table, a part at a time, and give what it holds."""
    tally = _Tally()
    if not count(connection, table):
        return tally.content()
    for row in _rows(connection, table):
        tally.add(row)
    return tally.content()


def copy_table(source: Connection, destination: Connection, twin: Twin, progress: Progress) -> Content:
    """Copy all rows, a part at a time, and give what was read; `destination` has the table and no row of it."""
    tally, total = _Tally(), count(source, twin.source)
    for chunk in in_chunks(_rows(source, twin.source), _at_once(twin.source)) if total else ():
        for row in chunk:
            tally.add(row)
        if destination.dialect.name == "postgresql":
            _refuse_zero_characters(twin.source, chunk)
        destination.execute(insert(twin.destination), [dict(row._mapping) for row in chunk])  # noqa: SLF001
        progress(f"copying {twin.name}", tally.rows, total)
    _set_counter(destination, twin.destination)
    return tally.content()


def count(connection: Connection, table: Table) -> int:
    """Count the rows of a table."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def counts(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Count the rows of several tables at once, by their names."""
    if not tables:
        return {}
    each = [select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in tables]
    return dict(connection.execute(select(*each)).one()._mapping)  # noqa: SLF001


def use_utc(connection: Connection) -> None:
    """Let PostgreSQL give instants in UTC for this transaction: in another zone the first year cannot be told."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")


def _set_counter(connection: Connection, table: Table) -> None:
    """Let PostgreSQL go on numbering behind the highest number; SQLite does so by itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    highest = select(func.max(column)).scalar_subquery()
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    in_parts = {"stream_results": True, "yield_per": _at_once(table)}
    return iter(connection.execute(select(table), execution_options=in_parts))


def _at_once(table: Table) -> int:
    return _CHUNK_OF_BYTES if any(isinstance(each.type, LargeBinary) for each in table.columns) else _CHUNK


def _refuse_zero_characters(table: Table, rows: Sequence[Row[Any]]) -> None:
    """Raise StopRun for text that PostgreSQL cannot hold."""
    for row in rows:
        for column, value in row._mapping.items():  # noqa: SLF001
            if isinstance(value, str) and "\0" in value:
                key = ", ".join(str(row._mapping[each.name]) for each in table.primary_key)  # noqa: SLF001
                raise StopRun(
                    "holds the character U+0000, which PostgreSQL cannot store; nothing was moved",
                    record=f"{table.name} {key}", field=column, remedy="Stay with SQLite, or blot it out there.",
                )  # fmt: skip
