"""Remarketing__c: a request to an auction to sell a repossessed vehicle, with its work order (R04 to R08, R13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    AutoNumber,
    Checkbox,
    DateTime,
    ExternalId,
    LongText,
    Lookup,
    Phone,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.middleware.remarketing.requests import PRIORITIES
from drawbar.middleware.remarketing.statuses import RemarketingStatus

REMARKETING_STATUSES = tuple(each.value for each in RemarketingStatus)

REMARKETING = SObject(
    api_name="Remarketing__c",
    label="Remarketing",
    plural="Remarketings",
    description="A request to an auction to sell a repossessed vehicle: its work order, and where it stands there.",
    key="Remarketing_Key__c",
    locks="Vehicle__r",
    sharing="ReadWrite",
    history=True,
    activities=True,
    logged=True,
    editors=("supervisor", "asset manager"),
    auto_number=AutoNumber(label="Remarketing Number", display_format="RM-{000000}"),
    tab_icon="Custom77: Gavel",
)

RemarketingKey = Annotated[
    str,
    ExternalId(
        api_name="Remarketing_Key__c",
        label="Request Number",
        help="The number of the request, which its messages bear. Leave it empty: Drawbar fills it in.",
        owner="Drawbar",
        source="remarketing",
        length=30,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarketingRecord(Provenance):
    """A request as it stands; people make one for a vehicle, and change what is theirs to say of it."""

    sobject: ClassVar[SObject] = REMARKETING

    key: RemarketingKey
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The vehicle that shall be sold. It has to be repossessed and not sold.",
            owner="Drawbar",
            source="remarketing",
            entered=True,
            to="Vehicle__c",
            children="Remarketings",
        ),
    ]
    lease_account: Annotated[
        str | None,
        Lookup(
            api_name="Lease_Account__c",
            help="The lease account that the vehicle secures.",
            owner="Drawbar",
            source="remarketing",
            to="Lease_Account__c",
            children="Remarketings",
        ),
    ]
    current: Annotated[
        bool,
        Checkbox(
            api_name="Current__c",
            help="Ticked on the vehicle's latest request; a new one takes the place of the one before.",
            owner="Drawbar",
            source="remarketing",
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Where the request stands. It is changed by Set Status, by the auction, or by the auction's invoice.",
            owner="Drawbar",
            source="remarketing",
            tracked=True,
            values=REMARKETING_STATUSES,
            default="NEW",
        ),
    ]
    status_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Status_At__c",
            label="Status Date",
            help="When the request came into this status.",
            owner="Drawbar",
            source="remarketing",
        ),
    ]
    requested_at: Annotated[
        datetime | None,
        DateTime(api_name="Requested_At__c", help="When the request was made.", owner="Drawbar", source="remarketing"),
    ]
    requested_by: Annotated[
        str | None,
        Text(
            api_name="Requested_By__c",
            help="Who made the request.",
            owner="Drawbar",
            source="remarketing",
            length=120,
        ),
    ]
    updated_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Last_Updated__c",
            help="When anything of the request changed last.",
            owner="Drawbar",
            source="remarketing",
        ),
    ]
    external_reference: Annotated[
        str | None,
        Text(
            api_name="External_Reference__c",
            help="The auction's own number for the vehicle; it comes when the auction accepts.",
            owner="Drawbar",
            source="remarketing",
            length=80,
        ),
    ]
    priority: Annotated[
        str | None,
        Picklist(
            api_name="Priority__c",
            help="How soon the vehicle shall be sold. Empty means NORMAL.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            values=PRIORITIES,
        ),
    ]
    comment: Annotated[
        str | None,
        LongText(
            api_name="Comment__c",
            help="What there is to say of the request. The auction reads it with the next status that you set.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=8000,
        ),
    ]
    description: Annotated[
        str | None,
        Text(
            api_name="Collateral__c",
            help="The vehicle in words, as it was when the request was made.",
            owner="Drawbar",
            source="remarketing",
            length=160,
        ),
    ]
    vin: Annotated[
        str | None,
        Text(
            api_name="VIN__c",
            label="VIN",
            help="Vehicle identification number, as it was when the request was made.",
            owner="Drawbar",
            source="remarketing",
            length=17,
        ),
    ]
    year: Annotated[
        str | None,
        Text(api_name="Year__c", help="Model year of the vehicle.", owner="Drawbar", source="remarketing", length=4),
    ]
    make: Annotated[
        str | None,
        Text(api_name="Make__c", help="Manufacturer of the vehicle.", owner="Drawbar", source="remarketing", length=40),
    ]
    model: Annotated[
        str | None,
        Text(api_name="Model__c", help="The manufacturer's model.", owner="Drawbar", source="remarketing", length=40),
    ]
    address: Annotated[
        str | None,
        Text(
            api_name="Storage_Address__c",
            help="Where the vehicle stands: name and address of the yard.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=255,
        ),
    ]
    zip_code: Annotated[
        str | None,
        Text(
            api_name="Storage_Zip__c",
            label="Storage ZIP",
            help="Postal code of the yard.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=20,
        ),
    ]
    state: Annotated[
        str | None,
        Text(
            api_name="Storage_State__c",
            help="State in which the vehicle stands, two letters. It decides which vendors are offered.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=20,
        ),
    ]
    country: Annotated[
        str | None,
        Text(
            api_name="Storage_Country__c",
            help="Country in which the vehicle stands, such as US.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=40,
        ),
    ]
    contact: Annotated[
        str | None,
        Text(
            api_name="Storage_Contact__c",
            help="Whom to ask for at the yard.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=120,
        ),
    ]
    phone: Annotated[
        str | None,
        Phone(
            api_name="Storage_Phone__c",
            help="The yard's telephone number.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
        ),
    ]
    fax: Annotated[
        str | None,
        Phone(
            api_name="Storage_Fax__c",
            help="The yard's fax number.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
        ),
    ]
    work_order: Annotated[
        str | None,
        Text(
            api_name="Work_Order__c",
            help="The number of the work order, to which the auction's invoice refers.",
            owner="Drawbar",
            source="remarketing",
            length=40,
        ),
    ]
    channel: Annotated[
        str | None,
        Text(
            api_name="Work_Order_Channel__c",
            help="The channel of the work order: GAI, the generic auction interface.",
            owner="Drawbar",
            source="remarketing",
            length=20,
        ),
    ]
    order_type: Annotated[
        str | None,
        Text(
            api_name="Work_Order_Type__c",
            help="The type of the work order: RE SALE.",
            owner="Drawbar",
            source="remarketing",
            length=20,
        ),
    ]
    order_status: Annotated[
        str,
        Picklist(
            api_name="Work_Order_Status__c",
            help="OPEN while the auction may invoice; CLOSED when the request ended without a sale.",
            owner="Drawbar",
            source="remarketing",
            values=("OPEN", "CLOSED", "COMPLETED"),
        ),
    ]
    vendor: Annotated[
        str | None,
        Text(
            api_name="Vendor__c",
            help="Who sells the vehicle. To change it, give an override reason; empty lets Drawbar preselect one.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            tracked=True,
            length=80,
        ),
    ]
    override_reason: Annotated[
        str | None,
        Text(
            api_name="Override_Reason__c",
            help="Why another vendor has the work order.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=255,
        ),
    ]
    offered: Annotated[
        str | None,
        Text(
            api_name="Vendors_Offered__c",
            help="The vendors that serve the territory in which the vehicle stands, the first choice first.",
            owner="Drawbar",
            source="remarketing",
            length=255,
        ),
    ]
    collector: Annotated[
        str | None,
        Text(
            api_name="Collector__c",
            help="Who looks after the work order.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=80,
        ),
    ]
    tracking: Annotated[
        str | None,
        LongText(
            api_name="Tracking_Attributes__c",
            help="What is tracked of the sale, one a line: name, colon, value. The auction reads it with the next "
            "status that you set.",
            owner="Drawbar",
            source="remarketing",
            sending="on change",
            length=32_768,
        ),
    ]
