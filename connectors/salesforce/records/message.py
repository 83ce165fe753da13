"""Message__c: a text message or an e-mail to or from a lessee (P04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    DateTime,
    ExternalId,
    LongText,
    Lookup,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

MESSAGE_CHANNELS = ("Text", "Email")
MESSAGE_STATUSES = (
    "Requested",
    "Waiting",
    "Queued",
    "Sending",
    "Unknown",
    "Sent",
    "Delivered",
    "Failed",
    "Refused",
    "Received",
)

MESSAGE = SObject(
    api_name="Message__c",
    label="Message",
    plural="Messages",
    description="A text message or e-mail to a lessee, or what a lessee answered; each stands on its case.",
    key="Message_Key__c",
    locks="Lease_Account__r",
    sharing="ReadWrite",
    auto_number=AutoNumber(label="Message Number", display_format="MSG-{00000000}"),
    tab_icon="Custom23: Envelope",
    logged=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord(Provenance):
    """A message as it stands; people make one to ask for it, with account, channel and template."""

    sobject: ClassVar[SObject] = MESSAGE

    message_key: Annotated[
        str,
        ExternalId(
            api_name="Message_Key__c",
            help="The name of the message in Drawbar. Leave it empty: Drawbar fills it in.",
            owner="Drawbar",
            source="messages",
            length=80,
        ),
    ]
    lease_account: Annotated[
        str | None,
        Lookup(
            api_name="Lease_Account__c",
            help="The lease account whose lessee is written to. Empty where nobody knows who wrote.",
            owner="Drawbar",
            source="messages",
            entered=True,
            to="Lease_Account__c",
            children="Messages",
        ),
    ]
    case: Annotated[
        str | None,
        Lookup(
            api_name="Case__c",
            help="The case that the message is logged on: the open delinquency of the account.",
            owner="Drawbar",
            source="messages",
            to="Case",
            children="Messages",
        ),
    ]
    direction: Annotated[
        str,
        Picklist(
            api_name="Direction__c",
            help="Outbound goes to the lessee, Inbound came from the lessee.",
            owner="Drawbar",
            source="messages",
            values=("Outbound", "Inbound"),
            default="Outbound",
        ),
    ]
    channel: Annotated[
        str,
        Picklist(
            api_name="Channel__c",
            help="How the message travels.",
            owner="Drawbar",
            source="messages",
            entered=True,
            values=MESSAGE_CHANNELS,
        ),
    ]
    template: Annotated[
        str | None,
        Text(
            api_name="Template__c",
            help="The template that the message is written from, such as past_due.",
            owner="Drawbar",
            source="messages",
            entered=True,
            length=80,
        ),
    ]
    address: Annotated[
        str | None,
        Text(
            api_name="Address__c",
            help="The lessee's number or e-mail address, most of it blotted out. The whole stands on the lessee.",
            owner="Drawbar",
            source="messages",
            length=120,
        ),
    ]
    subject: Annotated[
        str | None,
        Text(api_name="Subject__c", help="Subject of an e-mail.", owner="Drawbar", source="messages", length=255),
    ]
    text: Annotated[
        str | None,
        LongText(
            api_name="Text__c",
            help="What was written. A message that waits is written anew when it goes, with that day's figures.",
            owner="Drawbar",
            source="messages",
            length=32_000,
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Requested: Drawbar has not looked yet. Waiting: it goes when it may. Queued: it goes now. Unknown: "
            "it may have arrived. Received: the lessee wrote it.",
            owner="Drawbar",
            source="messages",
            values=MESSAGE_STATUSES,
            default="Requested",
        ),
    ]
    reason: Annotated[
        str | None,
        Text(
            api_name="Reason__c",
            help="Why the message waits, was refused, or failed.",
            owner="Drawbar",
            source="messages",
        ),
    ]
    allowed_from: Annotated[
        datetime | None,
        DateTime(
            api_name="Allowed_From__c",
            help="When a waiting message goes, and when a refused one may be asked for again.",
            owner="Drawbar",
            source="messages",
        ),
    ]
    requested_by: Annotated[
        str | None,
        Text(
            api_name="Requested_By__c",
            help="Who asked for the message.",
            owner="Drawbar",
            source="messages",
            length=120,
        ),
    ]
    requested_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Requested_At__c", help="When the message was asked for.", owner="Drawbar", source="messages"
        ),
    ]
    sent_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Sent_At__c",
            help="When the provider took the message; of an answer, when the lessee wrote it.",
            owner="Drawbar",
            source="messages",
        ),
    ]
