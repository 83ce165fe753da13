"""Hold__c: why an account is left alone, from when to when (P15, P31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Date,
    DateTime,
    ExternalId,
    Formula,
    MasterDetail,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

HOLD_KINDS = ("Bankruptcy", "SCRA", "Cure Letter", "Cease Contact", "Attorney", "Dispute")

HOLD = SObject(
    api_name="Hold__c",
    label="Hold",
    plural="Holds",
    description="Keeps orders, messages, starter commands or sales of an account from happening, while it lasts.",
    key="Hold_Key__c",
    locks="Lease_Account__r",
    sharing="ControlledByParent",
    history=True,
    auto_number=AutoNumber(label="Hold", display_format="HOLD-{000000}"),
    tab_icon="Custom87: Hands",
    logged=True,
    formulas=(
        Formula(
            api_name="In_Force__c",
            help="Ticked while the hold lasts.",
            result="Checkbox",
            formula="AND(From__c <= TODAY(), ISBLANK(Lifted__c), OR(ISBLANK(Until__c), Until__c >= TODAY()))",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord(Provenance):
    """A hold that was set in the hub; those that people make in Salesforce are read and never written."""

    sobject: ClassVar[SObject] = HOLD

    hold_key: Annotated[
        str,
        ExternalId(
            api_name="Hold_Key__c",
            help="Account and number of a hold that Drawbar made. Empty for one that was made here.",
            owner="Drawbar",
            source="holds",
            length=40,
        ),
    ]
    lease_account: Annotated[
        str,
        MasterDetail(
            api_name="Lease_Account__c",
            help="The lease account that is left alone.",
            owner="Drawbar",
            source="holds",
            to="Lease_Account__c",
            children="Holds",
        ),
    ]
    kind: Annotated[
        str,
        Picklist(
            api_name="Kind__c",
            help="Why the account is left alone.",
            owner="Drawbar",
            source="holds",
            required=True,
            sending="on change",
            tracked=True,
            values=HOLD_KINDS,
        ),
    ]
    from_date: Annotated[
        date,
        Date(
            api_name="From__c",
            help="The first day of the hold.",
            owner="Drawbar",
            source="holds",
            required=True,
            sending="on change",
            tracked=True,
        ),
    ]
    until_date: Annotated[
        date | None,
        Date(
            api_name="Until__c",
            help="The last day of the hold; of a cure letter the last day to cure. Empty: until it is lifted.",
            owner="Drawbar",
            source="holds",
            sending="on change",
            tracked=True,
        ),
    ]
    reason: Annotated[
        str | None,
        Text(
            api_name="Reason__c",
            help="What the hold rests on: court and number, letter, request.",
            owner="Drawbar",
            source="holds",
            sending="on change",
        ),
    ]
    lifted_date: Annotated[
        date | None,
        Date(
            api_name="Lifted__c",
            help="The day on which the hold was lifted. Enter it to lift the hold.",
            owner="Drawbar",
            source="holds",
            sending="on change",
            tracked=True,
        ),
    ]
    set_by: Annotated[
        str | None,
        Text(
            api_name="Set_By__c",
            help="Who set a hold that was set in Drawbar.",
            owner="Drawbar",
            source="holds",
            length=120,
        ),
    ]
    set_at: Annotated[
        datetime,
        DateTime(
            api_name="Set_At__c",
            help="When a hold that was set in Drawbar was set.",
            owner="Drawbar",
            source="holds",
        ),
    ]
