"""Maps refused records anew from the delivery that is kept, so that a replay uses the mapping as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.inbound import LeaseWorksSource, opened
from drawbar.jobs.intakes import AnyIntake, leaseworks_intakes
from drawbar.middleware.database.engine import reading
from drawbar.middleware.records import SourceRow, TargetRecord
from drawbar.middleware.sync.codec import columns_of, decode, to_record
from drawbar.middleware.sync.dead_letters import DeadLetter
from drawbar.middleware.sync.tables import derived_record, feed

_Place = tuple[AnyIntake, LeaseWorksSource, SourceRow]


@dataclass(frozen=True, slots=True)
class Remapped:
    """A record as the mapping makes it now, and the row that it was made from."""

    record: TargetRecord
    made_from: str


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows of refused records in the deliveries that their feeds took last; found in one reading of each."""

    hub: Hub
    now: datetime
    rows: Mapping[tuple[str, str], _Place]

    @classmethod
    def of(cls, hub: Hub, letters: Iterable[DeadLetter], now: datetime) -> KeptRows:
        """Look for the rows of the records among failures that a source holds."""
        wanted: dict[str, set[bytes]] = {}
        for letter in letters:
            if letter.failure.kind == "record" and letter.failure.key:
                wanted.setdefault(letter.failure.object, set()).add(letter.failure.key.encode())
        return cls(hub, now, _search(hub, wanted, now))

    def remap(self, connection: Connection, refused: TargetRecord) -> Remapped | None:
        """Give the record as it is mapped now, with what the rules concluded for it; None when no row is kept.

        Raises RecordRejected when the row cannot be understood any more.
        """
        found = self.rows.get((refused.object, refused.key))
        if found is None:
            return None
        intake, source, row = found
        mapped = intake.to_target(source.parse(row), self.now)
        if mapped is None:
            return None
        concluded = _concluded(connection, refused)
        columns = {name: value for name, value in columns_of(refused).items() if name in concluded}
        record = to_record(refused.object, refused.key, mapped.parent, {**columns, **columns_of(mapped)})
        return Remapped(record, f"row {row.number} of {source.description}")


def _concluded(connection: Connection, record: TargetRecord) -> set[str]:
    """Name the fields of a record that no source holds."""
    statement = select(derived_record.c.fields).where(
        derived_record.c.target == TARGET, derived_record.c.object == record.object, derived_record.c.key == record.key
    )
    return {name for text in connection.execute(statement).scalars() for name in decode(text)}


def _search(hub: Hub, wanted: Mapping[str, set[bytes]], now: datetime) -> dict[tuple[str, str], _Place]:
    found: dict[tuple[str, str], _Place] = {}
    # The business date matters to keys that have gone alone, and none has here.
    for intake in leaseworks_intakes(hub, now.date(), now).values():
        keys = wanted.get(intake.object, set())
        source = _last_source(hub, intake.entity) if keys else None
        if source is not None:
            for row in _rows(source, keys):
                found.setdefault((intake.object, row.key), (intake, source, row))
    return found


def _rows(source: LeaseWorksSource, keys: set[bytes]) -> Iterator[SourceRow]:
    for batch in source.batches():
        for position, key in enumerate(batch.keys):
            if key in keys:
                yield SourceRow(batch.first_number + position, key.decode(), batch.raws[position])


def _last_source(hub: Hub, entity: str) -> LeaseWorksSource | None:
    with reading(hub.engine) as connection:
        name = connection.execute(select(feed.c.source_file).where(feed.c.name == f"{SYSTEM}.{entity}")).scalar()
    kept = opened(hub, name) if name else None
    return kept.source(entity) if kept is not None and entity in kept.entities else None
