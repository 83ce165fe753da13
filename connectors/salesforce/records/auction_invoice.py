"""Auction_Invoice__c: what an auction paid for repossessed vehicles, and what it kept for its work (R16 to R21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    Checkbox,
    Currency,
    Date,
    DateTime,
    ExternalId,
    LongText,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

INVOICE_STATUSES = ("FOR APPROVAL", "APPROVED", "REJECTED", "IN PROCESS")

AUCTION_INVOICE = SObject(
    api_name="Auction_Invoice__c",
    label="Auction Invoice",
    plural="Auction Invoices",
    description="What an auction paid for repossessed vehicles, and what it kept for its work; judged, then posted.",
    key="Invoice_Key__c",
    sharing="ReadWrite",
    history=True,
    activities=True,
    audience=("supervisor", "asset manager", "accounting"),
    editors=("asset manager", "accounting"),
    tab_icon="Custom17: Sack",
)

AuctionInvoiceKey = Annotated[
    str,
    ExternalId(
        api_name="Invoice_Key__c",
        label="Invoice Key",
        help="The hub's number for the invoice: drawbar auctions invoices show takes it.",
        owner="Drawbar",
        source="auction invoice",
        length=21,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionInvoiceRecord(Provenance):
    """An invoice with what the rules said of it, and what became of its transactions."""

    sobject: ClassVar[SObject] = AUCTION_INVOICE

    key: AuctionInvoiceKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="External Reference",
            help="The auction's own number for the invoice. It never stands for another one.",
            owner="Drawbar",
            source="auction invoice",
            length=80,
            required=True,
        ),
    ]
    vendor: Annotated[
        str,
        Text(
            api_name="Vendor__c",
            help="The auction that sent the invoice.",
            owner="Drawbar",
            source="auction invoice",
            length=100,
        ),
    ]
    kind: Annotated[
        str,
        Picklist(
            api_name="Type__c",
            help="PAYMENT RECEIVED: the auction has paid. A PAYABLE invoice is rejected.",
            owner="Drawbar",
            source="auction invoice",
            values=("PAYABLE", "PAYMENT RECEIVED"),
        ),
    ]
    auction: Annotated[
        str,
        Text(
            api_name="Auction__c",
            help="Number or name of the auction.",
            owner="Drawbar",
            source="auction invoice",
            length=80,
        ),
    ]
    auctioned_on: Annotated[
        date,
        Date(
            api_name="Auction_Date__c",
            help="The day of the auction.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    funds_received_on: Annotated[
        date | None,
        Date(
            api_name="Funds_Received_Date__c",
            help="The day on which the auction's payment came. Sales are posted with it.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    total_gross: Annotated[
        Decimal,
        Currency(
            api_name="Total_Gross__c",
            help="What the vehicles were sold for.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    total_net: Annotated[
        Decimal,
        Currency(
            api_name="Total_Net__c",
            help="What the auction paid out of it.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    total_expense: Annotated[
        Decimal,
        Currency(
            api_name="Total_Expense__c",
            help="What the auction asks for its work, as the details add up.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    actual_net: Annotated[
        Decimal,
        Currency(
            api_name="Actual_Net__c",
            help="Total gross less total expense.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="FOR APPROVAL waits for a person, APPROVED may be posted, IN PROCESS has a transaction that failed.",
            owner="Drawbar",
            source="auction invoice",
            tracked=True,
            values=INVOICE_STATUSES,
        ),
    ]
    rulings: Annotated[
        str,
        LongText(
            api_name="Rulings__c",
            help="What each rule decided, in their order, and why.",
            owner="Drawbar",
            source="auction invoice",
            length=32000,
            visible_lines=15,
        ),
    ]
    transactions: Annotated[
        str | None,
        LongText(
            api_name="Transactions__c",
            help="What became of each transaction that was posted.",
            owner="Drawbar",
            source="auction invoice",
            length=16000,
            visible_lines=8,
        ),
    ]
    by_hand: Annotated[
        str | None,
        LongText(
            api_name="Manual_Accounting__c",
            help="Details that are not collectible: account for them by hand.",
            owner="Drawbar",
            source="auction invoice",
            length=16000,
            visible_lines=5,
        ),
    ]
    received_at: Annotated[
        datetime,
        DateTime(
            api_name="Received_At__c",
            help="When the invoice came.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    received_from: Annotated[
        str,
        Text(
            api_name="Received_From__c",
            help="Who handed it in: the auction's key, or a user.",
            owner="Drawbar",
            source="auction invoice",
            length=80,
        ),
    ]
    decided_by: Annotated[
        str | None,
        Text(
            api_name="Decided_By__c",
            help="User name of who accepted or rejected the invoice. Empty while the rules alone did.",
            owner="Drawbar",
            source="auction invoice",
            length=80,
        ),
    ]
    decided_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Decided_At__c",
            help="When a person accepted or rejected it.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    posted_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Posted_At__c",
            help="Since when all of its transactions stand in the books.",
            owner="Drawbar",
            source="auction invoice",
            tracked=True,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionInvoiceCare:
    """What people with the right decide in Salesforce; Drawbar reads it."""

    sobject: ClassVar[SObject] = AUCTION_INVOICE

    key: AuctionInvoiceKey
    decision: Annotated[
        str | None,
        Picklist(
            api_name="Decision__c",
            help="Accept or reject an invoice that is FOR APPROVAL. It counts once Confirmed is ticked.",
            owner="Salesforce",
            approval=True,
            tracked=True,
            values=("Accept", "Reject"),
        ),
    ]
    reason: Annotated[
        str | None,
        Text(
            api_name="Decision_Reason__c",
            help="Why the invoice is accepted or rejected. A rejection needs a reason.",
            owner="Salesforce",
            approval=True,
            tracked=True,
            length=255,
        ),
    ]
    confirmed: Annotated[
        bool,
        Checkbox(
            api_name="Decision_Confirmed__c",
            label="Confirmed",
            help="Yes, this decision is meant.",
            owner="Salesforce",
            approval=True,
            tracked=True,
        ),
    ]
    post_asked: Annotated[
        datetime | None,
        DateTime(
            api_name="Post_Asked__c",
            label="Posting Asked",
            help="When somebody last asked for the transactions to be posted. What stands already is not posted again.",
            owner="Salesforce",
            approval=True,
            tracked=True,
        ),
    ]
