"""GPS_Alert__c: something that a vehicle or its GPS device did, from when to when (P09, P29)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    DateTime,
    ExternalId,
    Formula,
    Lookup,
    MasterDetail,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

ALERT_KINDS = (
    "Left State",
    "Left Geofence",
    "Entered Geofence",
    "Stopped Reporting",
    "Power Low",
    "Power Lost",
    "Moving Again",
    "Parked at Yard",
    "Parked near Border",
)
ALERT_STATUSES = ("Open", "Ended", "Withdrawn")

GPS_ALERT = SObject(
    api_name="GPS_Alert__c",
    label="GPS Alert",
    plural="GPS Alerts",
    description="Something that the vehicle of a delinquent account did, or its GPS device; raised once, and ended.",
    key="Alert_Key__c",
    locks="Lease_Account__r",
    sharing="ControlledByParent",
    history=True,
    tab_icon="Custom53: Bell",
    formulas=(
        Formula(
            api_name="Is_Open__c",
            help="Ticked while what the alert tells of goes on.",
            result="Checkbox",
            formula='ISPICKVAL(Status__c, "Open")',
        ),
    ),
    audience=SEE_PLACES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpsAlert(Provenance):
    """One alert as it stands now."""

    sobject: ClassVar[SObject] = GPS_ALERT

    alert_key: Annotated[
        str,
        ExternalId(
            api_name="Alert_Key__c",
            help="Account number and number of the alert on that account; given by Drawbar, never changes.",
            owner="Drawbar",
            source="GPS alerts",
            length=40,
        ),
    ]
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Alert",
            help="Account number and number of the alert on that account.",
            owner="Drawbar",
            source="GPS alerts",
            length=80,
            required=True,
        ),
    ]
    lease_account: Annotated[
        str,
        MasterDetail(
            api_name="Lease_Account__c",
            help="The lease account of the vehicle.",
            owner="Drawbar",
            source="GPS devices",
            to="Lease_Account__c",
            children="GPS_Alerts",
        ),
    ]
    case: Annotated[
        str | None,
        Lookup(
            api_name="Case__c",
            help="The delinquency case that was open when the alert was raised.",
            owner="Drawbar",
            source="delinquency history",
            to="Case",
            children="GPS_Alerts",
        ),
    ]
    kind: Annotated[
        str,
        Picklist(
            api_name="Kind__c",
            help="What happened.",
            owner="Drawbar",
            source="GPS alerts",
            values=ALERT_KINDS,
            required=True,
        ),
    ]
    status: Annotated[
        str,
        Picklist(
            api_name="Status__c",
            help="Open while it goes on. Withdrawn means that reports which came late show that it never was so.",
            owner="Drawbar",
            source="GPS alerts",
            tracked=True,
            values=ALERT_STATUSES,
            required=True,
        ),
    ]
    place: Annotated[
        str | None,
        Text(
            api_name="Place__c",
            help="The geofence or border that the alert is about.",
            owner="Drawbar",
            source="GPS alerts",
            length=80,
        ),
    ]
    reason: Annotated[
        str | None,
        Text(
            api_name="Reason__c",
            help="Why the alert was raised.",
            owner="Drawbar",
            source="GPS alerts",
            length=255,
        ),
    ]
    began_at: Annotated[
        datetime,
        DateTime(
            api_name="Began_At__c",
            help="The time of the report that the alert began with; of a silent device, that of its last report.",
            owner="Drawbar",
            source="GPS reports",
            required=True,
        ),
    ]
    ended_at: Annotated[
        datetime | None,
        DateTime(
            api_name="Ended_At__c",
            help="The time of the report that ended the alert. Empty while it goes on.",
            owner="Drawbar",
            source="GPS reports",
        ),
    ]
    end_reason: Annotated[
        str | None,
        Text(
            api_name="End_Reason__c",
            help="Why the alert ended or was withdrawn.",
            owner="Drawbar",
            source="GPS alerts",
            length=255,
        ),
    ]
    latitude: Annotated[
        Decimal | None,
        Number(
            api_name="Latitude__c",
            help="Where the vehicle was when the alert began, degrees north.",
            unit="degrees",
            owner="Drawbar",
            source="GPS reports",
            precision=9,
            scale=6,
        ),
    ]
    longitude: Annotated[
        Decimal | None,
        Number(
            api_name="Longitude__c",
            help="Where the vehicle was when the alert began, degrees east.",
            unit="degrees",
            owner="Drawbar",
            source="GPS reports",
            precision=9,
            scale=6,
        ),
    ]
    device: Annotated[
        str,
        Text(
            api_name="Device__c",
            help="Maker and serial number of the GPS device.",
            owner="Drawbar",
            source="GPS devices",
            length=80,
        ),
    ]
