"""What each record in Salesforce should be: the last delivery, mapped as now, and what the hub concluded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, select

from drawbar.connectors.salesforce.fields import Checkbox, Field, Lookup, Number, Picklist
from drawbar.connectors.salesforce.records.catalogue import OBJECTS
from drawbar.connectors.salesforce.records.stored import compared_fields
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.inbound import LeaseWorksSource, opened
from drawbar.jobs.intakes import AnyIntake, leaseworks_intakes
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Reference, RowBatch, Scalar, SourceRow, TargetRecord
from drawbar.middleware.sync.codec import Columns, columns_of, decode, to_record
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.fingerprints import FingerprintIndex
from drawbar.middleware.sync.reconcile import WantedChunk
from drawbar.middleware.sync.tables import derived_record, feed

LAST_SYNCED = "Last_Synced__c"
_KEYS = 500
_PAGE = 5_000

Concluded = Callable[[Sequence[str]], Mapping[str, Columns]]


class NothingTaken(Exception):
    """Nothing of the object has ever been taken, so there is nothing to compare it with."""


class NotKept(Exception):
    """What the object was last taken from is not kept any more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the records of an object should stand.

    `chunks` streams them, the same each time while the hub takes nothing in. `known` holds all keys that a source
    which shows only a part of its records (a window, a view) has ever had; None for a complete one.
    """

    object: str
    origin: str
    chunks: Callable[[], Iterator[WantedChunk]]
    known: FingerprintIndex | None = None
    notice: str = ""


def standing(hub: Hub, object_name: str, now: datetime) -> Standing:
    """Find what says how an object should stand; raises NothingTaken or NotKept."""
    intakes = leaseworks_intakes(hub, now.date(), now)
    intake = next((each for each in intakes.values() if each.object == object_name), None)
    conclusions = Conclusions(hub, object_name, now)
    return _sourced(hub, intake, conclusions, now) if intake is not None else _derived(conclusions)


def _sourced(hub: Hub, intake: AnyIntake, conclusions: Conclusions, now: datetime) -> Standing:
    with reading(hub.engine) as connection:
        row = connection.execute(select(feed).where(feed.c.name == intake.feed)).first()
    if row is None:
        raise NothingTaken(f"no {intake.entity} have been taken yet")
    kept = opened(hub, row.source_file)
    if kept is None or intake.entity not in kept.entities:
        raise NotKept(f"{row.source or row.source_file} is not kept any more; the next delivery brings it anew")
    source = kept.source(intake.entity)
    concluded = conclusions.of if conclusions.any() else _nothing_concluded

    def chunks() -> Iterator[WantedChunk]:
        return (SourceChunk(batch, source, intake, now, concluded) for batch in source.batches())

    known = None if source.complete else _known(hub, intake.feed)
    changed = row.version != f"{source.layout_version} {intake.version}"
    notice = "the layout or the mapping has changed since; compared is what they say now" if changed else ""
    return Standing(intake.object, source.description, chunks, known, notice)


def _known(hub: Hub, name: str) -> FingerprintIndex:
    with reading(hub.engine) as connection:
        taken = Feeds(connection).load(name)
    if taken.notice:
        raise NotKept(taken.notice)
    return taken.index


def _nothing_concluded(_keys: Sequence[str]) -> Mapping[str, Columns]:
    return {}


def _derived(conclusions: Conclusions) -> Standing:
    if not conclusions.any():
        raise NothingTaken("nothing has been concluded yet")
    return Standing(conclusions.object, "the hub's conclusions", conclusions.chunks)


@cache
def untouched(object_name: str) -> Mapping[str, Scalar | Reference]:
    """Give what the compared fields of a record hold that nobody has concluded anything about: their defaults."""
    return {
        each.name: Reference("", "") if isinstance(each.field, Lookup) else _default(each.field)
        for each in compared_fields(object_name)
    }


def _default(field: Field) -> Scalar:
    if isinstance(field, Picklist):
        return field.default or None
    return field.default if isinstance(field, Number | Checkbox) else None


@dataclass(frozen=True, slots=True)
class SourceChunk:
    """Rows of a source, mapped as the mapping is now, with what the hub concluded for the same records."""

    batch: RowBatch
    source: LeaseWorksSource
    intake: AnyIntake
    now: datetime
    concluded: Concluded

    @property
    def keys(self) -> list[bytes]:
        return self.batch.keys

    def records(self, positions: Sequence[int]) -> Iterator[TargetRecord | RecordRejected]:
        for places in in_chunks(positions, _KEYS):
            keys = [self.keys[place].decode("utf-8", "replace") for place in places]
            concluded = self.concluded(keys)
            for place, key in zip(places, keys, strict=True):
                yield self._record(place, key, concluded.get(key, {}))

    def _record(self, place: int, key: str, concluded: Columns) -> TargetRecord | RecordRejected:
        row = SourceRow(self.batch.first_number + place, key, self.batch.raws[place])
        try:
            mapped: TargetRecord | None = self.intake.to_target(self.source.parse(row), self.now)
        except RecordRejected as error:
            return error
        if mapped is None:
            return RecordRejected("has no record in Salesforce that is the hub's", record=key, code="NOT_OURS")
        columns = {**untouched(mapped.object), **concluded, **columns_of(mapped)}
        return to_record(mapped.object, mapped.key, mapped.parent, columns)


@dataclass(frozen=True, slots=True)
class ConcludedChunk:
    """Records that no source holds, as the hub last concluded them."""

    object: str
    columns: Mapping[str, Columns]

    @property
    def keys(self) -> list[bytes]:
        return [key.encode() for key in self.columns]

    def records(self, positions: Sequence[int]) -> Iterator[TargetRecord | RecordRejected]:
        keys = list(self.columns)
        lock = next(each.locks for each in OBJECTS if each.api_name == self.object)
        for place in positions:
            columns = self.columns[keys[place]]
            parent = columns.get(lock)
            yield to_record(self.object, keys[place], parent.key if isinstance(parent, Reference) else "", columns)


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What the rules last concluded for the records of one object."""

    hub: Hub
    object: str
    now: datetime

    def any(self) -> bool:
        statement = select(derived_record.c.key).where(*self._mine()).limit(1)
        with reading(self.hub.engine) as connection:
            return connection.execute(statement).first() is not None

    def of(self, keys: Sequence[str]) -> dict[str, Columns]:
        """Give the conclusions for at most a few hundred keys, all rules together."""
        statement = select(derived_record.c.key, derived_record.c.fields).where(
            *self._mine(), derived_record.c.key.in_(keys)
        )
        found: dict[str, Columns] = {}
        with reading(self.hub.engine) as connection:
            for key, fields in connection.execute(statement):
                found[key] = {**found.get(key, {}), **decode(fields), LAST_SYNCED: self.now}
        return found

    def chunks(self) -> Iterator[ConcludedChunk]:
        """Stream all of them by key."""
        last = ""
        while keys := self._keys_after(last):
            columns: dict[str, Columns] = {}
            for some in in_chunks(keys, _KEYS):
                found = self.of(some)
                columns.update((key, found[key]) for key in some if key in found)
            yield ConcludedChunk(self.object, columns)
            last = keys[-1]

    def _keys_after(self, last: str) -> list[str]:
        statement = select(derived_record.c.key).distinct().where(*self._mine(), derived_record.c.key > last)
        with reading(self.hub.engine) as connection:
            return list(connection.execute(statement.order_by(derived_record.c.key).limit(_PAGE)).scalars())

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return derived_record.c.target == TARGET, derived_record.c.object == self.object
