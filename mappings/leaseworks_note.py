"""LeaseWorks note → Collection_Note__c (P03)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.salesforce.records.collection_note import CollectionNote
from drawbar.mappings.contact_channels import CHANNEL
from drawbar.mappings.words import optional_line, optional_lines, our_word


def to_salesforce(note: leaseworks.Note, *, now: datetime) -> CollectionNote:
    """Map a note with its whole text; the longest that LeaseWorks gives fits, even if every character ends a line."""
    return CollectionNote(
        leaseworks_id=note.note_number,
        lease_account=note.account_number,
        written_at=note.written_at,
        author=optional_line(note.author),
        channel=our_word(CHANNEL, note.channel, record=f"note {note.note_number}", field="channel"),
        note=optional_lines(note.text),
        source_system="LeaseWorks",
        source_updated=note.updated_at,
        last_synced=now,
    )
