"""Refund__c: something that is paid back to a lessee after his vehicle was sold; recorded alone (R15)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Checkbox,
    Currency,
    ExternalId,
    Lookup,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

REFUND = SObject(
    api_name="Refund__c",
    label="Refund",
    plural="Refunds",
    description="Paid back to a lessee after the vehicle was sold, such as a warranty; recorded here, settled by hand.",
    key="Refund_Key__c",
    locks="Vehicle__r",
    sharing="ReadWrite",
    history=True,
    logged=True,
    audience=("supervisor", "asset manager", "accounting"),
    editors=("asset manager", "accounting"),
    auto_number=AutoNumber(label="Refund Number", display_format="REF-{000000}"),
    tab_icon="Custom41: Cash",
)

RefundKey = Annotated[
    str,
    ExternalId(
        api_name="Refund_Key__c",
        label="Refund Key",
        help="The refund's number. Leave it empty: Drawbar fills it in once the refund counts.",
        owner="Drawbar",
        source="refund",
        length=30,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCare:
    """What people enter; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = REFUND

    key: RefundKey
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle that was sold.",
            owner="Salesforce",
            to="Vehicle__c",
            children="Refunds",
        ),
    ]
    kind: Annotated[
        str | None,
        Picklist(
            api_name="Type__c",
            help="What is refunded.",
            owner="Salesforce",
            values=("EXTENDED WARRANTY", "INSURANCE", "OTHER"),
            restricted=False,
        ),
    ]
    currency: Annotated[
        str | None,
        Picklist(
            api_name="Currency__c",
            help="The currency of the amount.",
            owner="Salesforce",
            values=("USD",),
            default="USD",
        ),
    ]
    amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Amount__c",
            help="What is paid back.",
            owner="Salesforce",
            tracked=True,
        ),
    ]
    manual: Annotated[
        bool,
        Checkbox(
            api_name="Manual__c",
            help="All refunds are settled by hand: Drawbar posts nothing for them.",
            owner="Salesforce",
            default=True,
        ),
    ]
    note: Annotated[
        str | None,
        Text(
            api_name="Note__c",
            help="What people should know of it.",
            owner="Salesforce",
            length=255,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrigin(Provenance):
    """Where a refund comes from: a person made it in Salesforce."""

    sobject: ClassVar[SObject] = REFUND

    key: RefundKey
