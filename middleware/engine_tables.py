"""The job engine's own tables as they are found, so that its recorded steps go to another database with the hub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import JSON, Column, Connection, Engine, MetaData, Table, inspect
from sqlalchemy.types import TypeEngine

from drawbar.middleware.database.copying import Twin, count
from drawbar.middleware.errors import StopRun

_SCHEMA: Final = "dbos"
_VERSION: Final = "dbos_migrations"
_RUNS: Final = "workflow_status"


def engine_tables(source: Engine, destination: Engine) -> list[Twin]:
    """Give the engine's tables in both databases, parents first; at least one of both is PostgreSQL.

    SQLite holds what PostgreSQL's types say, so these are used for both. Raises StopRun when the source has something
    that the destination has no place for: both must have been prepared by the same release.
    """
    here, there = _reflected(source), _reflected(destination)
    typed = here if source.dialect.name == "postgresql" else there
    _refuse_what_has_no_place(source, here, there)
    shared = [table for table in typed.sorted_tables if table.name in _names(here) & _names(there) - {_VERSION}]
    return [Twin(_copied(table, source), _copied(table, destination)) for table in shared]


def runs_table(database: Engine) -> Table | None:
    """Give the table in which the engine has a row per run; None when no engine was ever started here."""
    if not inspect(database).has_table(_RUNS, schema=_schema_of(database)):
        return None
    return Table(_RUNS, MetaData(), autoload_with=database, schema=_schema_of(database), resolve_fks=False)


def _schema_of(database: Engine) -> str | None:
    return _SCHEMA if database.dialect.name == "postgresql" else None


def _reflected(database: Engine) -> MetaData:
    metadata = MetaData()
    metadata.reflect(database, schema=_schema_of(database))
    return metadata


def _names(metadata: MetaData) -> set[str]:
    return {table.name for table in metadata.tables.values()}


def _copied(table: Table, database: Engine) -> Table:
    columns = [Column(each.name, _type_on_both(each), primary_key=each.primary_key) for each in table.columns]
    return Table(table.name, MetaData(), *columns, schema=_schema_of(database))


def _type_on_both(column: Column[object]) -> TypeEngine[object]:
    general = column.type.as_generic()
    return JSON(none_as_null=True) if isinstance(general, JSON) else general


def _refuse_what_has_no_place(source: Engine, here: MetaData, there: MetaData) -> None:
    places = {table.name: set(table.columns.keys()) for table in there.tables.values()}
    with source.connect() as connection:
        homeless = sorted(_homeless(connection, here, places))
    if homeless:
        raise StopRun(
            f"the destination has no place for the engine's {', '.join(homeless)}",
            remedy="Let the same release of Drawbar prepare both databases, and try again.",
        )


def _homeless(connection: Connection, here: MetaData, places: dict[str, set[str]]) -> Iterator[str]:
    for table in here.tables.values():
        if table.name not in places:
            if count(connection, table):
                yield table.name
        else:
            yield from (f"{table.name}.{each}" for each in set(table.columns.keys()) - places[table.name])
