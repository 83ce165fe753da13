"""Telephone calls that people log in notes, in Salesforce or in LeaseWorks: they count as contacts (P04, P31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.salesforce.records.collection_note import COLLECTION_NOTE
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.leaseworks_edits import MADE_HERE, made_here
from drawbar.mappings.contact_channels import CHANNEL
from drawbar.mappings.salesforce_leaseworks import ACCOUNT, written_at
from drawbar.middleware.database.engine import reading
from drawbar.middleware.messages.calls import Call, Calls
from drawbar.middleware.settings import CONTACTS_COUNT_DAYS
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json

_PHONE: Final = CHANNEL[leaseworks.ContactChannel.PHONE]


@dataclass(frozen=True, slots=True)
class CallRule:
    """Implements `EditRule` for notes: one that tells of a call counts, until it is deleted or tells of none."""

    hub: Hub
    object: str = COLLECTION_NOTE.api_name
    fields: tuple[str, ...] = (ACCOUNT, "Written_At__c", "CreatedDate", "Channel__c", "IsDeleted")

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Keep or forget the call of a note; one that is known already changes nothing."""
        del handling
        note, call = edited.key or f"{MADE_HERE}{edited.id}", _call(edited)
        with reading(self.hub.engine) as connection:
            if Calls(connection).find(note) == call:
                return None

        def act(connection: Connection) -> Json:
            if call is None:
                Calls(connection).forget([note])
                return {"no_call": note}
            Calls(connection).keep([call])
            return {"call": note}

        return act


def take_calls(connection: Connection, notes: Sequence[leaseworks.Note], now: datetime) -> None:
    """Take the calls that LeaseWorks' own notes tell of, but for those that no limit looks back to."""
    recent = now - timedelta(days=CONTACTS_COUNT_DAYS)
    ours = [each for each in notes if not made_here(each.note_number)]
    calls = [each for each in ours if each.channel is leaseworks.ContactChannel.PHONE and each.written_at > recent]
    Calls(connection).forget([each.note_number for each in ours])
    Calls(connection).keep([Call(each.note_number, each.account_number, each.written_at) for each in calls])


def _call(edited: EditedRecord) -> Call | None:
    fields = EditedFields(f"{edited.object} {edited.key or edited.id}", edited.fields)
    account = fields.text(ACCOUNT)
    if fields.text("Channel__c") != _PHONE or edited.fields["IsDeleted"] or not account:
        return None
    return Call(edited.key or f"{MADE_HERE}{edited.id}", account, written_at(edited.fields))
