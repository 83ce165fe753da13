"""Purchase_Order__c: parts ordered from suppliers, as FleetRock has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    Currency,
    DateTime,
    ExternalId,
    LongText,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

PURCHASE_ORDER = SObject(
    api_name="Purchase_Order__c",
    label="Purchase Order",
    plural="Purchase Orders",
    description="An order of parts from a supplier, as FleetRock has it.",
    key="FleetRock_Id__c",
    history=True,
    tab_icon="Custom13: Box",
    audience=("supervisor", "asset manager", "accounting"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder(Provenance):
    """A purchase order with its totals and what their audit came to."""

    sobject: ClassVar[SObject] = PURCHASE_ORDER

    fleetrock_id: Annotated[
        str,
        ExternalId(
            api_name="FleetRock_Id__c",
            label="FleetRock ID",
            help="The order's id in FleetRock.",
            owner="FleetRock",
            source="purchase_orders.id",
            length=40,
        ),
    ]
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Purchase Order Number",
            help="The order's number in FleetRock.",
            owner="FleetRock",
            source="purchase_orders.id",
            length=80,
            required=True,
        ),
    ]
    supplier: Annotated[
        str | None,
        Text(
            api_name="Supplier__c",
            help="Who delivers the parts.",
            owner="FleetRock",
            source="purchase_orders.supplier_name",
            length=255,
        ),
    ]
    recipient: Annotated[
        str | None,
        Text(
            api_name="Recipient__c",
            help="Who receives them.",
            owner="FleetRock",
            source="purchase_orders.recipient_name",
            length=255,
        ),
    ]
    status: Annotated[
        str | None,
        Text(
            api_name="Status__c",
            help="Status as FleetRock words it.",
            owner="FleetRock",
            source="purchase_orders.status",
            length=40,
        ),
    ]
    tag: Annotated[
        str | None,
        Text(
            api_name="Tag__c",
            help="Tag of the order.",
            owner="FleetRock",
            source="purchase_orders.tag",
            length=255,
        ),
    ]
    invoice_number: Annotated[
        str | None,
        Text(
            api_name="Invoice_Number__c",
            help="The supplier's invoice number.",
            owner="FleetRock",
            source="purchase_orders.invoice_number",
            length=80,
        ),
    ]
    created_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Order_Created__c",
            help="When the order was made.",
            owner="FleetRock",
            source="purchase_orders.date_created",
        ),
    ]
    received_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Received__c",
            help="When the parts arrived.",
            owner="FleetRock",
            source="purchase_orders.date_received",
        ),
    ]
    closed_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Closed__c",
            help="When the order was closed.",
            owner="FleetRock",
            source="purchase_orders.date_closed",
        ),
    ]
    subtotal: Annotated[
        Decimal,
        Currency(
            api_name="Subtotal__c",
            help="What the parts cost.",
            owner="FleetRock",
            source="purchase_orders.subtotal",
        ),
    ]
    tax_total: Annotated[
        Decimal,
        Currency(
            api_name="Tax_Total__c",
            help="Taxes.",
            owner="FleetRock",
            source="purchase_orders.tax_total",
        ),
    ]
    shipping_total: Annotated[
        Decimal,
        Currency(
            api_name="Shipping_Total__c",
            help="Shipping.",
            owner="FleetRock",
            source="purchase_orders.shipping_total",
        ),
    ]
    other_total: Annotated[
        Decimal,
        Currency(
            api_name="Other_Total__c",
            help="Other charges.",
            owner="FleetRock",
            source="purchase_orders.other_total",
        ),
    ]
    grand_total: Annotated[
        Decimal,
        Currency(
            api_name="Grand_Total__c",
            help="What the order costs in all.",
            owner="FleetRock",
            source="purchase_orders.grand_total",
        ),
    ]
    audit: Annotated[
        str,
        Picklist(
            api_name="Audit__c",
            help="Whether the totals are what the lines come to, to the cent.",
            owner="FleetRock",
            source="audit of the totals",
            tracked=True,
            values=("Agrees", "Differs"),
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
