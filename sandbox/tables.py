"""The SQL tables of the org: one per object, a column per field, indexes on what is looked up.

An object is a table of its own name. One with fields that show a parent's (the Contact's phone on a Case) is a table
`<name>.rows` and a view of its own name, so that a query always selects from the object's name. It finds every field
there but formulas and compound ones (`BillingAddress`), which have no column.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from drawbar.sandbox.computed import computed_columns
from drawbar.sandbox.schema import Field, FieldType, Schema, SObject
from drawbar.sandbox.values import NUMBER_TYPES

COMPOUND_TYPES: frozenset[FieldType] = frozenset({"address", "location"})
PLAIN_TEXT_TYPES: frozenset[FieldType] = frozenset({"id", "reference", "date", "datetime", "time"})
UNINDEXED_TARGETS = frozenset({"User", "Group", "RecordType", "Profile"})
SEQUENCES = "_sequences"
BIN = "_recycle_bin"


def quoted(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def kept_fields(sobject: SObject) -> tuple[Field, ...]:
    """The fields that have a column: all but the compound ones and those that are worked out when they are read."""
    elsewhere = computed_columns(sobject)
    return tuple(
        each
        for each in sobject.fields
        if each.type not in COMPOUND_TYPES and each.formula is None and each.name not in elsewhere
    )


def table_name(sobject: SObject) -> str:
    """The table that holds the object's rows, unquoted."""
    return f"{sobject.name}.rows" if computed_columns(sobject) else sobject.name


def column_type(field: Field) -> str:
    """The SQL type of a field's column; text is compared whatever its case, unless the field says otherwise."""
    if field.type in NUMBER_TYPES:
        return "REAL"
    if field.type in {"boolean", "int"}:
        return "INTEGER"
    if field.type in PLAIN_TEXT_TYPES or field.case_sensitive:
        return "TEXT"
    return "TEXT COLLATE NOCASE"


def indexed_fields(sobject: SObject) -> Iterator[Field]:
    """The fields that records are looked up by: external ids, unique fields, parents."""
    for field in kept_fields(sobject):
        parent = field.type == "reference" and not UNINDEXED_TARGETS & set(field.reference_to)
        if field.type != "id" and (field.unique or field.external_id or field.id_lookup or parent):
            yield field


def create_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    """Create what is missing: tables, columns that the metadata has gained, indexes; make the views anew."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {SEQUENCES} (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {BIN} (object TEXT NOT NULL, id TEXT PRIMARY KEY, deleted_at TEXT NOT NULL,"
        " deleted_with TEXT NOT NULL, purged INTEGER NOT NULL DEFAULT 0)"
    )
    connection.execute(f"CREATE INDEX IF NOT EXISTS {BIN}_object ON {BIN} (object, deleted_at)")
    connection.execute(f"CREATE INDEX IF NOT EXISTS {BIN}_with ON {BIN} (deleted_with)")
    existing = dict(connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    for name in (each for each, kind in existing.items() if kind == "view"):
        connection.execute(f"DROP VIEW {quoted(name)}")
    for sobject in schema:
        _create_table(connection, sobject, existing)
    for sobject in schema:
        _create_view(connection, sobject)


def _create_table(connection: sqlite3.Connection, sobject: SObject, existing: dict[str, str]) -> None:
    table = table_name(sobject)
    other = sobject.name if table != sobject.name else f"{sobject.name}.rows"
    if existing.get(other) == "table":
        connection.execute(f"ALTER TABLE {quoted(other)} RENAME TO {quoted(table)}")
    elif existing.get(table) != "table":
        columns = ", ".join(_column(each) for each in kept_fields(sobject))
        connection.execute(f"CREATE TABLE {quoted(table)} ({columns})")
    _add_columns(connection, sobject, table)
    for field in indexed_fields(sobject):
        _index(connection, table, f"{sobject.name}.{field.name}", quoted(field.name))
    if sobject.field("SystemModstamp"):
        _index(connection, table, f"{sobject.name}.SystemModstamp", '"SystemModstamp", "Id"')


def _column(field: Field) -> str:
    column = f"{quoted(field.name)} {column_type(field)}"
    if field.type == "id":
        return f"{column} PRIMARY KEY"
    return f"{column} NOT NULL DEFAULT 0" if field.type == "boolean" else column


def _add_columns(connection: sqlite3.Connection, sobject: SObject, table: str) -> None:
    present = {row[1].lower() for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}
    for field in kept_fields(sobject):
        if field.name.lower() not in present:
            connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {_column(field)}")


def _index(connection: sqlite3.Connection, table: str, name: str, columns: str) -> None:
    connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted('by ' + name)} ON {quoted(table)} ({columns})")


def _create_view(connection: sqlite3.Connection, sobject: SObject) -> None:
    computed = computed_columns(sobject)
    if not computed:
        return
    kept = [f"{quoted('it')}.{quoted(each.name)}" for each in kept_fields(sobject)]
    made = [f"{column.sql} AS {quoted(name)}" for name, column in computed.items()]
    connection.execute(
        f"CREATE VIEW {quoted(sobject.name)} AS SELECT {', '.join(kept + made)}"  # noqa: S608 - names of the schema
        f" FROM {quoted(table_name(sobject))} AS {quoted('it')}"
    )
