"""Deletes, undeletes and purges records, with what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.schema import Schema, SObject
from drawbar.sandbox.tables import BIN, kept_fields, quoted, table_name
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.writing.results import Operation, RowResult, refused

UNKNOWN = SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
DELETED = SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=404)
NOT_DELETED = SalesforceError("UNDELETE_FAILED", "Entity is not in the recycle bin")


@dataclass(frozen=True, slots=True)
class Dependency:
    """Records of `child` that point at a record by `column`, and what its deletion does to them."""

    child: SObject
    column: str
    cascade: bool
    restrict: bool
    clearable: bool


class Deleter:
    """The rules of deleting, for every object of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._dependencies = {each.name: tuple(_dependencies(schema, each)) for each in schema}

    def apply(
        self,
        transaction: Transaction,
        sobject: SObject,
        operation: Operation,
        rows: Sequence[Mapping[str, object]],
    ) -> list[RowResult]:
        """Delete, purge or restore the records that the rows name by Id; one result per row."""
        given = [row.get("Id", row.get("id")) for row in rows]
        return [self._one(transaction, sobject, operation, each) for each in given]

    def _one(self, transaction: Transaction, sobject: SObject, operation: Operation, given: object) -> RowResult:
        record_id = full_id(given) if isinstance(given, str) else None
        if record_id is None:
            return refused(SalesforceError("MALFORMED_ID", f"malformed id {given or ''}"))
        try:
            with transaction.part():
                self._do(transaction, sobject, operation, record_id)
        except SalesforceError as refusal:
            return refused(refusal, record_id=record_id)
        return RowResult(record_id, created=False, success=True)

    def _do(self, transaction: Transaction, sobject: SObject, operation: Operation, record_id: str) -> None:
        row = transaction.connection.execute(
            f'SELECT {_deleted_column(sobject)} FROM {quoted(table_name(sobject))} WHERE "Id" = ?',  # noqa: S608 - names of the schema
            (record_id,),
        ).fetchone()
        if row is None:
            raise UNKNOWN
        if operation == "undelete":
            self._undelete(transaction, record_id)
            return
        if row[0]:
            raise DELETED
        self._delete(transaction, sobject, record_id, record_id)
        if operation == "hardDelete":
            self._purge(transaction, record_id)

    def _delete(self, transaction: Transaction, sobject: SObject, record_id: str, deleted_with: str) -> None:
        for dependency in self._dependencies[sobject.name]:
            children = _children(transaction, dependency, record_id)
            if not children:
                continue
            if dependency.cascade:
                for child in children:
                    self._delete(transaction, dependency.child, child, deleted_with)
            elif dependency.restrict or not dependency.clearable:
                raise _held_back(transaction, sobject, record_id, dependency, children)
            else:
                _clear(transaction, dependency, children)
        _mark(transaction, sobject, record_id, deleted=True)
        transaction.connection.execute(
            f"INSERT OR REPLACE INTO {BIN} (object, id, deleted_at, deleted_with) VALUES (?, ?, ?, ?)",  # noqa: S608 - a name of ours
            (sobject.name, record_id, transaction.stamp, deleted_with),
        )

    def _purge(self, transaction: Transaction, deleted_with: str) -> None:
        """Take a deletion out of the recycle bin for good; `getDeleted` still tells of it."""
        for sobject, record_id in self._deleted_with(transaction, deleted_with):
            _remove(transaction, sobject, record_id)
        transaction.connection.execute(f"UPDATE {BIN} SET purged = 1 WHERE deleted_with = ?", (deleted_with,))  # noqa: S608 - a name of ours

    def _undelete(self, transaction: Transaction, record_id: str) -> None:
        restored = list(self._deleted_with(transaction, record_id))
        if not restored:
            raise NOT_DELETED
        for sobject, each in restored:
            _mark(transaction, sobject, each, deleted=False)
        transaction.connection.execute(f"DELETE FROM {BIN} WHERE deleted_with = ?", (record_id,))  # noqa: S608 - a name of ours

    def _deleted_with(self, transaction: Transaction, record_id: str) -> Iterator[tuple[SObject, str]]:
        """Tell what one deletion took away and the recycle bin still holds."""
        rows = transaction.connection.execute(
            f"SELECT object, id FROM {BIN} WHERE deleted_with = ? AND purged = 0",  # noqa: S608 - a name of ours
            (record_id,),
        ).fetchall()
        for name, each in rows:
            sobject = self._schema.get(name)
            if sobject is not None:
                yield sobject, each


