"""Writes many rows of a table at once: SQLAlchemy's own way spends more on each row than the database does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

ColumnValues = Mapping[str, Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[ColumnValues]) -> None:
    """Insert rows, if there are any, in one round; all name the same columns."""
    if rows:
        _insertion(connection.dialect, table, tuple(rows[0])).execute(connection, rows)


def update_rows(connection: Connection, table: Table, rows: Sequence[ColumnValues]) -> None:
    """Update rows by primary key, if there are any, in one round; each holds the key and the same other columns."""
    if rows:
        _change(connection.dialect, table, tuple(rows[0])).execute(connection, rows)


def execute_for_each(connection: Connection, statement: UpdateBase, rows: Sequence[ColumnValues]) -> int:
    """Execute a statement for every row of values, in one round, and say how many rows of tables it touched in all.

    `rows` hold the values of all of its bind parameters, by name; a value in the statement itself is not allowed.
    The statement is remembered: give one that lives in its module, not one made anew.
    """
    return _prepared(connection.dialect, statement).execute(connection, rows) if rows else 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement in the words of the driver, and which values it takes.

    `binds` are its parameters in order, `names` the values of a row that they take, `processors` what types make of
    values by name.
    """

    statement: str
    positional: bool
    binds: tuple[str, ...]
    names: tuple[str, ...]
    processors: Mapping[str, Callable[[Any], Any]]

    @classmethod
    def of(cls, compiled: SQLCompiler, names: Mapping[str, str]) -> _Plan:
        """Plan a statement; `names` tell the parameters that have other names than the values that they take."""
        dialect, positional = compiled.dialect, compiled.dialect.positional
        binds = tuple(compiled.positiontup or () if positional else compiled.binds)
        kinds = {names.get(bind, bind): compiled.binds[bind].type.dialect_impl(dialect) for bind in binds}
        processors = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
        return cls(
            str(compiled), positional, binds, tuple(names.get(bind, bind) for bind in binds),
            {name: process for name, process in processors.items() if process is not None},
        )  # fmt: skip

    def execute(self, connection: Connection, rows: Sequence[ColumnValues]) -> int:
        columns = [self._stored(name, [row[name] for row in rows]) for name in self.names]
        values = zip(*columns, strict=True)
        told = list(values) if self.positional else [dict(zip(self.binds, each, strict=True)) for each in values]
        return connection.exec_driver_sql(self.statement, told).rowcount

    def _stored(self, name: str, values: list[Any]) -> list[Any]:
        """Give the values of a column as the driver takes them, each distinct one worked out once."""
        process = self.processors.get(name)
        if process is None:
            return values
        stored = {value: process(value) for value in set(values)}
        return [stored[value] for value in values]


@lru_cache(256)
def _insertion(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Plan:
    return _Plan.of(insert(table).inline().compile(dialect=dialect, column_keys=names), {})


@lru_cache(256)
def _change(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Plan:
    binds = {name: f"of_{name}" for name in names}
    keys = [column.name for column in table.primary_key]
    statement = update(table).where(*(table.c[key] == bindparam(binds[key]) for key in keys))
    statement = statement.values({name: bindparam(binds[name]) for name in names if name not in keys})
    return _Plan.of(statement.compile(dialect=dialect), {bind: name for name, bind in binds.items()})


@lru_cache(256)
def _prepared(dialect: Dialect, statement: UpdateBase) -> _Plan:
    return _Plan.of(statement.compile(dialect=dialect), {})
