"""Handles what Salesforce tells of changed records: each is read anew, given to the rules, and brought into step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from drawbar.connectors.salesforce.outbound_message import ChangedRecord
from drawbar.connectors.salesforce.payload import by_id
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.connectors.salesforce.records.stored import compared_fields
from drawbar.jobs.edit_sight import Sight, sight
from drawbar.jobs.edits import EditedRecord, EditRule, edit_rules
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.overruled import Overruled
from drawbar.jobs.reconcile import RECONCILED
from drawbar.jobs.sync_requests import Held, SyncRequestHandler
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.ports import FoundRecord
from drawbar.middleware.records import Reference
from drawbar.middleware.server.sync_requests import SyncRequest
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.edit_log import EditLog, Seen
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import PLACE, Effect, Handling, SubjectRejected
from drawbar.middleware.sync.outbox import Outbox

Json = dict[str, Any]
_NOT_OURS = frozenset({"UNKNOWN_RECORD", "NOT_KEPT"})
"""Why a record cannot be brought into step that people have made."""


@dataclass(frozen=True, slots=True)
class OutboundMessageHandler:
    """Handles edits, told by Salesforce or found by the sweep; in whatever order they come, the org is asked anew."""

    hub: Hub

    def notified(self, entry: InboxEntry, handling: Handling) -> Effect:
        """Read the record and give it to its rules; queue what differs from what the hub says that it should be.

        Nothing happens for a record that is gone by now, and for one that rules and hub know as it is. Raises
        RecordRejected for an object that nothing here is concerned with; SubjectRejected when a rule refuses the edit.
        """
        changed = _changed(entry)
        looked_at = sight(changed.object, edit_rules(self.hub)) if changed.object in EXTERNAL_IDS else None
        if looked_at is None or (changed.object not in RECONCILED and not looked_at.rules):
            raise RecordRejected(
                f"{changed.object} is no object that the hub keeps in step", record=f"{changed.object} {changed.id}",
                field="object", code="UNKNOWN_OBJECT",
                remedy="Take the outbound message away from the flow or rule of this object in Salesforce.",
            )  # fmt: skip
        record = self._found(changed, looked_at)
        if record is None:
            return lambda _connection: {"passed_over": f"{changed.object} {changed.id} is gone, or not the hub's"}
        return EditOfRecord(self.hub, record, looked_at).effect(entry, handling)

    def _found(self, changed: ChangedRecord, looked_at: Sight) -> FoundRecord | None:
        compared = compared_fields(changed.object) if changed.object in RECONCILED else ()
        names = dict.fromkeys([*looked_at.fields, *(each.path for each in compared)])
        record = self.hub.changes().found(changed.object, changed.id, list(names))
        if record is None or (record.deleted and not looked_at.of(record)):
            return None
        return record if record.key or looked_at.rules else None


@dataclass(frozen=True, slots=True)
class EditOfRecord:
    """One record as it stands in the org, and what shall happen because of it."""

    hub: Hub
    record: FoundRecord
    sight: Sight

    def effect(self, entry: InboxEntry, handling: Handling) -> Effect:
        """Work out what every rule does, and what brings the record into step; give all of it as one effect."""
        with reading(self.hub.engine) as connection:
            seen = EditLog(connection).seen(self.record.object, [self.record.id]).get(self.record.id)
        own = self.hub.changes().own_user()
        news = self.sight.is_news(self.record, seen, own)
        noted = bool(self.sight.rules) and (news or self.record.modified_by != own)
        ruled = [self._ruled(rule, handling) for rule in self.sight.of(self.record)] if news else []
        # In step first: what rules conclude of the record is newer than what the hub knew when it was read.
        effects = [each for each in (self._in_step(entry, handling), *ruled) if each is not None]

        def act(connection: Connection) -> Json:
            Outbox(connection, TARGET).lock()
            if self._is_older(connection, seen):
                return {"passed_over": f"{self._name} was handled as it is, or newer"}
            answer: Json = {}
            for each in effects:
                answer |= self._acted(each, connection)
            if noted:
                EditLog(connection).note(self.record, self.sight.digest(self.record))
            self._end_failures(connection, handling)
            return answer or {"passed_over": f"{self._name} has nothing new"}

        return act

    @property
    def _name(self) -> str:
        return f"{self.record.object} {self.record.key or self.record.id}"

    @property
    def _subject(self) -> Reference:
        return Reference(self.record.object, self.record.key or by_id(self.record.id))

    def _ruled(self, rule: EditRule, handling: Handling) -> Effect | None:
        record = self.record
        edited = EditedRecord(
            object=record.object, id=record.id, key=record.key, modified_at=record.modified_at,
            fields={name: record.fields[name] for name in rule.fields}, modified_by=record.modified_by_name,
            login=record.modified_by_login,
        )  # fmt: skip
        try:
            return rule.effect(edited, handling)
        except RecordRejected as error:
            raise SubjectRejected(error, self._subject) from error

    def _acted(self, effect: Effect, connection: Connection) -> Json:
        try:
            return effect(connection)
        except RecordRejected as error:
            raise SubjectRejected(error, self._subject) from error

    def _in_step(self, entry: InboxEntry, handling: Handling) -> Effect | None:
        record = self.record
        if not record.key or record.deleted or record.object not in RECONCILED:
            return None
        request = SyncRequest(object=record.object, key=record.key)
        try:
            held = Held(record.fields, Overruled(record, self.hub.changes().own_user(), handling).note)
            return SyncRequestHandler(self.hub).effect(request, entry, handling, held)
        except RecordRejected as error:
            if self.sight.rules and error.code in _NOT_OURS:
                return None
            raise

    def _is_older(self, connection: Connection, seen: Seen | None) -> bool:
        """Say whether another message of the record, read later than this one, was handled meanwhile."""
        now = EditLog(connection).seen(self.record.object, [self.record.id]).get(self.record.id)
        return now is not None and now != seen and now.modified_at >= self.record.modified_at

    def _end_failures(self, connection: Connection, handling: Handling) -> None:
        """End what was refused of this record before: it was handled now as it stands."""
        subject = self._subject
        names = {subject.key, by_id(self.record.id)}
        letters = [
            each for each in DeadLetters(connection).open_of(subject.object, names) if each.failure.place == PLACE
        ]
        FailureDesk(connection, TARGET, self.hub.reporter).end(
            letters, "resolved", by="drawbar", why="the record was edited anew", run_id=handling.run_id,
            now=handling.now,
        )  # fmt: skip


def _changed(entry: InboxEntry) -> ChangedRecord:
    try:
        return ChangedRecord.model_validate_json(entry.message.body)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise RecordRejected(
            "the notification does not name a record of Salesforce", record=f"notification {entry.message.message_id}",
            field=place, code="NOT_UNDERSTOOD", remedy="See what the flow or rule in Salesforce sends.",
        ) from None  # fmt: skip
