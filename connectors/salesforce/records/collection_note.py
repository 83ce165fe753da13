"""Collection_Note__c: a call note or comment on a lease account (P03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    DateTime,
    ExternalId,
    LongText,
    MasterDetail,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

CHANNELS = ("Phone", "Text", "Email", "Letter", "In Person", "System")

COLLECTION_NOTE = SObject(
    api_name="Collection_Note__c",
    label="Collection Note",
    plural="Collection Notes",
    description="A call note or comment on a lease account, whoever wrote it and wherever.",
    key="LeaseWorks_Id__c",
    locks="Lease_Account__r",
    sharing="ControlledByParent",
    auto_number=AutoNumber(label="Note Number", display_format="NOTE-{00000000}"),
    tab_icon="Custom22: Telephone",
    logged=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionNote(Provenance):
    """A note as it stands in LeaseWorks; one that people make in Salesforce goes there, and stays as they left it."""

    sobject: ClassVar[SObject] = COLLECTION_NOTE

    leaseworks_id: Annotated[
        str,
        ExternalId(
            api_name="LeaseWorks_Id__c",
            label="LeaseWorks ID",
            help="The note's number in LeaseWorks. It begins with SF- when the note was written in Salesforce.",
            source="notes.note_number",
            length=30,
        ),
    ]
    lease_account: Annotated[
        str,
        MasterDetail(
            api_name="Lease_Account__c",
            help="The lease account that the note is about.",
            source="notes.account_number",
            entered=True,
            to="Lease_Account__c",
            children="Collection_Notes",
        ),
    ]
    written_at: Annotated[
        datetime,
        DateTime(api_name="Written_At__c", entered=True, help="When the note was written.", source="notes.written_at"),
    ]
    author: Annotated[
        str | None,
        Text(
            api_name="Author__c",
            entered=True,
            help="Who wrote the note, as LeaseWorks names them.",
            source="notes.author",
            length=60,
        ),
    ]
    channel: Annotated[
        str,
        Picklist(
            api_name="Channel__c",
            entered=True,
            help="How lessee and lessor spoke. System means that no person wrote it.",
            source="notes.channel",
            values=CHANNELS,
        ),
    ]
    note: Annotated[
        str | None,
        LongText(
            api_name="Note__c",
            entered=True,
            help="The whole text of the note.",
            source="notes.text",
            length=65_536,
            visible_lines=8,
        ),
    ]
