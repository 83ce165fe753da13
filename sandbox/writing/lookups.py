"""Looks up, for a chunk of drafts at once, the parents they name and the records they match."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import Field, SObject
from drawbar.sandbox.tables import quoted, table_name
from drawbar.sandbox.values import Stored, malformed
from drawbar.sandbox.writing.plan import Plan
from drawbar.sandbox.writing.rows import Draft, ParentKey

PART = 500
"""How many values one statement asks for."""


def comparable(field: Field, value: Stored) -> Stored:
    """Give what two values of a field have in common when the org takes them for the same: case, unless it matters."""
    if isinstance(value, str) and not field.case_sensitive and field.type not in {"id", "reference"}:
        return value.lower()
    return value


def find_ids(
    connection: sqlite3.Connection, sobject: SObject, key: Field, values: Iterable[Stored]
) -> dict[Stored, list[str]]:
    """Find the records that hold one of these values in a field: comparable value → ids, oldest first."""
    wanted = list(dict.fromkeys(values))
    found: dict[Stored, list[str]] = defaultdict(list)
    alive = ' AND "IsDeleted" = 0' if sobject.field("IsDeleted") else ""
    for start in range(0, len(wanted), PART):
        part = wanted[start : start + PART]
        marks = ", ".join("?" * len(part))
        for value, record_id in connection.execute(
            f'SELECT {quoted(key.name)}, "Id" FROM {quoted(table_name(sobject))}'  # noqa: S608 - names of the schema
            f" WHERE {quoted(key.name)} IN ({marks}){alive} ORDER BY rowid",
            part,
        ):
            found[comparable(key, value)].append(record_id)
    return found


def load(connection: sqlite3.Connection, plan: Plan, ids: Sequence[str]) -> dict[str, dict[str, Stored]]:
    """Load records as their table has them, the deleted ones too, by id."""
    found: dict[str, dict[str, Stored]] = {}
    columns = ", ".join(map(quoted, plan.columns))
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        marks = ", ".join("?" * len(part))
        for row in connection.execute(
            f'SELECT {columns} FROM {quoted(plan.table)} WHERE "Id" IN ({marks})',  # noqa: S608 - names of the schema
            part,
        ):
            record = dict(zip(plan.columns, row, strict=True))
            found[str(record["Id"])] = record
    return found


def resolve_parents(connection: sqlite3.Connection, drafts: Sequence[Draft]) -> None:
    """Replace the parents that rows name by a key with their ids."""
    wanted: dict[tuple[str, str], list[ParentKey]] = defaultdict(list)
    for draft in drafts:
        for parent in draft.parents:
            wanted[parent.target.name, parent.key.name].append(parent)
    found = {
        names: find_ids(connection, keys[0].target, keys[0].key, (each.value for each in keys))
        for names, keys in wanted.items()
    }
    for draft in drafts:
        for parent in draft.parents:
            ids = found[parent.target.name, parent.key.name].get(comparable(parent.key, parent.value), [])
            if len(ids) == 1:
                draft.given[parent.lookup.name] = ids[0]
            else:
                draft.errors.append(_unresolved(parent, ids))


def _unresolved(parent: ParentKey, ids: Sequence[str]) -> SalesforceError:
    value = "" if parent.value is None else parent.value
    if ids:
        return more_than_one(parent.key, ids)
    message = f"Foreign key external ID: {value} not found for field {parent.key.name} in entity {parent.target.name}"
    return SalesforceError("INVALID_FIELD", message)


def more_than_one(key: Field, ids: Sequence[str]) -> SalesforceError:
    """The refusal of an external id that several records carry."""
    message = f"{key.name}: more than one record found for external id field: [{', '.join(ids)}]"
    return SalesforceError("DUPLICATE_EXTERNAL_ID", message)


def check_references(connection: sqlite3.Connection, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Refuse drafts whose lookups hold ids of the wrong object, of nothing, or of a deleted record."""
    wanted: dict[str, set[str]] = defaultdict(set)
    lookups: list[tuple[Draft, Field, str]] = []
    for draft in drafts:
        for name, field in plan.references.items():
            value = draft.given.get(name)
            if isinstance(value, str):
                lookups.append((draft, field, value))
                target = plan.schema.by_id(value)
                if target is not None and target.name in field.reference_to:
                    wanted[target.name].add(value)
    standing: dict[str, object] = {}
    for name, ids in wanted.items():
        standing.update(_standing(connection, plan, name, ids))
    for draft, field, value in lookups:
        refusal = _reference_refusal(plan, field, value, standing)
        if refusal is not None:
            draft.errors.append(refusal)


def _standing(connection: sqlite3.Connection, plan: Plan, name: str, ids: set[str]) -> Iterator[tuple[str, object]]:
    target = plan.schema.get(name)
    if target is None:
        return
    shown = '"IsDeleted"' if target.field("IsDeleted") else "0"
    if name == "RecordType":
        shown = '"SobjectType"'
    wanted = sorted(ids)
    for start in range(0, len(wanted), PART):
        part = wanted[start : start + PART]
        marks = ", ".join("?" * len(part))
        yield from connection.execute(
            f'SELECT "Id", {shown} FROM {quoted(table_name(target))} WHERE "Id" IN ({marks})',  # noqa: S608 - names of the schema
            part,
        )


def _reference_refusal(plan: Plan, field: Field, value: str, standing: Mapping[str, object]) -> SalesforceError | None:
    target = plan.schema.by_id(value)
    if target is None or target.name not in field.reference_to:
        wrong = malformed(field, value)
        return SalesforceError("FIELD_INTEGRITY_EXCEPTION", wrong.message, fields=wrong.fields)
    if target.name == "RecordType":
        if standing.get(value) == plan.sobject.name:
            return None
        message = f"{field.label}: this ID value isn't valid for the user: {value}"
        return SalesforceError("INVALID_CROSS_REFERENCE_KEY", message, fields=(field.name,))
    if value not in standing:
        return SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if standing[value]:
        return SalesforceError("ENTITY_IS_DELETED", "entity is deleted")
    return None
