"""Field_Visit__c: a rep's visit to a lessee, and what came of it (F05, F11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    AutoNumber,
    Currency,
    Date,
    DateTime,
    ExternalId,
    LongText,
    Lookup,
    MasterDetail,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, Provenance
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.middleware.collections.settings import VISIT_DISPOSITIONS

FIELD_VISIT = SObject(
    api_name="Field_Visit__c",
    label="Field Visit",
    plural="Field Visits",
    description="A rep's visit to a lessee: when, where, what came of it; LeaseWorks gets it as a note.",
    key="Visit_Key__c",
    locks="Lease_Account__r",
    sharing="ControlledByParent",
    history=True,
    logged=True,
    auto_number=AutoNumber(label="Visit Number", display_format="VISIT-{000000}"),
    tab_icon="Custom15: People",
)

VisitKey = Annotated[
    str,
    ExternalId(
        api_name="Visit_Key__c",
        help="The number of the note that LeaseWorks has of the visit. Leave it empty: Drawbar fills it in.",
        owner="Drawbar",
        source="field visits",
        length=30,
    ),
]
VisitAccount = Annotated[
    str,
    MasterDetail(
        api_name="Lease_Account__c",
        help="The lease account whose lessee was visited.",
        owner="Salesforce",
        to="Lease_Account__c",
        children="Field_Visits",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldVisit:
    """What a rep enters; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = FIELD_VISIT

    visit_key: VisitKey
    lease_account: VisitAccount
    case: Annotated[
        str | None,
        Lookup(
            api_name="Case__c",
            help="The case that the visit was made for.",
            owner="Salesforce",
            to="Case",
            children="Field_Visits",
        ),
    ]
    visited_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Visited_At__c",
            help="When the rep was there. Empty: when the visit was entered.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    rep: Annotated[
        str | None,
        Text(
            api_name="Rep__c",
            help="Who was there. Empty: who entered the visit.",
            owner="Salesforce",
            length=60,
        ),
    ]
    latitude: Annotated[
        Decimal | None,
        Number(
            api_name="Latitude__c",
            help="Where the rep was, in degrees north of the equator. Give both degrees or none.",
            unit="degrees",
            owner="Salesforce",
            precision=9,
            scale=6,
            audience=SEE_PLACES,
        ),
    ]
    longitude: Annotated[
        Decimal | None,
        Number(
            api_name="Longitude__c",
            help="Where the rep was, in degrees east of Greenwich: negative in America.",
            unit="degrees",
            owner="Salesforce",
            precision=9,
            scale=6,
            audience=SEE_PLACES,
        ),
    ]
    disposition: Annotated[
        str | None,
        Picklist(
            api_name="Disposition__c",
            help="What came of the visit. A word that is added here is added to Drawbar's settings too.",
            owner="Salesforce",
            tracked=True,
            values=VISIT_DISPOSITIONS,
            restricted=False,
        ),
    ]
    comments: Annotated[
        str | None,
        LongText(
            api_name="Comments__c",
            help="What the rep saw and heard.",
            owner="Salesforce",
            length=30_000,
        ),
    ]
    follow_up_date: Annotated[
        date | None,
        Date(
            api_name="Follow_Up_Date__c",
            help="The day on which somebody shall call or come again.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    promise_amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Promise_Amount__c",
            label="Promised Amount",
            help="What the lessee promised to pay, if anything. Give amount and day, or neither.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    promise_date: Annotated[
        date | None,
        Date(
            api_name="Promise_Date__c",
            label="Promised Date",
            help="The day by which the lessee promised to pay.",
            owner="Salesforce",
            tracked=True,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldVisitOrigin(Provenance):
    """Where a visit comes from: a person made it in Salesforce."""

    sobject: ClassVar[SObject] = FIELD_VISIT

    visit_key: VisitKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldVisitPromise:
    """The promise that was taken on a visit, among those of the account."""

    sobject: ClassVar[SObject] = FIELD_VISIT

    visit_key: VisitKey
    promise: Annotated[
        str,
        Lookup(
            api_name="Promise__c",
            label="Promise",
            help="The promise that Drawbar made of what was promised on the visit.",
            owner="Drawbar",
            source="promise history",
            to="Promise_To_Pay__c",
            children="Field_Visits",
        ),
    ]
    last_synced: LastSynced
