"""GPS_Position__c: where a truck was at a time, the movement history of delinquent accounts (P07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import SEE_PLACES, DateTime, ExternalId, MasterDetail, Number, Picklist, Text
from drawbar.connectors.salesforce.records.gps_device import MOVING_STATUSES
from drawbar.connectors.salesforce.records.provenance import Provenance
from drawbar.connectors.salesforce.records.sobject import SObject

GPS_POSITION = SObject(
    api_name="GPS_Position__c",
    label="GPS Position",
    plural="GPS Positions",
    description="Where a truck was at a time, kept for trucks of delinquent accounts.",
    key="Position_Key__c",
    locks="GPS_Device__r",
    sharing="ControlledByParent",
    audience=SEE_PLACES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpsPosition(Provenance):
    """A position of a device; it never changes."""

    sobject: ClassVar[SObject] = GPS_POSITION

    position_key: Annotated[
        str,
        ExternalId(
            api_name="Position_Key__c",
            help="Maker, serial number and time of the position.",
            owner="GPS",
            source="vendor:serial:time",
            length=120,
        ),
    ]
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Position",
            help="Serial number of the device, and time of the position in UTC.",
            owner="GPS",
            length=80,
            required=True,
        ),
    ]
    device: Annotated[
        str,
        MasterDetail(
            api_name="GPS_Device__c",
            label="GPS Device",
            help="The device that was there.",
            owner="GPS",
            to="GPS_Device__c",
            children="GPS_Positions",
        ),
    ]
    reported: Annotated[
        datetime,
        DateTime(
            api_name="Reported__c", help="When the device was there.", owner="GPS", source="position.at", required=True
        ),
    ]
    latitude: Annotated[
        Decimal,
        Number(
            api_name="Latitude__c",
            help="Degrees north of the equator.",
            unit="degrees",
            owner="GPS",
            source="position.latitude",
            precision=9,
            scale=6,
            required=True,
        ),
    ]
    longitude: Annotated[
        Decimal,
        Number(
            api_name="Longitude__c",
            help="Degrees east of Greenwich; west is negative.",
            unit="degrees",
            owner="GPS",
            source="position.longitude",
            precision=9,
            scale=6,
            required=True,
        ),
    ]
    address: Annotated[
        str | None,
        Text(
            api_name="Address__c",
            help="The place's address. Empty when the maker gives none.",
            owner="GPS",
            source="position.address",
        ),
    ]
    odometer: Annotated[
        int | None,
        Number(
            api_name="Odometer__c",
            help="Miles that the device had counted.",
            unit="miles",
            owner="GPS",
            source="position.odometer",
            precision=7,
        ),
    ]
    speed: Annotated[
        Decimal | None,
        Number(
            api_name="Speed__c",
            help="How fast the truck drove.",
            unit="miles per hour",
            owner="GPS",
            source="position.speed_mph",
            precision=5,
            scale=2,
        ),
    ]
    heading: Annotated[
        int | None,
        Number(
            api_name="Heading__c",
            help="Where the truck was heading, clockwise from north.",
            unit="degrees",
            owner="GPS",
            source="position.heading",
            precision=3,
        ),
    ]
    battery: Annotated[
        Decimal | None,
        Number(
            api_name="Battery_Voltage__c",
            help="Voltage of the truck's battery.",
            unit="volts",
            owner="GPS",
            source="position.battery_volts",
            precision=5,
            scale=2,
        ),
    ]
    moving_status: Annotated[
        str | None,
        Picklist(
            api_name="Moving_Status__c",
            help="What the truck did. Idle stands with the engine running.",
            owner="GPS",
            source="position.moving",
            values=MOVING_STATUSES,
        ),
    ]
