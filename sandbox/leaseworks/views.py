"""The same book as a database: one table per entity, with the columns of the files, typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, Date, DateTime, Engine, Integer, MetaData, Numeric, String, create_engine, make_url
from sqlalchemy import Table as SqlTable
from sqlalchemy.types import TypeEngine

from drawbar.sandbox.leaseworks.book import BusinessDay
from drawbar.sandbox.leaseworks.layout import ENTITIES, Entity, Kind, Table, Value

_BATCH_ROWS = 5_000

_SQL_TYPES: Mapping[Kind, TypeEngine[Any]] = {
    "text": String(),
    "whole": Integer(),
    "money": Numeric(14, 2).with_variant(String(16), "sqlite"),
    "date": Date(),
    "timestamp": DateTime(timezone=True),
}
"""SQLite has no exact decimals, so money is text there; its time stamps are in UTC and carry no zone."""


def write_views(url: str, day: BusinessDay) -> None:
    """Put a business day into the database at a SQLAlchemy URL, in place of what its tables held.

    The tables are named like the entities (`accounts`, `gl_summary` …) and have the columns of the CSV files. Readers
    see the old day or the new one, never a mixture. Plain `postgresql://` means psycopg 3.
    """
    engine = _open(url)
    try:
        tables = _tables()
        with engine.begin() as connection:
            tables.create_all(connection)
            for table in day.tables:
                _replace(connection, tables.tables[table.entity.name], table)
    finally:
        engine.dispose()


def _open(url: str) -> Engine:
    parsed = make_url(url)
    return create_engine(parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed)


def _tables() -> MetaData:
    metadata = MetaData()
    for entity in ENTITIES:
        SqlTable(entity.name, metadata, *_columns(entity))
    return metadata


def _columns(entity: Entity) -> Iterator[SqlColumn[Any]]:
    for column in entity.columns:
        yield SqlColumn(column.name, _SQL_TYPES[column.kind], primary_key=column.name == entity.key)


def _replace(connection: Connection, target: SqlTable, table: Table) -> None:
    connection.execute(target.delete())
    rows = _typed_rows(table, money_as_text=connection.dialect.name == "sqlite")
    while batch := list(islice(rows, _BATCH_ROWS)):
        connection.execute(target.insert(), batch)


def _typed_rows(table: Table, *, money_as_text: bool) -> Iterator[dict[str, object]]:
    convert: Mapping[Kind, Callable[[int], object]] = {
        "money": _money_text if money_as_text else _money,
        "date": date.fromordinal,
        "timestamp": lambda second: datetime.fromtimestamp(second, UTC),
    }
    pairs = zip(table.entity.columns, table.columns, strict=True)
    typed = [_typed(values, convert.get(column.kind)) for column, values in pairs]
    return (dict(zip(table.entity.header, row, strict=True)) for row in zip(*typed, strict=True))


def _typed(values: Sequence[Value], convert: Callable[[int], object] | None) -> Sequence[object]:
    if convert is None:
        return values
    return [convert(value) if isinstance(value, int) else None for value in values]


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _money_text(cents: int) -> str:
    return f"{_money(cents):.2f}"
