"""Field visits that people enter in Salesforce: a note of each in LeaseWorks, and what was promised (F05, F11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.leaseworks.import_records import PromiseRow
from drawbar.connectors.salesforce.records.field_visit import FIELD_VISIT
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.leaseworks_edits import MADE_HERE, PROMISED, Json, scalars, tell
from drawbar.mappings import visit_origin
from drawbar.mappings.salesforce_leaseworks import VISIT_FIELDS, to_visit_note, to_visit_promise, visited_at
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.inbox_handling import Effect, Handling
from drawbar.middleware.sync.outbox import Change, Outbox

_CLOCKS_DIFFER: Final = timedelta(hours=1)
"""How far a visit may lie ahead of the hub's clock: the time of a run is that of its beginning."""


@dataclass(frozen=True, slots=True)
class VisitRule:
    """Visits reach LeaseWorks as notes under a key of their own, by which they are known when they come back."""

    hub: Hub
    object: str = FIELD_VISIT.api_name
    fields: tuple[str, ...] = VISIT_FIELDS

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Queue the note, the promise where there is one, and the visit's key when it has none."""
        key = edited.key or f"{MADE_HERE}{edited.id}"
        known = self.hub.collections.visit_dispositions
        note = to_visit_note(key, edited.fields, dispositions=known, now=handling.now + _CLOCKS_DIFFER)
        promise = to_visit_promise(key, edited.fields)
        origin = visit_origin.to_salesforce(key, visited_at(edited.fields), now=handling.now)

        def act(connection: Connection) -> Json:
            concluding = Concluding(connection, handling.run_id, handling.now)
            if not edited.key:
                concluding.name(self.object, edited.id, key)
            concluding.show(origin, "origin", "entered by people in Salesforce")
            if promise is not None:
                _promise(connection, edited, promise, handling)
            return tell(connection, self.object, key, note, edited, handling)

        return act


def _promise(connection: Connection, edited: EditedRecord, promise: PromiseRow, handling: Handling) -> None:
    record = TargetRecord(edited.object, edited.id, scalars(promise), parent=promise.account_number)
    change = Change(record, creates=True, why=f"{edited.modified_by} took it on a field visit")
    Outbox(connection, PROMISED).put([change], run_id=handling.run_id, now=handling.now)


def visit_rule(hub: Hub) -> VisitRule | None:
    """Give the rule, when LeaseWorks takes imports."""
    return VisitRule(hub) if hub.imports is not None else None
