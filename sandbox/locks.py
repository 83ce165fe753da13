"""Row locks on demand: rows that a write cannot have, as when another process holds their parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.faults import Faults
from drawbar.sandbox.ids import full_id
from drawbar.sandbox.meter import note_records
from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.writing.lookups import find_ids
from drawbar.sandbox.writing.results import ROLLED_BACK, Operation, RowResult, RowWriter, WriteContext, refused

_NEVER_LOCKED = frozenset({"OwnerId", "RecordTypeId", "CreatedById", "LastModifiedById"})


class LockingWriter:
    """Stands before an org's writer: counts the records, and refuses the rows that a fault has locked."""

    def __init__(self, writer: RowWriter, *, faults: Faults, schema: Schema) -> None:
        self._writer = writer
        self._faults = faults
        self._schema = schema

    def write(
        self,
        transaction: Transaction,
        operation: Operation,
        object_name: str,
        rows: Sequence[Mapping[str, object]],
        *,
        external_id: str | None,
        all_or_none: bool,
        context: WriteContext,
    ) -> list[RowResult]:
        """Write what is not locked; with `all_or_none` one locked row undoes all."""
        note_records(received=len(rows))
        locked = self._faults.locked_rows(object_name, rows)
        free = [] if locked and all_or_none else [row for at, row in enumerate(rows) if at not in locked]
        written = self._writer.write(
            transaction,
            operation,
            object_name,
            free,
            external_id=external_id,
            all_or_none=all_or_none,
            context=context,
        )
        others = iter(written or [refused(ROLLED_BACK)] * len(rows))
        return [
            self._refused(transaction, object_name, row) if at in locked else next(others)
            for at, row in enumerate(rows)
        ]

    def _refused(self, transaction: Transaction, object_name: str, row: Mapping[str, object]) -> RowResult:
        sobject = self._schema.get(object_name)
        parent = None if sobject is None else self._parent(transaction, sobject, row)
        message = "unable to obtain exclusive access to this record"
        if parent is not None:
            message += f" or 1 records: {parent}"
        own = row.get("Id")
        record_id = full_id(own) if isinstance(own, str) else None
        return refused(SalesforceError("UNABLE_TO_LOCK_ROW", message), record_id=record_id)

    def _parent(self, transaction: Transaction, sobject: SObject, row: Mapping[str, object]) -> str | None:
        """Find the id of the first parent that the row names: the record that a real org would have to lock."""
        for field in sobject.fields:
            if field.type != "reference" or field.name in _NEVER_LOCKED:
                continue
            named = row.get(field.name)
            if isinstance(named, str):
                return full_id(named)
            keyed = row.get(field.relationship_name or "")
            if isinstance(keyed, Mapping):
                return self._by_key(transaction, field, keyed)
        return None

    def _by_key(self, transaction: Transaction, lookup: Field, keyed: Mapping[str, object]) -> str | None:
        for name, value in keyed.items():
            for target in filter(None, map(self._schema.get, lookup.reference_to)):
                key = target.field(name)
                if key is not None and isinstance(value, str):
                    ids = list(find_ids(transaction.connection, target, key, [value]).values())
                    return ids[0][0] if ids else None
        return None
