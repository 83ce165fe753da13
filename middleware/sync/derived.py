"""Records that no source row holds: the hub concludes them, remembers them, and sends only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from drawbar.middleware.sync.codec import columns_of, decode, encode, to_record
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import derived_record

_CHUNK = 500
Columns = dict[str, Scalar | Reference]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the rules conclude for one record; `part` names the rule where several rules write to one record.

    `own` says that this rule makes the record: False for fields added to a record that a source holds.
    """

    record: TargetRecord
    part: str
    why: str
    own: bool = True


@dataclass(slots=True)
class DerivedResult:
    """Conclusions in counts."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class DerivedRecords:
    """The remembered conclusions for one target, inside the caller's transaction.

    `whole` is for a target that takes no parts of records: one that differs is sent with all of its fields.
    """

    connection: Connection
    target: str
    bookkeeping: Mapping[str, frozenset[str]]
    whole: bool = False

    def conclude(self, conclusions: Iterable[Conclusion], *, run_id: str, now: datetime) -> dict[str, DerivedResult]:
        """Queue the fields that differ from what was concluded before; gives counts per object."""
        results: dict[str, DerivedResult] = {}
        for chunk in in_chunks(conclusions, _CHUNK):
            remembered = self._remembered(chunk)
            changes = [self._compare(each, remembered, results) for each in chunk]
            Outbox(self.connection, self.target).put(
                [change for change in changes if change is not None], run_id=run_id, now=now
            )
            self._remember([each for each, change in zip(chunk, changes, strict=True) if change], remembered)
        return results

    def _remembered(self, conclusions: Sequence[Conclusion]) -> dict[tuple[str, str, str], Columns]:
        found: dict[tuple[str, str, str], Columns] = {}
        for name in {each.record.object for each in conclusions}:
            keys = [each.record.key for each in conclusions if each.record.object == name]
            statement = select(derived_record).where(
                derived_record.c.target == self.target,
                derived_record.c.object == name,
                derived_record.c.key.in_(keys),
            )
            for row in self.connection.execute(statement):
                found[row.object, row.key, row.part] = decode(row.fields)
        return found

    def _compare(
        self,
        conclusion: Conclusion,
        remembered: Mapping[tuple[str, str, str], Columns],
        results: dict[str, DerivedResult],
    ) -> Change | None:
        record = conclusion.record
        before = remembered.get(_place(conclusion))
        columns = columns_of(record)
        ignored = self.bookkeeping.get(record.object, frozenset())
        different = {name for name, value in columns.items() if before is None or before.get(name) != value}
        result = results.setdefault(record.object, DerivedResult())
        if before is not None and not different - ignored:
            result.unchanged += 1
            return None
        creates = before is None and conclusion.own
        result.created += creates
        result.changed += not creates
        sent = to_record(
            record.object, record.key, record.parent,
            columns if self.whole else {name: columns[name] for name in different},
        )  # fmt: skip
        former = None if before is None else {name: before[name] for name in different if name in before}
        return Change(sent, creates=creates, why=conclusion.why, before=former)

    def _remember(self, conclusions: Sequence[Conclusion], remembered: Mapping[tuple[str, str, str], Columns]) -> None:
        fresh = []
        for each in conclusions:
            values = {"fields": encode(columns_of(each.record))}
            place = dict(zip(("object", "key", "part"), _place(each), strict=True))
            if _place(each) in remembered:
                where = [derived_record.c[name] == value for name, value in place.items()]
                statement = update(derived_record).where(derived_record.c.target == self.target, *where)
                self.connection.execute(statement.values(values))
            else:
                fresh.append({"target": self.target, **place, **values})
        insert_rows(self.connection, derived_record, fresh)


def _place(conclusion: Conclusion) -> tuple[str, str, str]:
    return conclusion.record.object, conclusion.record.key, conclusion.part
