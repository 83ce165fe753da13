"""GPS_Device__c: a GPS device in a truck, alike for all makers, with where it last was (P07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    Checkbox,
    DateTime,
    ExternalId,
    Lookup,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.provenance import LastSynced, SourceSystem, SourceUpdated
from drawbar.connectors.salesforce.records.sobject import SObject

GPS_VENDORS = ("PassTime", "Spireon")
MOVING_STATUSES = ("Moving", "Idle", "Stopped")

GPS_DEVICE = SObject(
    api_name="GPS_Device__c",
    label="GPS Device",
    plural="GPS Devices",
    description="A GPS device of PassTime or Spireon: which truck it is in, and where that truck last was.",
    key="Device_Key__c",
    tab_icon="Custom78: Airplane",
    audience=SEE_PLACES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpsDevice:
    """A device of which no place is known, or none that is new."""

    sobject: ClassVar[SObject] = GPS_DEVICE

    device_key: Annotated[
        str,
        ExternalId(
            api_name="Device_Key__c",
            help="Maker and serial number of the device.",
            owner="GPS",
            source="vendor:serial",
            length=80,
        ),
    ]
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Serial Number",
            help="The device's serial number.",
            owner="GPS",
            source="serial",
            length=80,
            required=True,
        ),
    ]
    vendor: Annotated[
        str,
        Picklist(
            api_name="Vendor__c",
            label="Maker",
            help="Who made the device and tells where it is.",
            owner="GPS",
            values=GPS_VENDORS,
        ),
    ]
    vin: Annotated[
        str | None,
        Text(
            api_name="VIN__c",
            label="VIN",
            help="The truck that the device is built into, as its maker says.",
            owner="GPS",
            source="vin",
            length=17,
            external_id=True,
        ),
    ]
    vehicle: Annotated[
        str | None,
        Lookup(
            api_name="Vehicle__c",
            help="The truck on lease with this VIN. Empty when no truck on lease has it.",
            owner="GPS",
            to="Vehicle__c",
            children="GPS_Devices",
        ),
    ]
    lease_account: Annotated[
        str | None,
        Lookup(
            api_name="Lease_Account__c",
            help="The account that the truck is leased on.",
            owner="GPS",
            to="Lease_Account__c",
            children="GPS_Devices",
        ),
    ]
    active: Annotated[
        bool,
        Checkbox(
            api_name="Active__c",
            help="Ticked while the maker says that the device reports.",
            owner="GPS",
            source="active",
        ),
    ]
    source_system: SourceSystem
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedGpsDevice(GpsDevice):
    """A device with its newest position."""

    last_report: Annotated[
        datetime,
        DateTime(
            api_name="Last_Report__c",
            help="When the device last said where it is.",
            owner="GPS",
            source="position.at",
        ),
    ]
    latitude: Annotated[
        Decimal,
        Number(
            api_name="Latitude__c",
            help="Where it last was, degrees north of the equator.",
            unit="degrees",
            owner="GPS",
            source="position.latitude",
            precision=9,
            scale=6,
        ),
    ]
    longitude: Annotated[
        Decimal,
        Number(
            api_name="Longitude__c",
            help="Where it last was, degrees east of Greenwich; west is negative.",
            unit="degrees",
            owner="GPS",
            source="position.longitude",
            precision=9,
            scale=6,
        ),
    ]
    address: Annotated[
        str | None,
        Text(
            api_name="Address__c",
            help="Where it last was. Empty when the maker gives no address.",
            owner="GPS",
            source="position.address",
        ),
    ]
    odometer: Annotated[
        int | None,
        Number(
            api_name="Odometer__c",
            help="Miles that the device has counted.",
            unit="miles",
            owner="GPS",
            source="position.odometer",
            precision=7,
        ),
    ]
    battery: Annotated[
        Decimal | None,
        Number(
            api_name="Battery_Voltage__c",
            help="Voltage of the truck's battery. Empty when the maker does not tell it.",
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
            help="What the truck did then. Idle stands with the engine running. Empty when the maker does not tell.",
            owner="GPS",
            source="position.moving",
            values=MOVING_STATUSES,
        ),
    ]
    source_updated: SourceUpdated
