"""Payment__c: money received on a lease account."""

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
    MasterDetail,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

PAYMENT = SObject(
    api_name="Payment__c",
    label="Payment",
    plural="Payments",
    description="Money received on a lease account; a payment that bounced keeps its row and gets a reversal date.",
    key="LeaseWorks_Id__c",
    locks="Lease_Account__r",
    sharing="ControlledByParent",
    history=True,
    tab_icon="Custom17: Sack",
    formulas=(
        Formula(
            api_name="Is_Reversed__c",
            help="Ticked when the payment was taken back, for instance because a check bounced.",
            result="Checkbox",
            formula="NOT(ISBLANK(Reversed_Date__c))",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Provenance):
    """A payment as LeaseWorks posted it."""

    sobject: ClassVar[SObject] = PAYMENT

    leaseworks_id: Annotated[
        str,
        ExternalId(
            api_name="LeaseWorks_Id__c",
            label="LeaseWorks ID",
            help="The payment's number in LeaseWorks.",
            source="payments.payment_number",
            length=30,
        ),
    ]
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Payment Number",
            help="The payment's number in LeaseWorks.",
            source="payments.payment_number",
            length=80,
            required=True,
        ),
    ]
    lease_account: Annotated[
        str,
        MasterDetail(
            api_name="Lease_Account__c",
            help="The lease account that the money came in on.",
            source="payments.account_number",
            to="Lease_Account__c",
            children="Payments",
        ),
    ]
    amount: Annotated[
        Decimal,
        Currency(api_name="Amount__c", help="How much was paid.", source="payments.amount", required=True),
    ]
    effective_date: Annotated[
        date,
        Date(
            api_name="Effective_Date__c",
            help="The day that the money counts from; it may lie before the day of posting.",
            source="payments.effective_on",
            required=True,
        ),
    ]
    posted_date: Annotated[
        date,
        Date(
            api_name="Posted_Date__c",
            help="The day on which LeaseWorks booked the payment.",
            source="payments.posted_on",
        ),
    ]
    method: Annotated[
        str,
        Picklist(
            api_name="Method__c",
            label="Payment Method",
            help="How the money came in.",
            source="payments.method",
            values=("ACH", "Check", "Card", "Wire", "Cash", "Lockbox"),
        ),
    ]
    reference: Annotated[
        str | None,
        Text(
            api_name="Reference__c",
            help="Check number, trace number or other reference of the payer.",
            source="payments.reference",
            length=60,
        ),
    ]
    reversed_date: Annotated[
        date | None,
        Date(
            api_name="Reversed_Date__c",
            help="The day on which the payment was taken back. Empty when it stands.",
            source="payments.reversed_on",
            tracked=True,
        ),
    ]
    reversal_reason: Annotated[
        str | None,
        Text(
            api_name="Reversal_Reason__c",
            help="Why the payment was taken back.",
            source="payments.reversal_reason",
            length=60,
        ),
    ]
