"""Repair_Order_Line__c: the tasks of a repair order and the parts they used (P17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Currency,
    Date,
    ExternalId,
    MasterDetail,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

REPAIR_ORDER_LINE = SObject(
    api_name="Repair_Order_Line__c",
    label="Repair Order Line",
    plural="Repair Order Lines",
    description="A task of a repair order, or a part that it used.",
    key="FleetRock_Id__c",
    locks="Repair_Order__r",
    sharing="ControlledByParent",
    auto_number=AutoNumber(label="Line Number", display_format="LINE-{000000}"),
    tab_icon="Custom19: Wrench",
)

RepairOrderLineKey = Annotated[
    str,
    ExternalId(
        api_name="FleetRock_Id__c",
        label="FleetRock ID",
        help="Order and task, or order, task and part, by their ids in FleetRock.",
        owner="FleetRock",
        source="repair_orders.tasks.task_id",
        length=125,
    ),
]

REMOVED = Date(
    api_name="Removed_Date__c",
    help="The day on which FleetRock no longer showed this line. Empty while it does.",
    owner="FleetRock",
    source="absence from its order",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOrderLine(Provenance):
    """A task (labor) or a part (P17)."""

    sobject: ClassVar[SObject] = REPAIR_ORDER_LINE

    fleetrock_id: RepairOrderLineKey
    repair_order: Annotated[
        str,
        MasterDetail(
            api_name="Repair_Order__c",
            help="The repair order that the line belongs to.",
            owner="FleetRock",
            source="repair_orders.id",
            to="Repair_Order__c",
            children="Lines",
        ),
    ]
    kind: Annotated[
        str,
        Picklist(
            api_name="Kind__c",
            help="Labor for a task, Part for a part that it used.",
            owner="FleetRock",
            source="repair_orders.tasks.task_id",
            values=("Labor", "Part"),
        ),
    ]
    task: Annotated[
        str,
        Text(
            api_name="Task__c",
            help="Number of the task; parts carry that of the task they were used for.",
            owner="FleetRock",
            source="repair_orders.tasks.task_id",
            length=40,
        ),
    ]
    item: Annotated[
        str | None,
        Text(
            api_name="Item__c",
            help="Part number, or system code of the labor.",
            owner="FleetRock",
            source="repair_orders.tasks.parts.part_number",
            length=255,
        ),
    ]
    description: Annotated[
        str | None,
        Text(
            api_name="Description__c",
            help="What was done, or which part was used.",
            owner="FleetRock",
            source="repair_orders.tasks.labor_complaint",
            length=255,
        ),
    ]
    quantity: Annotated[
        Decimal,
        Number(
            api_name="Quantity__c",
            help="Hours of labor, or number of parts.",
            unit="hours or parts",
            owner="FleetRock",
            source="repair_orders.tasks.labor_hours",
            precision=14,
            scale=4,
        ),
    ]
    price: Annotated[
        Decimal,
        Number(
            api_name="Price__c",
            help="US dollars per hour, or per part.",
            unit="US dollars",
            owner="FleetRock",
            source="repair_orders.tasks.labor_hourly_rate",
            precision=14,
            scale=4,
        ),
    ]
    subtotal: Annotated[
        Decimal,
        Currency(
            api_name="Subtotal__c",
            help="What the line costs, before taxes.",
            owner="FleetRock",
            source="repair_orders.tasks.labor_subtotal",
        ),
    ]
    tax_rate: Annotated[
        Decimal,
        Number(
            api_name="Tax_Rate__c",
            help="Tax on the line.",
            unit="percent",
            owner="FleetRock",
            source="repair_orders.tasks.labor_tax_rate",
            precision=14,
            scale=4,
        ),
    ]
    removed_date: Annotated[date | None, REMOVED]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOrderLineRemoval:
    """All that is written of a line once its order no longer has it."""

    sobject: ClassVar[SObject] = REPAIR_ORDER_LINE

    fleetrock_id: RepairOrderLineKey
    removed_date: Annotated[date, REMOVED]
    last_synced: LastSynced
