"""Promise_To_Pay__c: every promise that was ever seen, and how it ended (P05, P26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    Currency,
    Date,
    ExternalId,
    Formula,
    LongText,
    MasterDetail,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.collection_note import CHANNELS
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

PROMISE_TO_PAY = SObject(
    api_name="Promise_To_Pay__c",
    label="Promise to Pay",
    plural="Promises to Pay",
    description="A promise to pay and its outcome. LeaseWorks keeps only the current one; here all of them stay.",
    key="Promise_Key__c",
    locks="Lease_Account__r",
    sharing="ControlledByParent",
    history=True,
    tab_icon="Custom14: Hands",
    formulas=(
        Formula(
            api_name="Is_Open__c",
            help="Ticked while the promise has not been decided.",
            result="Checkbox",
            formula='ISPICKVAL(Status__c, "Open")',
        ),
    ),
    logged=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseToPay(Provenance):
    """One promise of an account's history with its present verdict."""

    sobject: ClassVar[SObject] = PROMISE_TO_PAY

    promise_key: Annotated[
        str,
        ExternalId(
            api_name="Promise_Key__c",
            help="Account number and number of the promise on that account; given by Drawbar, never changes.",
            owner="Drawbar",
            source="promise history",
            length=40,
        ),
    ]
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Promise",
            help="Account number and number of the promise on that account.",
            owner="Drawbar",
            source="promise history",
            length=80,
            required=True,
        ),
    ]
    lease_account: Annotated[
        str,
        MasterDetail(
            api_name="Lease_Account__c",
            help="The lease account that the promise was made for.",
            owner="Drawbar",
            source="promises.account_number",
            entered=True,
            to="Lease_Account__c",
            children="Promises_To_Pay",
        ),
    ]
    sequence: Annotated[
        int,
        Number(
            api_name="Sequence__c",
            help="Number of the promise among those of the account, the oldest being 1.",
            unit="promises",
            owner="Drawbar",
            source="promise history",
            precision=6,
        ),
    ]
    promised_date: Annotated[
        date,
        Date(
            api_name="Promised_Date__c",
            help="The day by which the lessee promised to pay.",
            owner="Drawbar",
            source="promises.promised_for",
            entered=True,
            required=True,
        ),
    ]
    amount: Annotated[
        Decimal,
        Currency(
            api_name="Amount__c",
            label="Promised Amount",
            help="The amount that the lessee promised.",
            owner="Drawbar",
            source="promises.amount",
            entered=True,
            required=True,
        ),
    ]
    taken_date: Annotated[
        date,
        Date(
            api_name="Taken_Date__c",
            entered=True,
            help="The day on which the promise was given.",
            owner="Drawbar",
            source="promises.taken_on",
        ),
    ]
    taken_by: Annotated[
        str | None,
        Text(
            api_name="Taken_By__c",
            entered=True,
            help="Who took the promise.",
            owner="Drawbar",
            source="promises.taken_by",
            length=60,
        ),
    ]
    channel: Annotated[
        str,
        Picklist(
            api_name="Channel__c",
            entered=True,
            help="How the promise was given.",
            owner="Drawbar",
            source="promises.channel",
            values=CHANNELS,
        ),
    ]
    first_seen_date: Annotated[
        date,
        Date(
            api_name="First_Seen_Date__c",
            help="The day on which Drawbar first saw the promise.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            label="Outcome",
            help="How the promise stands or ended, decided from the payments received.",
            owner="Drawbar",
            source="promise history",
            tracked=True,
            values=("Open", "Kept", "Partly Kept", "Broken", "Superseded", "Cancelled"),
            default="Open",
        ),
    ]
    decided_date: Annotated[
        date | None,
        Date(
            api_name="Decided_Date__c",
            help="The day on which the outcome was decided. Empty while the promise is open.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    paid_amount: Annotated[
        Decimal,
        Currency(
            api_name="Paid_Amount__c",
            help="What was paid and counts towards the promise.",
            owner="Drawbar",
            source="promise history",
            tracked=True,
        ),
    ]
    last_paid_date: Annotated[
        date | None,
        Date(
            api_name="Last_Paid_Date__c",
            help="The day of the last payment that counts towards the promise.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    reason: Annotated[
        str | None,
        LongText(
            api_name="Reason__c",
            label="Reason for Outcome",
            help="Why the promise has this outcome.",
            owner="Drawbar",
            source="promise history",
            length=2_000,
            visible_lines=3,
        ),
    ]
    verdict_changes: Annotated[
        int,
        Number(
            api_name="Verdict_Changes__c",
            label="Changes of Outcome",
            help="How often the outcome has changed since it was first decided, because of late or reversed payments.",
            unit="changes",
            owner="Drawbar",
            source="promise history",
            precision=4,
        ),
    ]
