"""Auction_Invoice_Line__c: what one vehicle of an auction's invoice brought, or one service on it cost (R16, R18)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Checkbox,
    Currency,
    ExternalId,
    LongText,
    Lookup,
    MasterDetail,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

AUCTION_INVOICE_LINE = SObject(
    api_name="Auction_Invoice_Line__c",
    label="Auction Invoice Line",
    plural="Auction Invoice Lines",
    description="Proceeds of one vehicle in an auction's invoice, or one detail of its vendor fees.",
    key="Line_Key__c",
    locks="Auction_Invoice__r",
    sharing="ControlledByParent",
    audience=("supervisor", "asset manager", "accounting"),
    editors=("asset manager", "accounting"),
    auto_number=AutoNumber(label="Line Number", display_format="AIL-{000000}"),
    tab_icon="Custom17: Sack",
)

AuctionInvoiceLineKey = Annotated[
    str,
    ExternalId(
        api_name="Line_Key__c",
        label="Line Key",
        help="The invoice's number, and the place of the line in it.",
        owner="Drawbar",
        source="auction invoice",
        length=30,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionInvoiceLine(Provenance):
    """A line with what the rules said of it, and what became of its transaction."""

    sobject: ClassVar[SObject] = AUCTION_INVOICE_LINE

    key: AuctionInvoiceLineKey
    invoice: Annotated[
        str,
        MasterDetail(
            api_name="Auction_Invoice__c",
            help="The invoice that the line belongs to.",
            owner="Drawbar",
            source="auction invoice",
            to="Auction_Invoice__c",
            children="Lines",
        ),
    ]
    part: Annotated[
        str,
        Picklist(
            api_name="Part__c",
            help="Proceeds: what a vehicle brought. Vendor Fee: what the auction asks for a service on it.",
            owner="Drawbar",
            source="auction invoice",
            values=("Proceeds", "Vendor Fee"),
        ),
    ]
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle.",
            owner="Drawbar",
            source="auction invoice",
            to="Vehicle__c",
            children="Auction_Invoice_Lines",
        ),
    ]
    remarketing: Annotated[
        str | None,
        Lookup(
            api_name="Remarketing__c",
            help="The remarketing request of the work order.",
            owner="Drawbar",
            source="auction invoice",
            to="Remarketing__c",
            children="Auction_Invoice_Lines",
        ),
    ]
    work_order: Annotated[
        str,
        Text(
            api_name="Work_Order__c",
            help="Number of the RE SALE work order.",
            owner="Drawbar",
            source="auction invoice",
            length=80,
        ),
    ]
    service: Annotated[
        str | None,
        Text(
            api_name="Service__c",
            help="The service that the auction asks for.",
            owner="Drawbar",
            source="auction invoice",
            length=80,
        ),
    ]
    buyer: Annotated[
        str | None,
        Text(
            api_name="Buyer__c",
            help="Who bought the vehicle, as far as the auction says so.",
            owner="Drawbar",
            source="auction invoice",
            length=100,
        ),
    ]
    gross: Annotated[
        Decimal | None,
        Currency(
            api_name="Gross__c",
            help="What the vehicle was sold for.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    net: Annotated[
        Decimal | None,
        Currency(
            api_name="Net__c",
            help="What the auction paid out of it.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    estimate: Annotated[
        Decimal | None,
        Currency(
            api_name="Estimate__c",
            help="What the service was expected to cost.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Amount__c",
            help="What the auction asks for the service.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    collectible: Annotated[
        bool,
        Checkbox(
            api_name="Collectible__c",
            help="The lessee owes it: it is posted as an expense of the account. Else account for it by hand.",
            owner="Drawbar",
            source="auction invoice",
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="What the rules said of this line.",
            owner="Drawbar",
            source="auction invoice",
            values=("FOR APPROVAL", "APPROVED", "REJECTED"),
        ),
    ]
    reason: Annotated[
        str | None,
        LongText(
            api_name="Reason__c",
            help="Why they said so.",
            owner="Drawbar",
            source="auction invoice",
            length=4000,
        ),
    ]
    posting: Annotated[
        str | None,
        Picklist(
            api_name="Transaction_Status__c",
            help="QUEUED travels to the books, POSTED stands there, FAILED can be posted again.",
            owner="Drawbar",
            source="auction invoice",
            values=("QUEUED", "POSTED", "FAILED"),
        ),
    ]
    error: Annotated[
        str | None,
        LongText(
            api_name="Transaction_Error__c",
            help="Why the transaction failed.",
            owner="Drawbar",
            source="auction invoice",
            length=4000,
        ),
    ]
