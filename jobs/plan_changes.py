"""The changes that wait while a rehearsal's transaction is open, each with all of its former values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING, SYNCED_OBJECTS
from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.inbound import LeaseWorksSource, opened
from drawbar.jobs.intakes import AnyIntake, leaseworks_intakes
from drawbar.jobs.masking import masked_value
from drawbar.jobs.summaries import differs, readable
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import SourceRow
from drawbar.middleware.sync.codec import columns_of, decode, encode
from drawbar.middleware.sync.tables import feed, outbox

Json = dict[str, Any]
_CHUNK = 500
_STREAMED = 2_000


@dataclass(frozen=True, slots=True)
class PlannedField:
    """What becomes of one field; `known` says whether the value before is known (it is empty for a new record)."""

    name: str
    before: str | int | bool | None
    after: str | int | bool | None
    known: bool


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What becomes of one record, and why; fields that say only when Drawbar wrote are not listed."""

    object: str
    key: str
    action: str
    why: str
    fields: tuple[PlannedField, ...]

    def as_json(self) -> Json:
        return {
            "object": self.object, "key": self.key, "action": self.action, "why": self.why,
            "fields": [
                {"field": each.name, "before": each.before, "after": each.after}
                | ({} if each.known else {"before_known": False})
                for each in self.fields
            ],
        }  # fmt: skip

    @property
    def line(self) -> str:
        """The change as one line of JSON, always written alike."""
        return json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True)

    def masked(self) -> PlannedChange:
        """Give the change without names, telephones, addresses and free text."""
        fields = tuple(
            PlannedField(
                each.name, masked_value(self.object, each.name, each.before),  # type: ignore[arg-type]
                masked_value(self.object, each.name, each.after), each.known,  # type: ignore[arg-type]
            )
            for each in self.fields
        )  # fmt: skip
        return PlannedChange(self.object, self.key, self.action, self.why, fields)


class Tally:
    """The SHA-256 of a set of lines, whatever their order: the sum of theirs modulo 2**256."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, line: str) -> None:
        self._sum += int.from_bytes(hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest())

    @property
    def hex(self) -> str:
        return f"{self._sum % 2**256:064x}"


def tally(lines: Iterable[str]) -> str:
    """Give the sum of the SHA-256 of lines, 64 hexadecimal digits."""
    total = Tally()
    for line in lines:
        total.add(line)
    return total.hex


def outbox_tally(connection: Connection) -> str:
    """Give a digest of exactly what waits to be sent, whatever its order."""
    statement = select(outbox.c.object, outbox.c.key, outbox.c.operation, outbox.c.creates, outbox.c.fields).where(
        outbox.c.target == TARGET
    )
    rows = connection.execute(statement.execution_options(yield_per=_STREAMED))
    return tally(json.dumps([*row[:3], bool(row[3]), row[4]]) for row in rows)


def last_row(connection: Connection) -> int:
    """Give the number of the newest row that waits."""
    return int(connection.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one())


@dataclass(frozen=True, slots=True)
class FormerValues:
    """What the sources that were taken the last time led to, before anything is rehearsed; `mark` is the newest row.

    Rows that waited before keep what is known of them: the org may be further behind than the last source.
    """

    sources: Mapping[str, str]
    mark: int

    @classmethod
    def now(cls, connection: Connection) -> FormerValues:
        """Note where the former sources are, before a rehearsal changes it."""
        rows = connection.execute(select(feed.c.name, feed.c.source_file))
        return cls({row.name: row.source_file for row in rows if row.source_file}, last_row(connection))

    def fill_in(self, work: DeliveryWork, intakes: Mapping[str, AnyIntake]) -> None:
        """Give every waiting change of a known record its former values; reads each former source once."""
        for intake in intakes.values():
            source = _kept(work.hub, self.sources.get(intake.feed, ""), intake.entity)
            if source is not None and intake.object:
                self._fill_in(work, intake, source)

    def _fill_in(self, work: DeliveryWork, intake: AnyIntake, source: LeaseWorksSource) -> None:
        if not _any_changed(work.connection, intake.object, self.mark):
            return
        for batch in source.batches():
            work.progress(f"looking up former {intake.entity}", batch.first_number, 0)
            numbered = zip(range(batch.first_number, batch.first_number + len(batch.keys)), batch.keys, batch.raws)  # noqa: B905
            rows = (SourceRow(number, key.decode("utf-8", "replace"), raw) for number, key, raw in numbered)
            for chunk in in_chunks(rows, _CHUNK):
                self._complete(work, intake, source, {row.key: row for row in chunk})

    def _complete(
        self, work: DeliveryWork, intake: AnyIntake, source: LeaseWorksSource, rows: Mapping[str, SourceRow]
    ) -> None:
        for waiting in work.connection.execute(_changed(intake.object, self.mark, list(rows))).all():
            try:
                mapped = intake.to_target(source.parse(rows[waiting.key]), work.now)
            except RecordRejected:
                continue
            if mapped is not None:
                before = {**(decode(waiting.before) if waiting.before else {}), **columns_of(mapped)}
                row = update(outbox).where(outbox.c.id == waiting.id)
                work.connection.execute(row.values(before=encode(before)))


def _kept(hub: Hub, name: str, entity: str) -> LeaseWorksSource | None:
    kept = opened(hub, name) if name else None
    return kept.source(entity) if kept is not None and entity in kept.entities else None


def _changed(name: str, mark: int, keys: Sequence[str]) -> Any:
    return select(outbox.c.id, outbox.c.key, outbox.c.before).where(
        outbox.c.target == TARGET, outbox.c.object == name, outbox.c.key.in_(keys), outbox.c.claim == "",
        outbox.c.operation == "upsert", outbox.c.creates.is_(False), outbox.c.id > mark,
    )  # fmt: skip


def _any_changed(connection: Connection, name: str, mark: int) -> bool:
    statement = select(outbox.c.id).where(
        outbox.c.target == TARGET, outbox.c.object == name, outbox.c.operation == "upsert",
        outbox.c.creates.is_(False), outbox.c.id > mark,
    )  # fmt: skip
    return connection.execute(statement.limit(1)).first() is not None


def complete(work: DeliveryWork, former: FormerValues) -> None:
    """Fill in the former values of all that waits after a rehearsal."""
    former.fill_in(work, leaseworks_intakes(work.hub, work.now.date(), work.now))


def planned_changes(connection: Connection) -> Iterator[PlannedChange]:
    """Give all that waits, objects in the order of delivery, records in the order in which they were queued."""
    for name in SYNCED_OBJECTS:
        statement = select(outbox).where(outbox.c.target == TARGET, outbox.c.object == name).order_by(outbox.c.id)
        yield from map(_planned, connection.execute(statement.execution_options(yield_per=_STREAMED)))


def _planned(row: Row[tuple[object, ...]]) -> PlannedChange:
    if row.operation == "delete":
        return PlannedChange(row.object, row.key, "delete", row.why, ())
    action = "create" if row.creates else "change"
    after = decode(row.fields)
    former = decode(row.before) if row.before else {}
    fields = tuple(
        PlannedField(name, readable(former.get(name)), readable(value), row.creates or name in former)
        for name, value in after.items()
        if name not in BOOKKEEPING[row.object] and differs(former, name, value, creates=row.creates)
    )
    return PlannedChange(row.object, row.key, action, row.why, fields)
