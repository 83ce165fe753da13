"""Asset_Work_Order__c: work on a repossessed vehicle that somebody has to be paid for (P18, P21).

The API name keeps apart from WorkOrder, the standard object of Field Service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Currency,
    Date,
    DateTime,
    ExternalId,
    LongText,
    Lookup,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

WORK_KINDS = ("Repair", "Transport", "Storage", "Agent", "Auction")

ASSET_WORK_ORDER = SObject(
    api_name="Asset_Work_Order__c",
    label="Asset Work Order",
    plural="Asset Work Orders",
    description="Work on a repossessed vehicle: repair, transport, storage, agent or auction; approved, then paid.",
    key="Work_Order_Key__c",
    locks="Vehicle__r",
    sharing="ReadWrite",
    history=True,
    activities=True,
    logged=True,
    editors=("supervisor", "asset manager"),
    auto_number=AutoNumber(label="Work Order Number", display_format="WO-{000000}"),
    tab_icon="Custom19: Wrench",
)

WorkOrderKey = Annotated[
    str,
    ExternalId(
        api_name="Work_Order_Key__c",
        label="Work Order Key",
        help="The number by which Accounting knows the order. Leave it empty: Drawbar fills it in.",
        owner="Drawbar",
        source="work order",
        length=43,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetWorkOrder(Provenance):
    """A work order that the hub makes of something that happened; whatever people enter stays until that changes."""

    sobject: ClassVar[SObject] = ASSET_WORK_ORDER

    key: WorkOrderKey
    kind: Annotated[
        str,
        Picklist(
            api_name="Kind__c",
            help="What is done. It decides to which account of the books it goes.",
            owner="Drawbar",
            source="work order",
            sending="on change",
            values=WORK_KINDS,
        ),
    ]
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle that the work is done on.",
            owner="Drawbar",
            source="work order",
            sending="on change",
            to="Vehicle__c",
            children="Asset_Work_Orders",
        ),
    ]
    vendor: Annotated[
        str | None,
        Text(
            api_name="Vendor__c",
            help="Who is paid, exactly as QuickBooks names the vendor.",
            owner="Drawbar",
            source="work order",
            sending="on change",
            tracked=True,
            length=100,
        ),
    ]
    description: Annotated[
        str | None,
        LongText(
            api_name="Description__c",
            help="What is done.",
            owner="Drawbar",
            source="work order",
            sending="on change",
            length=4000,
        ),
    ]
    reference: Annotated[
        str | None,
        Text(
            api_name="Reference__c",
            help="The vendor's own number for the work, such as that of a repair order or an invoice.",
            owner="Drawbar",
            source="work order",
            sending="on change",
            length=80,
        ),
    ]
    estimate: Annotated[
        Decimal | None,
        Currency(
            api_name="Estimate__c",
            help="What the work was expected to cost.",
            owner="Drawbar",
            source="work order",
            sending="on change",
        ),
    ]
    amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Amount__c",
            help="What the vendor is owed in all. It is needed before the order can be approved.",
            owner="Drawbar",
            source="work order",
            sending="on change",
            tracked=True,
        ),
    ]
    expenses: Annotated[
        Decimal | None,
        Currency(
            api_name="Expenses__c",
            help="The part of the amount that is an agent's expenses: keys, mileage, redemption.",
            owner="Drawbar",
            source="work order",
            sending="on change",
        ),
    ]
    done_on: Annotated[
        date | None,
        Date(
            api_name="Done_Date__c",
            help="The day on which the work was done. The bill has this date; without it, that of the approval.",
            owner="Drawbar",
            source="work order",
            sending="on change",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetWorkOrderVerdict:
    """What became of a work order: set by the hub once a decision counts."""

    sobject: ClassVar[SObject] = ASSET_WORK_ORDER

    key: WorkOrderKey
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Where the order stands. Approved means that Accounting was written to and a bill is posted; an order "
            "that stays Open after a decision has a Sync Error that says why.",
            owner="Drawbar",
            source="work order",
            tracked=True,
            values=("Open", "Approved", "Rejected"),
            default="Open",
        ),
    ]
    decided_by: Annotated[
        str | None,
        Text(
            api_name="Decided_By__c",
            help="User name of who approved or rejected the order.",
            owner="Drawbar",
            source="work order",
            length=80,
        ),
    ]
    decided_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Decided_At__c",
            help="When the order was approved or rejected.",
            owner="Drawbar",
            source="work order",
        ),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetWorkOrderCare:
    """What approvers decide in Salesforce; Drawbar reads it and never writes it."""

    sobject: ClassVar[SObject] = ASSET_WORK_ORDER

    key: WorkOrderKey
    decision: Annotated[
        str | None,
        Picklist(
            api_name="Decision__c",
            help="Approve the order, or reject it. Only people with the permission set Drawbar Approver can.",
            owner="Salesforce",
            approval=True,
            tracked=True,
            values=("Approved", "Rejected"),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetWorkOrderOrigin(Provenance):
    """Where a work order comes from that a person made in Salesforce."""

    sobject: ClassVar[SObject] = ASSET_WORK_ORDER

    key: WorkOrderKey
