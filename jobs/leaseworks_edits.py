"""What LeaseWorks is told of people's changes in Salesforce: notes, promises, and what Salesforce owns of vehicles.

Each rule maps the record as it stands and queues it for the next import when it differs from what was told before
(P03, P05, P27).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks.import_records import ImportRow
from drawbar.connectors.salesforce.payload import OWN_ID
from drawbar.connectors.salesforce.records.auction_invoice_line import AUCTION_INVOICE_LINE
from drawbar.connectors.salesforce.records.collection_note import COLLECTION_NOTE
from drawbar.connectors.salesforce.records.field_visit import FIELD_VISIT
from drawbar.connectors.salesforce.records.promise_to_pay import PROMISE_TO_PAY
from drawbar.connectors.salesforce.records.sale import SALE
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.mappings.salesforce_leaseworks import (
    NOTE_FIELDS,
    PROMISE_FIELDS,
    VEHICLE_FIELDS,
    author_of,
    to_note,
    to_promise,
    to_vehicle,
    written_at,
)
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.inbox_handling import Effect, Handling
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.tables import derived_record

Json = dict[str, Any]
MADE_HERE: Final = "SF-"
"""Begins the key of a record that people made in Salesforce; Salesforce's own id follows."""

PROMISED: Final = "collections"
"""The target of promises that people took: the rules of collections, which give them their key."""

KINDS: Final[Mapping[str, str]] = {
    COLLECTION_NOTE.api_name: "notes",
    FIELD_VISIT.api_name: "notes",
    PROMISE_TO_PAY.api_name: "promises",
    VEHICLE.api_name: "vehicles",
    SALE.api_name: "sales",
    AUCTION_INVOICE_LINE.api_name: "charges",
}
"""The kind of import row that each object's records become."""

_PART: Final = "import"


@dataclass(frozen=True, slots=True)
class NoteRule:
    """Notes that people write in Salesforce reach LeaseWorks, and get the key under which they come back (P03)."""

    object = COLLECTION_NOTE.api_name
    fields = NOTE_FIELDS

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Queue the note, and its key when it has none; LeaseWorks' own notes are left alone."""
        if edited.key and not made_here(edited.key):
            return None
        key = edited.key or f"{MADE_HERE}{edited.id}"
        row = to_note(key, edited.fields)
        own: dict[str, Scalar] = {
            OWN_ID: edited.id, "Source_System__c": "Salesforce", "Written_At__c": written_at(edited.fields),
            "Author__c": author_of(edited.fields, "Author__c"),
        }  # fmt: skip

        def act(connection: Connection) -> Json:
            if not edited.key:
                _give_key(connection, self.object, key, own, row.account_number, handling)
            return tell(connection, self.object, key, row, edited, handling)

        return act


@dataclass(frozen=True, slots=True)
class PromiseRule:
    """Promises that people take reach the rules of collections, which number them, and LeaseWorks (P05)."""

    object = PROMISE_TO_PAY.api_name
    fields = PROMISE_FIELDS

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Queue a promise that has no key yet; one that has is the hub's, and is brought into step."""
        if edited.key:
            return None
        row = to_promise(f"{MADE_HERE}{edited.id}", edited.fields)
        record = TargetRecord(self.object, edited.id, scalars(row), parent=row.account_number)

        def act(connection: Connection) -> Json:
            why = f"{edited.modified_by} took it in Salesforce"
            change = Change(record, creates=True, why=why)
            Outbox(connection, PROMISED).put([change], run_id=handling.run_id, now=handling.now)
            return {"promised": edited.id}

        return act


@dataclass(frozen=True, slots=True)
class VehicleRule:
    """What Salesforce owns of a vehicle reaches LeaseWorks (P16, P27)."""

    object = VEHICLE.api_name
    fields = VEHICLE_FIELDS

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Queue all that Salesforce owns of the vehicle, when any of it differs from what LeaseWorks was told."""
        if not edited.key:
            return None
        row = to_vehicle(edited.key, edited.fields)
        says_nothing = not any(value for name, value in row if name != "asset_number")

        def act(connection: Connection) -> Json:
            if says_nothing and told_of(connection, self.object, edited.key) is None:
                return {}
            return tell(connection, self.object, edited.key, row, edited, handling)

        return act


def made_here(key: str) -> bool:
    """Say whether a key is that of a record that people made in Salesforce."""
    return key.startswith(MADE_HERE)


def note_rule(hub: Hub) -> NoteRule | None:
    """Give the rule, when LeaseWorks takes imports."""
    return NoteRule() if hub.imports is not None else None


def promise_rule(hub: Hub) -> PromiseRule | None:
    """Give the rule, when LeaseWorks takes imports."""
    return PromiseRule() if hub.imports is not None else None


def vehicle_rule(hub: Hub) -> VehicleRule | None:
    """Give the rule, when LeaseWorks takes imports."""
    return VehicleRule() if hub.imports is not None else None


def _give_key(
    connection: Connection, name: str, key: str, fields: Mapping[str, Scalar], parent: str, handling: Handling
) -> None:
    """Queue what gives a record of Salesforce its key; `fields` name it by Salesforce's own id."""
    change = Change(TargetRecord(name, key, fields, parent=parent), creates=False, why="made by people in Salesforce")
    Outbox(connection, TARGET).put([change], run_id=handling.run_id, now=handling.now)


def tell(connection: Connection, name: str, key: str, row: ImportRow, edited: EditedRecord, handling: Handling) -> Json:
    """Queue a whole row for the next import when it differs from what LeaseWorks was told before; says so."""
    why = f"{edited.modified_by} changed it in Salesforce"
    conclusion = Conclusion(TargetRecord(name, key, scalars(row)), _PART, why)
    told = told_records(connection).conclude([conclusion], run_id=handling.run_id, now=handling.now)[name]
    return {"told": f"{name} {key}"} if told.created or told.changed else {}


def told_of(connection: Connection, object_name: str, key: str) -> Mapping[str, Scalar | Reference] | None:
    """Give what LeaseWorks was last told of a record; None when it was told nothing."""
    mine = derived_record.c.target == SYSTEM, derived_record.c.object == object_name, derived_record.c.key == key
    text = connection.execute(select(derived_record.c.fields).where(*mine)).scalar()
    return None if text is None else decode(text)


def told_records(connection: Connection) -> DerivedRecords:
    """Give what LeaseWorks was told, in whole rows."""
    return DerivedRecords(connection, SYSTEM, {}, whole=True)


def scalars(row: ImportRow) -> dict[str, Scalar]:
    """Give a row's values as the outbox keeps them."""
    return {name: str(value) if isinstance(value, str) else value for name, value in row}
