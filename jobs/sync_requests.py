"""Brings one record into step because somebody asked: what the hub knows of it is queued for Salesforce again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, func, select

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING, SENT_ON_CHANGE
from drawbar.connectors.salesforce.records.stored import compared_fields
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.reconcile import RECONCILED
from drawbar.jobs.standing import NothingTaken, NotKept, standing
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.ports import FieldValues
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.server.sync_requests import SyncRequest
from drawbar.middleware.sync.codec import columns_of, to_record
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import Effect, Handling
from drawbar.middleware.sync.outbox import Outbox
from drawbar.middleware.sync.tables import derived_record, feed

RECORD_CHANGED: Final = "record.changed"
"""The kind of a webhook that names a record which has changed."""


class NamedRecord(SyncRequest):
    """The record that a webhook names; what else is said of it is ignored."""

    model_config = ConfigDict(extra="ignore")


class RecordChanged(BaseModel):
    """The webhook `{"type": "record.changed", "data": {"object": ..., "key": ...}}`; what else it holds is ignored."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(pattern=r"record\.changed")
    data: NamedRecord


@dataclass(frozen=True, slots=True)
class Held:
    """What the org has of a record, by the paths of `compared_fields`; `overruled` hears of the fields that differ."""

    fields: FieldValues
    overruled: Callable[[Connection, TargetRecord], None]


@dataclass(frozen=True, slots=True)
class SyncRequestHandler:
    """Handles sync requests, from whichever way they came."""

    hub: Hub

    def asked(self, entry: InboxEntry, handling: Handling) -> Effect:
        """Handle a message that is a sync request."""
        return self.effect(_understood(SyncRequest, entry), entry, handling)

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        """Handle a webhook that names a record."""
        return self.effect(_understood(RecordChanged, entry).data, entry, handling)

    def effect(self, request: SyncRequest, entry: InboxEntry, handling: Handling, held: Held | None = None) -> Effect:
        """Find what the record should be, and give what queues it; where `held` says what the org has, what differs.

        A newer change of the record that waits wins. Fields that
        people may change after the hub has set them are left out of a record that is in Salesforce: the request may
        well tell of such a change. When the hub has learned something meanwhile, RetryLater is raised: what was found
        could be older than what was sent.
        """
        known = self._known(request)
        record = self._wanted(request, handling)

        def queue(connection: Connection) -> dict[str, Any]:
            outbox = Outbox(connection, TARGET)
            outbox.lock()
            if _knowledge(connection, request) != known:
                raise RetryLater("the hub has learned of the record meanwhile")
            there = FailureDesk(connection, TARGET, self.hub.reporter).known_at_target([(record.object, record.key)])
            sent = _without_what_people_change(record) if there else record
            if held is not None:
                sent = _differing(sent, held.fields)
                if not (sent.fields or sent.references):
                    return {"in_step": f"{record.object} {record.key}"}
                held.overruled(connection, sent)
            why = f"sync request of {entry.message.sender}"
            outbox.put_again(sent, "upsert", why, run_id=handling.run_id, now=handling.now)
            return {"queued": f"{record.object} {record.key}"}

        return queue

    def _known(self, request: SyncRequest) -> Sequence[object]:
        with reading(self.hub.engine) as connection:
            return _knowledge(connection, request)

    def _wanted(self, request: SyncRequest, handling: Handling) -> TargetRecord:
        name = f"{request.object} {request.key}"
        if request.object not in RECONCILED:
            raise RecordRejected(
                "is no object that the hub keeps in step", record=name, field="object",
                remedy=f"It is one of {', '.join(RECONCILED)}.", code="UNKNOWN_OBJECT",
            )  # fmt: skip
        try:
            found = self._found(request, handling)
        except (NothingTaken, NotKept) as reason:
            raise RecordRejected(
                str(reason), record=name, remedy="Ask again after the next delivery.", code="NOT_KEPT"
            ) from None
        if isinstance(found, RecordRejected):
            raise found
        if found is None:
            raise RecordRejected(
                "the hub knows no such record", record=name, field="key",
                remedy="Look whether its source has delivered it.", code="UNKNOWN_RECORD",
            )  # fmt: skip
        return found

    def _found(self, request: SyncRequest, handling: Handling) -> TargetRecord | RecordRejected | None:
        wanted = request.key.encode()
        for chunk in standing(self.hub, request.object, handling.now).chunks():
            if wanted in chunk.keys:
                return next(chunk.records([chunk.keys.index(wanted)]))
        return None


def _without_what_people_change(record: TargetRecord) -> TargetRecord:
    theirs = SENT_ON_CHANGE[record.object]
    return replace(record, fields={name: value for name, value in record.fields.items() if name not in theirs})


def _differing(record: TargetRecord, held: FieldValues) -> TargetRecord:
    """Leave only the fields that the org has otherwise; a record that differs in none of those has none left."""
    columns = columns_of(record)
    different = {
        each.name: columns[each.name]
        for each in compared_fields(record.object)
        if each.name in columns and each.stored(columns[each.name]) != each.read(bulk_cell(held[each.path]))
    }
    if different:
        different |= {name: columns[name] for name in BOOKKEEPING[record.object] if name in columns}
    return to_record(record.object, record.key, record.parent, different)


def bulk_cell(value: object) -> str:
    """Give a value of REST JSON as a Bulk query would write it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _knowledge(connection: Connection, request: SyncRequest) -> Sequence[object]:
    """Give what changes whenever the hub learns something of a record: what was taken last, and its conclusions."""
    taken = connection.execute(select(func.max(feed.c.updated_at))).scalar()
    concluded = select(derived_record.c.part, derived_record.c.fields).where(
        derived_record.c.target == TARGET, derived_record.c.object == request.object,
        derived_record.c.key == request.key,
    )  # fmt: skip
    return [taken, *map(tuple, connection.execute(concluded.order_by(derived_record.c.part)))]


def _understood(model: type[Any], entry: InboxEntry) -> Any:
    try:
        return model.model_validate_json(entry.message.body)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise RecordRejected(
            first["msg"], record=f"message {entry.message.message_id}", field=".".join(map(str, first["loc"])),
            remedy="Ask its sender to send what docs/server.md says.", code="NOT_UNDERSTOOD",
        ) from None  # fmt: skip
