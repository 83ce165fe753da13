"""Lease_Account__c: one boarded lease account, with what LeaseWorks says of it and what Drawbar concludes."""

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
    Lookup,
    Number,
    Percent,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Departure, LastSynced, SnapshotProvenance
from drawbar.connectors.salesforce.records.sobject import SObject

BUCKETS = ("Current", "1-30", "31-60", "61-90", "91-120", "121+")

LEASE_ACCOUNT = SObject(
    api_name="Lease_Account__c",
    label="Lease Account",
    plural="Lease Accounts",
    description="One boarded lease account of a lessee: what is due, what is past due, and how promises were kept.",
    key="LeaseWorks_Id__c",
    locks="Lessee__r",
    history=True,
    activities=True,
    tab_icon="Custom18: Form",
    formulas=(
        Formula(
            api_name="Is_Past_Due__c",
            help="Ticked while the account has days past due, grace days included; a delinquent one has an open Case.",
            result="Checkbox",
            formula="Days_Past_Due__c > 0",
        ),
    ),
)

LeaseAccountKey = Annotated[
    str,
    ExternalId(
        api_name="LeaseWorks_Id__c",
        label="LeaseWorks ID",
        help="The account's number in LeaseWorks.",
        source="accounts.account_number",
        length=20,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAccount(SnapshotProvenance):
    """The account as LeaseWorks shows it (P01)."""

    sobject: ClassVar[SObject] = LEASE_ACCOUNT

    leaseworks_id: LeaseAccountKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Account Number",
            help="The account's number in LeaseWorks.",
            source="accounts.account_number",
            length=80,
            required=True,
        ),
    ]
    lessee: Annotated[
        str,
        Lookup(
            api_name="Lessee__c",
            help="The customer who leases.",
            source="accounts.lessee_number",
            to="Account",
            children="Lease_Accounts",
            on_delete="Restrict",
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Where the account stands at LeaseWorks. Only active accounts are collected.",
            source="accounts.status",
            tracked=True,
            values=("Active", "Paid Off", "Repossessed", "Charged Off", "Terminated"),
        ),
    ]
    portfolio: Annotated[
        str,
        Text(
            api_name="Portfolio__c",
            help="The portfolio that the account belongs to.",
            source="accounts.portfolio",
            length=20,
        ),
    ]
    company: Annotated[
        str | None,
        Text(
            api_name="Company__c",
            help="The lessor's company that owns the account.",
            source="accounts.company",
            length=20,
        ),
    ]
    region: Annotated[
        str | None,
        Text(api_name="Region__c", help="The account's region.", source="accounts.region", length=20),
    ]
    office: Annotated[
        str | None,
        Text(
            api_name="Office__c",
            help="The office that looks after the account.",
            source="accounts.office",
            length=20,
        ),
    ]
    collector: Annotated[
        str | None,
        Text(
            api_name="Collector__c",
            label="LeaseWorks Collector",
            help="The collector that LeaseWorks has assigned.",
            source="accounts.collector",
            tracked=True,
            length=20,
        ),
    ]
    boarded_date: Annotated[
        date,
        Date(
            api_name="Boarded_Date__c",
            help="The day on which the account was boarded into LeaseWorks.",
            source="accounts.boarded_on",
        ),
    ]
    maturity_date: Annotated[
        date | None,
        Date(
            api_name="Maturity_Date__c",
            help="The day on which the lease ends by its terms.",
            source="accounts.maturity_date",
        ),
    ]
    term_months: Annotated[
        int,
        Number(
            api_name="Term_Months__c",
            label="Term (Months)",
            help="How many months the lease runs.",
            unit="months",
            source="accounts.term_months",
            precision=3,
        ),
    ]
    payment_amount: Annotated[
        Decimal,
        Currency(
            api_name="Payment_Amount__c",
            help="The regular payment.",
            source="accounts.payment_amount",
        ),
    ]
    next_due_date: Annotated[
        date | None,
        Date(
            api_name="Next_Due_Date__c",
            help="The day on which the next payment is due.",
            source="accounts.next_due_date",
            tracked=True,
        ),
    ]
    past_due_since: Annotated[
        date | None,
        Date(
            api_name="Past_Due_Since__c",
            help="The due date of the oldest unpaid invoice. Empty when the account is current.",
            source="accounts.past_due_since",
            tracked=True,
        ),
    ]
    missed_payments: Annotated[
        int,
        Number(
            api_name="Missed_Payments__c",
            help="How many payments are past due.",
            unit="payments",
            source="accounts.missed_payments",
            precision=3,
        ),
    ]
    past_due_amount: Annotated[
        Decimal,
        Currency(
            api_name="Past_Due_Amount__c",
            help="The unpaid part of all past-due invoices, without late fees.",
            source="accounts.past_due_amount",
            tracked=True,
        ),
    ]
    late_fees: Annotated[
        Decimal,
        Currency(
            api_name="Late_Fees__c",
            help="Late fees charged and not yet paid.",
            source="accounts.late_fees",
        ),
    ]
    net_outstanding: Annotated[
        Decimal,
        Currency(
            api_name="Net_Outstanding__c",
            label="Balance (Net Outstanding)",
            help="What the lessee still owes, without unearned income.",
            source="accounts.net_outstanding",
        ),
    ]
    gross_outstanding: Annotated[
        Decimal,
        Currency(
            api_name="Gross_Outstanding__c",
            help="All that the lessee still owes, with unearned income.",
            source="accounts.gross_outstanding",
        ),
    ]
    gross_receivable: Annotated[
        Decimal,
        Currency(
            api_name="Gross_Receivable__c",
            help="All payments still receivable under the lease.",
            source="accounts.gross_receivable",
        ),
    ]
    payoff_amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Payoff_Amount__c",
            help="What it takes to pay the account off, as last quoted by LeaseWorks. Empty when it quotes none.",
            source="accounts.payoff_amount",
        ),
    ]
    payments_made: Annotated[
        int,
        Number(
            api_name="Payments_Made__c",
            help="How many payments the lessee has made so far.",
            unit="payments",
            source="accounts.payments_made",
            precision=3,
        ),
    ]
    last_payment_date: Annotated[
        date | None,
        Date(
            api_name="Last_Payment_Date__c",
            help="The day of the last payment.",
            source="accounts.last_payment_on",
        ),
    ]
    last_payment_amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Last_Payment_Amount__c",
            help="The amount of the last payment.",
            source="accounts.last_payment_amount",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAccountCollections:
    """What Drawbar concludes about the account: how late it is, and how it keeps its word (P01, P05)."""

    sobject: ClassVar[SObject] = LEASE_ACCOUNT

    leaseworks_id: LeaseAccountKey
    days_past_due: Annotated[
        int,
        Number(
            api_name="Days_Past_Due__c",
            help="Days since the oldest unpaid due date, counted as the portfolio's settings say; 0 when current.",
            unit="days",
            owner="Drawbar",
            source="assessment of the account",
            precision=5,
            default=0,
        ),
    ]
    delinquency_bucket: Annotated[
        str,
        Picklist(
            api_name="Delinquency_Bucket__c",
            help="The band of days that the days past due lie in.",
            unit="days",
            owner="Drawbar",
            source="assessment of the account",
            tracked=True,
            values=BUCKETS,
            default=BUCKETS[0],
        ),
    ]
    promises_kept: Annotated[
        int,
        Number(
            api_name="Promises_Kept__c",
            help="How many promises to pay were kept.",
            unit="promises",
            owner="Drawbar",
            source="promise history",
            precision=5,
            default=0,
        ),
    ]
    promises_broken: Annotated[
        int,
        Number(
            api_name="Promises_Broken__c",
            help="How many promises to pay were broken.",
            unit="promises",
            owner="Drawbar",
            source="promise history",
            precision=5,
            default=0,
        ),
    ]
    promise_kept_rate: Annotated[
        Decimal | None,
        Percent(
            api_name="Promise_Kept_Rate__c",
            help="Kept promises among those kept, partly kept or broken. Empty before the first of them.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    last_broken_promise: Annotated[
        date | None,
        Date(
            api_name="Last_Broken_Promise__c",
            help="The day on which a promise was last found broken.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    open_promise_date: Annotated[
        date | None,
        Date(
            api_name="Open_Promise_Date__c",
            help="The day by which the lessee has promised to pay. Empty when no promise is open.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    open_promise_amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Open_Promise_Amount__c",
            help="The amount that the lessee has promised. Empty when no promise is open.",
            owner="Drawbar",
            source="promise history",
        ),
    ]
    assessed_on: Annotated[
        date,
        Date(
            api_name="Assessed_Date__c",
            help="The day for which days past due, bucket and promises were last written.",
            owner="Drawbar",
            source="assessment of the account",
            bookkeeping=True,
        ),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAccountDeparture(Departure):
    """What is written once the record is missing from LeaseWorks."""

    sobject: ClassVar[SObject] = LEASE_ACCOUNT

    leaseworks_id: LeaseAccountKey
