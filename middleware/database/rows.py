"""Writes many rows of a table at once: SQLAlchemy's own way spends more on each row than the database does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, update
from sqlalchemy.engine import Dialect

ColumnValues = Mapping[str, Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[ColumnValues]) -> None:
    """Insert rows, if there are any, in one round; all name the same columns."""
    if not rows:
        return
    plan = _plan(connection.dialect, table, tuple(rows[0]))
    columns = [plan.stored(name, [row[name] for row in rows]) for name in plan.names]
    values = zip(*columns, strict=True)
    named = not connection.dialect.positional
    connection.exec_driver_sql(
        plan.statement, [dict(zip(plan.names, each, strict=True)) for each in values] if named else list(values)
    )


def update_rows(connection: Connection, table: Table, rows: Sequence[ColumnValues]) -> None:
    """Update rows by primary key, if there are any, in one round; each holds the key and the same other columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = update(table).where(*(table.c[key] == bindparam(f"key_{key}") for key in keys))
    others = [name for name in rows[0] if name not in keys]
    statement = statement.values({name: bindparam(f"new_{name}") for name in others})
    connection.execute(statement, [_bound(row, keys, others) for row in rows])


def _bound(row: ColumnValues, keys: Iterable[str], others: Iterable[str]) -> dict[str, Any]:
    return {f"key_{name}": row[name] for name in keys} | {f"new_{name}": row[name] for name in others}


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statement that inserts these columns, in this order, and what their types make of a value."""

    statement: str
    names: tuple[str, ...]
    processors: Mapping[str, Callable[[Any], Any]]

    def stored(self, name: str, values: list[Any]) -> list[Any]:
        """Give the values of a column as the driver takes them, each distinct one worked out once."""
        process = self.processors.get(name)
        if process is None:
            return values
        stored = {value: process(value) for value in set(values)}
        return [stored[value] for value in values]


@lru_cache(256)
def _plan(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Plan:
    compiled = insert(table).inline().compile(dialect=dialect, column_keys=names)
    types = {name: table.c[name].type.dialect_impl(dialect) for name in names}
    found = {name: kind.bind_processor(dialect) for name, kind in types.items()}
    in_order = tuple(column.name for column in table.c if column.name in types)
    return _Plan(str(compiled), in_order, {name: process for name, process in found.items() if process is not None})
