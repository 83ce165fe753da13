"""Repair_Order__c: what is done to a vehicle in a shop, as FleetRock has it (P17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    Currency,
    Date,
    DateTime,
    ExternalId,
    LongText,
    Lookup,
    Number,
    Picklist,
    Text,
    Url,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

REPAIR_ORDER = SObject(
    api_name="Repair_Order__c",
    label="Repair Order",
    plural="Repair Orders",
    description="A repair order of FleetRock: what is done to a vehicle, where, what it costs, and whether it adds up.",
    key="FleetRock_Id__c",
    locks="Vehicle__r",
    history=True,
    tab_icon="Custom19: Wrench",
)

RepairOrderKey = Annotated[
    str,
    ExternalId(
        api_name="FleetRock_Id__c",
        label="FleetRock ID",
        help="The order's id in FleetRock.",
        owner="FleetRock",
        source="repair_orders.id",
        length=40,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOrder(Provenance):
    """A repair order with its totals and what their audit came to (P17)."""

    sobject: ClassVar[SObject] = REPAIR_ORDER

    fleetrock_id: RepairOrderKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Repair Order Number",
            help="The order's number in FleetRock.",
            owner="FleetRock",
            source="repair_orders.id",
            length=80,
            required=True,
        ),
    ]
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle that is repaired, found by its VIN. Empty while no vehicle has this VIN.",
            owner="FleetRock",
            source="repair_orders.vin",
            to="Vehicle__c",
            children="Repair_Orders",
        ),
    ]
    vin: Annotated[
        str | None,
        Text(
            api_name="VIN__c",
            label="VIN",
            help="Vehicle identification number as FleetRock has it.",
            owner="FleetRock",
            source="repair_orders.vin",
            length=17,
        ),
    ]
    unit_number: Annotated[
        str | None,
        Text(
            api_name="Unit_Number__c",
            help="The unit's number in FleetRock.",
            owner="FleetRock",
            source="repair_orders.unit_number",
            length=40,
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Where the order stands. Paid means that FleetRock has a paid date.",
            owner="FleetRock",
            source="repair_orders.status",
            tracked=True,
            values=("Open", "In Progress", "Finished", "Invoiced", "Paid", "Deleted"),
        ),
    ]
    vendor: Annotated[
        str | None,
        Text(
            api_name="Repair_Vendor__c",
            help="The shop that does the work.",
            owner="FleetRock",
            source="repair_orders.vendor_name",
            length=255,
        ),
    ]
    vendor_place: Annotated[
        str | None,
        Text(
            api_name="Vendor_Place__c",
            help="Town and state of the shop.",
            owner="FleetRock",
            source="repair_orders.vendor_city",
            length=125,
        ),
    ]
    odometer: Annotated[
        int | None,
        Number(
            api_name="Odometer__c",
            help="Odometer reading when the order was made.",
            unit="miles",
            owner="FleetRock",
            source="repair_orders.odometer_miles",
            precision=9,
        ),
    ]
    engine_hours: Annotated[
        int | None,
        Number(
            api_name="Engine_Hours__c",
            help="Engine hours when the order was made.",
            unit="hours",
            owner="FleetRock",
            source="repair_orders.engine_hours",
            precision=9,
        ),
    ]
    priority: Annotated[
        str | None,
        Text(
            api_name="Priority__c",
            help="Priority code of the order.",
            owner="FleetRock",
            source="repair_orders.priority_code",
            length=80,
        ),
    ]
    tag: Annotated[
        str | None,
        Text(
            api_name="Tag__c",
            help="Tag of the order.",
            owner="FleetRock",
            source="repair_orders.tag",
            length=255,
        ),
    ]
    created_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Order_Created__c",
            help="When the order was made.",
            owner="FleetRock",
            source="repair_orders.date_created",
        ),
    ]
    started_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Started__c",
            help="When the work began.",
            owner="FleetRock",
            source="repair_orders.date_started",
        ),
    ]
    expected_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Expected_Finish__c",
            help="When the shop expects to be done.",
            owner="FleetRock",
            source="repair_orders.date_expected_finish",
        ),
    ]
    finished_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Finished__c",
            help="When the work was done. Empty while it is not.",
            owner="FleetRock",
            source="repair_orders.date_finished",
            tracked=True,
        ),
    ]
    invoiced_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Invoiced__c",
            help="When the shop sent its invoice.",
            owner="FleetRock",
            source="repair_orders.date_invoiced",
        ),
    ]
    paid_on: Annotated[
        date | None,
        Date(
            api_name="Paid_Date__c",
            help="The day on which the invoice was paid, US Eastern. Drawbar writes it back to FleetRock.",
            owner="FleetRock",
            source="repair_orders.date_invoice_paid",
            tracked=True,
        ),
    ]
    po_number: Annotated[
        str | None,
        Text(
            api_name="PO_Number__c",
            label="PO Number",
            help="Number of the purchase order that pays for the work.",
            owner="FleetRock",
            source="repair_orders.po_number",
            length=80,
        ),
    ]
    labor_total: Annotated[
        Decimal,
        Currency(
            api_name="Labor_Total__c",
            help="Labor of all tasks.",
            owner="FleetRock",
            source="repair_orders.labor_total",
        ),
    ]
    part_total: Annotated[
        Decimal,
        Currency(
            api_name="Part_Total__c",
            help="Parts of all tasks.",
            owner="FleetRock",
            source="repair_orders.part_total",
        ),
    ]
    additional_charges: Annotated[
        Decimal,
        Currency(
            api_name="Additional_Charges__c",
            help="Charges beside labor and parts.",
            owner="FleetRock",
            source="repair_orders.additional_charges",
        ),
    ]
    tax_total: Annotated[
        Decimal,
        Currency(
            api_name="Tax_Total__c",
            help="Taxes.",
            owner="FleetRock",
            source="repair_orders.tax_total",
        ),
    ]
    credit: Annotated[
        Decimal,
        Currency(
            api_name="Credit__c",
            help="What the shop gives back; it lowers the total.",
            owner="FleetRock",
            source="repair_orders.credit_amount",
        ),
    ]
    grand_total: Annotated[
        Decimal,
        Currency(
            api_name="Grand_Total__c",
            help="What the order costs in all.",
            owner="FleetRock",
            source="repair_orders.grand_total",
        ),
    ]
    paid_amount: Annotated[
        Decimal | None,
        Currency(
            api_name="Paid_Amount__c",
            help="How much of it was paid.",
            owner="FleetRock",
            source="repair_orders.paid_amount",
        ),
    ]
    audit: Annotated[
        str,
        Picklist(
            api_name="Audit__c",
            help="Whether the totals are what tasks and parts come to, to the cent. "
            "Lines Pending: FleetRock has not shown all of them yet.",
            owner="FleetRock",
            source="audit of the totals",
            tracked=True,
            values=("Agrees", "Lines Pending", "Differs"),
        ),
    ]
    audit_difference: Annotated[
        str | None,
        LongText(
            api_name="Audit_Difference__c",
            help="Each total that differs from its lines, and by how much.",
            owner="FleetRock",
            source="audit of the totals",
            length=4000,
        ),
    ]
    page: Annotated[
        str | None,
        Url(
            api_name="FleetRock_Page__c",
            label="In FleetRock",
            help="Leads to the order in FleetRock, with its documents.",
            owner="FleetRock",
            source="fleetrock.order_page",
        ),
    ]
