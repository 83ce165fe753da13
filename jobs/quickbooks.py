"""Takes note of what changed in QuickBooks: kept in the hub, and told where somebody deleted what Drawbar posted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection, delete, select

from drawbar.connectors.quickbooks_online.changes import ChangedObject, Sweep, read_object
from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
from drawbar.connectors.quickbooks_online.webhook import Hint, hints
from drawbar.jobs.hub import Hub
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.jobs.steps import Json
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import Effect, Handling, MessageHandler
from drawbar.middleware.sync.polled import PolledFeed, PolledResult, PolledRun, Refused
from drawbar.middleware.sync.tables import delivery, landed_row

HINTED: Final = "quickbooks.hinted"
"""The kind of a webhook of QuickBooks."""

_OVERLAP: Final = timedelta(minutes=10)
"""Read once more: QuickBooks' clock is not ours, and a change may take a while to be told."""

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class QuickBooksChanges(PollingJob):
    """Sweeps what changed since the last time."""

    def readings(self, now: datetime) -> Sequence[Reading]:
        """Give a sweep for each company."""
        return [
            Reading(f"changes in QuickBooks {each.name}".strip(), partial(self._sweep, company=each, now=now))
            for each in self.hub.all_books()
        ]

    def _sweep(self, run: PolledRun, *, company: QuickBooksOnline, now: datetime) -> PolledResult:
        name = feed_of(company.system)
        known = run.cursor(name)
        since = datetime.fromisoformat(known) - _OVERLAP if known else None
        sweep = company.sweep(now)
        feed: PolledFeed[ChangedObject] = PolledFeed(
            name=name, concerns="QuickBooks document", key_of=_place, to_targets=lambda _record, _now: (),
            own=frozenset(), absorb=lambda connection, records: keep(connection, company.system, records, run.now),
        )  # fmt: skip
        answers = _with_deleted(run.connection, company.system, sweep, since)
        result = run.take(feed, answers, source=f"QuickBooks Online {company.name}".strip(), cursor=now.isoformat)
        result.notices += sweep.notices
        return result


def feed_of(system: str) -> str:
    """Name the feed of what changed in a company."""
    return f"{system}.changes"


def hinted(hub: Hub) -> MessageHandler:
    """Give what handles a webhook: what it names of our companies is read anew; the sweep tells what is gone."""

    def handle(entry: InboxEntry, _handling: Handling) -> Effect:
        told = hints(entry.message.body)
        changes = {each.system: _read_anew(each.client, told) for each in hub.all_books()}

        def effect(connection: Connection) -> Json:
            for system, found in changes.items():
                keep(connection, system, found, hub.clock())
            return {"events": len(told), "read": sum(map(len, changes.values()))}

        return effect

    return handle


def _read_anew(client: QuickBooksClient, told: Sequence[Hint]) -> list[ChangedObject]:
    mine = {(each.entity, each.number) for each in told if each.realm_id == client.realm_id}
    try:
        found = [read_object(client, *place) for place in sorted(mine)]
    except StopRun as error:
        raise RetryLater(error.message, remedy=error.remedy) from error
    return [each for each in found if each is not None]


def _with_deleted(
    connection: Connection, system: str, sweep: Sweep, since: datetime | None
) -> Iterator[ChangedObject | Refused]:
    """Give the changes, and after each that deletes something Drawbar posted, and was not known, a refusal of it."""
    for change in sweep.since(since):
        yield change
        if change.deleted:
            key = _posted_as(connection, system, change)
            known = _known(connection, system, [change]).get(_place(change))
            if key and not (known and known.deleted):
                yield _deleted_there(change, key)


def _posted_as(connection: Connection, system: str, change: ChangedObject) -> str:
    """Give our id of an object that Drawbar posted and did not delete itself; "" for any other."""
    mine = (
        select(delivery.c.key)
        .where(delivery.c.target == system, delivery.c.object == change.entity)
        .where(delivery.c.target_id == change.number)
        .limit(1)
    )
    key = connection.execute(mine).scalar() or ""
    last = (
        select(delivery.c.operation)
        .where(delivery.c.object == change.entity, delivery.c.key == key, delivery.c.target == system)
        .order_by(delivery.c.id.desc())
        .limit(1)
    )
    return key if key and connection.execute(last).scalar() == "upsert" else ""


def _deleted_there(change: ChangedObject, key: str) -> Refused:
    error = RecordRejected(
        "somebody deleted it in QuickBooks after Drawbar had posted it",
        record=f"{change.entity} {key}", code="DELETED_IN_QUICKBOOKS",
        remedy="Discard this failure if that was meant; else post it again under another key.",
    )  # fmt: skip
    return Refused(f"{change.entity} {key}", error, change.model_dump_json().encode())


def _place(change: ChangedObject) -> str:
    return f"{change.entity} {change.number}"


def keep(connection: Connection, system: str, changes: Sequence[ChangedObject], now: datetime) -> None:
    """Keep each object as it was last told of; an older version never goes over a newer one."""
    for chunk in in_chunks(changes, _AT_ONCE):
        newest: dict[str, ChangedObject] = {}
        for each in (*_known(connection, system, chunk).values(), *chunk):
            held = newest.get(_place(each))
            if held is None or _version(each) >= _version(held):
                newest[_place(each)] = each
        places = {(each.entity, each.number) for each in chunk}
        for entity in {entity for entity, _ in places}:
            numbers = [number for name, number in places if name == entity]
            connection.execute(
                delete(landed_row).where(
                    landed_row.c.system == system, landed_row.c.entity == entity, landed_row.c.key.in_(numbers)
                )
            )
        insert_rows(
            connection, landed_row, [_row(system, newest[f"{entity} {number}"], now) for entity, number in places]
        )


def _version(change: ChangedObject) -> tuple[datetime, bool, int]:
    return change.changed_at, change.deleted, change.sync_token


def _row(system: str, change: ChangedObject, now: datetime) -> dict[str, object]:
    return {
        "system": system, "entity": change.entity, "key": change.number, "record": change.model_dump_json(),
        "changed_at": now,
    }  # fmt: skip


def _known(connection: Connection, system: str, changes: Sequence[ChangedObject]) -> dict[str, ChangedObject]:
    found: dict[str, ChangedObject] = {}
    for entity in {each.entity for each in changes}:
        numbers = [each.number for each in changes if each.entity == entity]
        statement = select(landed_row.c.record).where(
            landed_row.c.system == system, landed_row.c.entity == entity, landed_row.c.key.in_(numbers)
        )
        for text in connection.execute(statement).scalars():
            known = ChangedObject.model_validate_json(text)
            found[_place(known)] = known
    return found