def _dependencies(schema: Schema, parent: SObject) -> Iterator[Dependency]:
    told = {(each.child, each.field): each for each in parent.children}
    for child in schema:
        for field in kept_fields(child):
            if parent.name not in field.reference_to:
                continue
            relationship = told.get((child.name, field.name), field)
            cascade, restrict = relationship.cascade_delete, relationship.restricted_delete
            yield Dependency(child, field.name, cascade=cascade, restrict=restrict, clearable=field.nillable)


def _deleted_column(sobject: SObject) -> str:
    return '"IsDeleted"' if sobject.field("IsDeleted") else "0"


def _children(transaction: Transaction, dependency: Dependency, record_id: str) -> list[str]:
    child = dependency.child
    rows = transaction.connection.execute(
        f'SELECT "Id" FROM {quoted(table_name(child))}'  # noqa: S608 - names of the schema
        f" WHERE {quoted(dependency.column)} = ? AND {_deleted_column(child)} = 0",
        (record_id,),
    )
    return [str(row[0]) for row in rows]


def _clear(transaction: Transaction, dependency: Dependency, children: Sequence[str]) -> None:
    statement = (
        f"UPDATE {quoted(table_name(dependency.child))} SET {quoted(dependency.column)} = NULL,"  # noqa: S608 - names of the schema
        ' "SystemModstamp" = ? WHERE "Id" = ?'
    )
    transaction.connection.executemany(statement, [(transaction.stamp, each) for each in children])
    transaction.touch(dependency.child, children)


def _mark(transaction: Transaction, sobject: SObject, record_id: str, *, deleted: bool) -> None:
    if sobject.field("IsDeleted") is None:
        _remove(transaction, sobject, record_id)
        return
    transaction.connection.execute(
        f'UPDATE {quoted(table_name(sobject))} SET "IsDeleted" = ?, "SystemModstamp" = ?, "LastModifiedDate" = ?'  # noqa: S608 - names of the schema
        ' WHERE "Id" = ?',
        (int(deleted), transaction.stamp, transaction.stamp, record_id),
    )
    transaction.touch(sobject, [record_id])


def _remove(transaction: Transaction, sobject: SObject, record_id: str) -> None:
    transaction.connection.execute(
        f'DELETE FROM {quoted(table_name(sobject))} WHERE "Id" = ?',  # noqa: S608 - names of the schema
        (record_id,),
    )


def _held_back(
    transaction: Transaction, sobject: SObject, record_id: str, dependency: Dependency, children: Sequence[str]
) -> SalesforceError:
    name = _names(transaction, sobject, [record_id])
    others = _names(transaction, dependency.child, children[:20])
    message = (
        f"Your attempt to delete {name} could not be completed because it is associated with the following"
        f" {dependency.child.label_plural.lower()}.: {others}\n"
    )
    return SalesforceError("DELETE_FAILED", message)


def _names(transaction: Transaction, sobject: SObject, ids: Sequence[str]) -> str:
    field = sobject.name_field
    column = quoted(field.name if field else "Id")
    marks = ", ".join("?" * len(ids))
    rows = transaction.connection.execute(
        f'SELECT {column} FROM {quoted(table_name(sobject))} WHERE "Id" IN ({marks})',  # noqa: S608 - names of the schema
        list(ids),
    )
    return ", ".join(str(row[0]) for row in rows)
