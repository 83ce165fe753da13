"""Account_Review__c: what the sales of an account's vehicles leave, and how it was signed off (P23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import Currency, DateTime, ExternalId, LongText, Lookup, Picklist, Text
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

REVIEW_ENDS = ("Write Off", "Collect", "Pay Surplus", "Close")

ACCOUNT_REVIEW = SObject(
    api_name="Account_Review__c",
    label="Account Review",
    plural="Account Reviews",
    description="The final review of an account whose vehicles were sold: costs, proceeds, deficiency or surplus.",
    key="Review_Key__c",
    locks="Lease_Account__r",
    sharing="ReadWrite",
    history=True,
    editors=("supervisor", "accounting"),
    tab_icon="Custom62: Chalkboard",
)

ReviewKey = Annotated[
    str,
    ExternalId(
        api_name="Review_Key__c",
        label="Review Key",
        help="The number of the lease account.",
        owner="Drawbar",
        source="review of the account",
        length=20,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReviewRecord(Provenance):
    """The computation as it stands; it does not change any more once it is signed off."""

    sobject: ClassVar[SObject] = ACCOUNT_REVIEW

    key: ReviewKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Account Number",
            help="The number of the lease account.",
            owner="Drawbar",
            source="review of the account",
            length=80,
            required=True,
        ),
    ]
    lease_account: Annotated[
        str,
        Lookup(
            api_name="Lease_Account__c",
            help="The lease account.",
            owner="Drawbar",
            source="review of the account",
            to="Lease_Account__c",
            children="Account_Reviews",
        ),
    ]
    proceeds: Annotated[
        Decimal,
        Currency(
            api_name="Proceeds__c",
            help="What the account's vehicles were sold for.",
            owner="Drawbar",
            source="review of the account",
        ),
    ]
    expenses: Annotated[
        Decimal,
        Currency(
            api_name="Expenses__c",
            help="Approved work orders: retaking, holding, preparing and selling.",
            owner="Drawbar",
            source="review of the account",
        ),
    ]
    debt: Annotated[
        Decimal,
        Currency(
            api_name="Debt__c",
            help="The payoff before the first sale, less refunds.",
            owner="Drawbar",
            source="review of the account",
        ),
    ]
    deficiency: Annotated[
        Decimal,
        Currency(
            api_name="Deficiency__c",
            help="What the debtor still owes.",
            owner="Drawbar",
            source="review of the account",
            tracked=True,
        ),
    ]
    surplus: Annotated[
        Decimal,
        Currency(
            api_name="Surplus__c",
            help="What the debtor gets.",
            owner="Drawbar",
            source="review of the account",
            tracked=True,
        ),
    ]
    computation: Annotated[
        str,
        LongText(
            api_name="Computation__c",
            help="The whole computation, in the order of the law.",
            owner="Drawbar",
            source="review of the account",
            length=16_000,
            visible_lines=20,
        ),
    ]
    open_orders: Annotated[
        str | None,
        Text(
            api_name="Open_Work_Orders__c",
            help="Work orders that have to be decided before the review can be signed off.",
            owner="Drawbar",
            source="review of the account",
            length=255,
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Whether the review was signed off.",
            owner="Drawbar",
            source="review of the account",
            tracked=True,
            values=("Waiting", "Signed Off"),
        ),
    ]
    signed_by: Annotated[
        str | None,
        Text(
            api_name="Signed_By__c",
            help="User name of who signed the review off.",
            owner="Drawbar",
            source="review of the account",
            length=80,
        ),
    ]
    signed_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Signed_At__c",
            help="When the review was signed off.",
            owner="Drawbar",
            source="review of the account",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReviewCare:
    """What people enter for a review, and how they end it; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = ACCOUNT_REVIEW

    key: ReviewKey
    attorney_fees: Annotated[
        Decimal | None,
        Currency(
            api_name="Attorney_Fees__c",
            help="Attorney's fees and legal expenses, as far as the lease provides for them.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    junior_liens: Annotated[
        Decimal | None,
        Currency(
            api_name="Junior_Liens__c",
            help="What holders of subordinate liens have demanded in time.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    refunds: Annotated[
        Decimal | None,
        Currency(
            api_name="Refunds__c",
            help="Premiums and the like that came back; they lower the debt.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    decision: Annotated[
        str | None,
        Picklist(
            api_name="Decision__c",
            help="Signs the review off. Only people with the permission set Drawbar Approver can.",
            owner="Salesforce",
            approval=True,
            tracked=True,
            values=REVIEW_ENDS,
        ),
    ]
