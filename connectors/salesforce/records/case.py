"""Case: what both kinds share, and record type Delinquency, one spell of delinquency of a lease account (P02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import Currency, Date, ExternalId, Lookup, Number, Picklist, Text
from drawbar.connectors.salesforce.records.lease_account import BUCKETS
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import RecordType, SObject

ORIGINS = ("Phone", "Email", "Web", "LeaseWorks", "Salesforce")
PRIORITIES = ("High", "Medium", "Low")
STATUSES = ("New", "Working", "Escalated", "Closed")

CASE = SObject(
    api_name="Case",
    label="Case",
    plural="Cases",
    description="Work on a customer's matter; Delinquency and Repossession are opened and closed by Drawbar.",
    key="Case_Key__c",
    locks="Lease_Account__r",
    history=True,
    record_types=(
        RecordType(
            name="Delinquency",
            label="Delinquency",
            description="One spell of delinquency of a lease account, from the first missed payment until it is cured.",
            process="Delinquency",
            process_description="New when opened, Working and Escalated as the collector decides, Closed when cured.",
            statuses=STATUSES,
            picklists=(("Origin", ORIGINS), ("Priority", PRIORITIES)),
        ),
        RecordType(
            name="Repossession",
            label="Repossession",
            description="One repossession of a vehicle, from the request until the review after the sale.",
            process="Repossession",
            process_description="New when requested, Working once decided, Closed at its end; the stage tells more.",
            statuses=STATUSES,
            picklists=(("Origin", ORIGINS), ("Priority", PRIORITIES)),
        ),
    ),
)

CaseKey = Annotated[
    str,
    ExternalId(
        api_name="Case_Key__c",
        help="Account and number of the delinquency, or vehicle and number of the repossession; given by Drawbar, "
        "never changes.",
        owner="Drawbar",
        source="delinquency history, repossessions",
        length=40,
    ),
]
CaseRecordType = Annotated[
    str,
    Lookup(
        api_name="RecordTypeId",
        label="Record Type",
        help="Delinquency or Repossession.",
        owner="Drawbar",
        to="RecordType",
        required=True,
    ),
]
CaseLessee = Annotated[
    str,
    Lookup(
        api_name="AccountId",
        label="Account Name",
        help="The lessee.",
        owner="Drawbar",
        source="accounts.lessee_number",
        to="Account",
    ),
]
CaseLeaseAccount = Annotated[
    str,
    Lookup(
        api_name="Lease_Account__c",
        help="The lease account that is delinquent, or whose vehicle is repossessed.",
        owner="Drawbar",
        source="accounts.account_number",
        to="Lease_Account__c",
        children="Cases",
    ),
]
CaseSubject = Annotated[
    str,
    Text(
        api_name="Subject",
        help="The account and which spell of delinquency this is, or the vehicle and which repossession.",
        owner="Drawbar",
        source="delinquency history, repossessions",
        length=255,
    ),
]
CaseStatusField = Annotated[
    str,
    Picklist(
        api_name="Status",
        help="Drawbar sets New when the case opens or opens again, Working when a repossession is decided, and Closed "
        "at its end. Between these it is yours.",
        owner="Drawbar",
        source="delinquency history, repossessions",
        required=True,
        sending="on change",
        values=STATUSES,
        restricted=False,
    ),
]
CaseOrigin = Annotated[
    str,
    Picklist(
        api_name="Origin",
        label="Case Origin",
        help="Where the case came from.",
        owner="Drawbar",
        values=ORIGINS,
        restricted=False,
    ),
]
CloseReason = Annotated[
    str | None,
    Text(
        api_name="Close_Reason__c",
        help="Why Drawbar closed the case.",
        owner="Drawbar",
        source="delinquency history, repossessions",
        length=255,
    ),
]
CaseDaysPastDue = Annotated[
    int,
    Number(
        api_name="Days_Past_Due__c",
        help="Days past due of the account; on a closed case, those of its last open day.",
        unit="days",
        owner="Drawbar",
        source="assessment of the account",
        precision=5,
    ),
]
CasePastDue = Annotated[
    Decimal,
    Currency(
        api_name="Past_Due_Amount__c",
        help="The past-due amount of the account; on a closed case, that of its last open day.",
        owner="Drawbar",
        source="accounts.past_due_amount",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord(Provenance):
    """A delinquency case, open or closed: what does not depend on how late the account is today."""

    sobject: ClassVar[SObject] = CASE

    case_key: CaseKey
    record_type: CaseRecordType
    account: CaseLessee
    lease_account: CaseLeaseAccount
    subject: CaseSubject
    status: CaseStatusField
    origin: CaseOrigin
    opened_date: Annotated[
        date,
        Date(
            api_name="Delinquency_Opened__c",
            help="The day on which the account became delinquent enough for a case.",
            owner="Drawbar",
            source="delinquency history",
        ),
    ]
    closed_date: Annotated[
        date | None,
        Date(
            api_name="Delinquency_Closed__c",
            help="The day on which the account was cured or left the book. Empty while the case is open.",
            owner="Drawbar",
            source="delinquency history",
            tracked=True,
        ),
    ]
    close_reason: CloseReason
    reopened_date: Annotated[
        date | None,
        Date(
            api_name="Delinquency_Reopened__c",
            help="The day on which the case was last opened again because the account fell behind soon after its cure.",
            owner="Drawbar",
            source="delinquency history",
            tracked=True,
        ),
    ]
    times_reopened: Annotated[
        int,
        Number(
            api_name="Times_Reopened__c",
            help="How often the case was opened again.",
            unit="times",
            owner="Drawbar",
            source="delinquency history",
            precision=4,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCaseRecord(CaseRecord):
    """An open case, with how late the account is; a closed one keeps the figures of its last open day."""

    priority: Annotated[
        str,
        Picklist(
            api_name="Priority",
            help="High from 61 days past due, Medium from 31. A change of yours stays until the level changes.",
            owner="Drawbar",
            source="assessment of the account",
            sending="on change",
            values=PRIORITIES,
            restricted=False,
        ),
    ]
    days_past_due: CaseDaysPastDue
    delinquency_bucket: Annotated[
        str,
        Picklist(
            api_name="Delinquency_Bucket__c",
            help="The band of days that the days past due lie in; on a closed case, that of its last open day.",
            unit="days",
            owner="Drawbar",
            source="assessment of the account",
            tracked=True,
            values=BUCKETS,
        ),
    ]
    past_due_amount: CasePastDue
