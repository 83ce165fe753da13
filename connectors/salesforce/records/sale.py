"""Sale__c: the sale of a repossessed vehicle, entered by a rep (P20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Checkbox,
    Currency,
    Date,
    DateTime,
    ExternalId,
    Lookup,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

SALE = SObject(
    api_name="Sale__c",
    label="Sale",
    plural="Sales",
    description="The sale of a repossessed vehicle: entered by a rep, checked, invoiced and posted by Drawbar.",
    key="Sale_Key__c",
    locks="Vehicle__r",
    sharing="ReadWrite",
    history=True,
    activities=True,
    logged=True,
    editors=("supervisor", "asset manager"),
    auto_number=AutoNumber(label="Sale Number", display_format="SALE-{000000}"),
    tab_icon="Custom41: Cash",
)

SaleKey = Annotated[
    str,
    ExternalId(
        api_name="Sale_Key__c",
        label="Sale Key",
        help="The number of the invoice. Leave it empty: Drawbar fills it in.",
        owner="Drawbar",
        source="sale",
        length=21,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCare:
    """What a rep enters; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = SALE

    key: SaleKey
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle that is sold.",
            owner="Salesforce",
            to="Vehicle__c",
            children="Sales",
        ),
    ]
    buyer: Annotated[
        str | None,
        Text(
            api_name="Buyer__c",
            help="Who buys, as QuickBooks names the customer; Drawbar makes a customer that is not there yet.",
            owner="Salesforce",
            length=100,
        ),
    ]
    channel: Annotated[
        str | None,
        Picklist(
            api_name="Channel__c",
            help="How the vehicle is sold.",
            owner="Salesforce",
            values=("Auction", "Dealer", "Private", "Online"),
        ),
    ]
    price: Annotated[
        Decimal | None,
        Currency(api_name="Price__c", help="What the buyer pays for the vehicle.", owner="Salesforce", tracked=True),
    ]
    fee: Annotated[
        Decimal | None,
        Currency(
            api_name="Fee__c",
            help="What the buyer pays beside the price, for documents.",
            owner="Salesforce",
        ),
    ]
    sold_on: Annotated[
        date | None,
        Date(api_name="Sale_Date__c", help="The day of the sale; the invoice has this date.", owner="Salesforce"),
    ]
    submitted: Annotated[
        bool,
        Checkbox(
            api_name="Submitted__c",
            help="Tick it when everything is entered: Drawbar checks the sale and makes it count.",
            owner="Salesforce",
            tracked=True,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleVerdict:
    """What became of a sale that was submitted."""

    sobject: ClassVar[SObject] = SALE

    key: SaleKey
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Accepted means that the vehicle is sold, invoiced and posted. A submitted sale that stays Draft has "
            "a Sync Error that says why.",
            owner="Drawbar",
            source="sale",
            tracked=True,
            values=("Draft", "Accepted"),
            default="Draft",
        ),
    ]
    remarketing: Annotated[
        str | None,
        Lookup(
            api_name="Remarketing__c",
            help="The request to the auction by which the vehicle was sold. Empty for a sale by another way.",
            owner="Drawbar",
            source="remarketing",
            to="Remarketing__c",
            children="Sales",
        ),
    ]
    accepted_at: Annotated[
        datetime | None,
        DateTime(api_name="Accepted_At__c", help="When the sale was accepted.", owner="Drawbar", source="sale"),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOrigin(Provenance):
    """Where a sale comes from: a person made it in Salesforce."""

    sobject: ClassVar[SObject] = SALE

    key: SaleKey
