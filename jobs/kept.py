"""The records of the last LeaseWorks delivery that was taken and is still kept: for rules that came later than it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.records import LeaseWorksRecord
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.inbound import opened
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import SourceRow
from drawbar.middleware.sync.tables import feed

Record = TypeVar("Record", bound=LeaseWorksRecord)


def kept_records(hub: Hub, connection: Connection, entity: str, kind: type[Record]) -> Iterator[Record]:
    """Stream the records of an entity; rows that cannot be understood are left out: the job `accounts` told of them."""
    row = connection.execute(select(feed).where(feed.c.name == f"{SYSTEM}.{entity}")).first()
    kept = opened(hub, row.source_file) if row is not None else None
    if kept is None or entity not in kept.entities:
        return
    source = kept.source(entity)
    for batch in source.batches():
        for place, (key, raw) in enumerate(zip(batch.keys, batch.raws, strict=True)):
            try:
                record = source.parse(SourceRow(batch.first_number + place, key.decode("utf-8", "replace"), raw))
            except RecordRejected:
                continue
            if isinstance(record, kind):
                yield record
