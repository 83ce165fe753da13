"""Vehicle__c: a leased truck or trailer; LeaseWorks owns what it is, Salesforce what becomes of it (P27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from drawbar.connectors.salesforce.fields import (
    SEE_PLACES,
    Currency,
    Date,
    DateTime,
    ExternalId,
    Formula,
    Lookup,
    Number,
    Picklist,
    Text,
)
from drawbar.connectors.salesforce.records.gps_device import MOVING_STATUSES
from drawbar.connectors.salesforce.records.provenance import Departure, LastSynced, SnapshotProvenance
from drawbar.connectors.salesforce.records.sobject import SObject

VEHICLE = SObject(
    api_name="Vehicle__c",
    label="Vehicle",
    plural="Vehicles",
    description="A leased truck or trailer: what it is (from LeaseWorks), and where it stands in repossession.",
    key="LeaseWorks_Id__c",
    locks="Lease_Account__r",
    sharing="ReadWrite",
    history=True,
    activities=True,
    tab_icon="Custom98: Truck",
    formulas=(
        Formula(
            api_name="Year_Make_Model__c",
            label="Year, Make, Model",
            help="The vehicle as people call it; text messages to the lessee name it so.",
            result="Text",
            formula='Year__c & " " & Make__c & " " & Model__c',
        ),
    ),
    editors=("collector", "supervisor", "asset manager"),
)

VehicleKey = Annotated[
    str,
    ExternalId(
        api_name="LeaseWorks_Id__c",
        label="LeaseWorks ID",
        help="The vehicle's asset number in LeaseWorks.",
        source="vehicles.asset_number",
        length=20,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(SnapshotProvenance):
    """The vehicle as LeaseWorks knows it (P27, the inbound half)."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    name: Annotated[
        str,
        Text(
            api_name="Name",
            label="Asset Number",
            help="The vehicle's asset number in LeaseWorks.",
            source="vehicles.asset_number",
            length=80,
            required=True,
        ),
    ]
    lease_account: Annotated[
        str,
        Lookup(
            api_name="Lease_Account__c",
            help="The lease account that the vehicle is leased on.",
            source="vehicles.account_number",
            to="Lease_Account__c",
            children="Vehicles",
        ),
    ]
    vin: Annotated[
        str,
        Text(
            api_name="VIN__c",
            label="VIN",
            help="Vehicle identification number.",
            source="vehicles.vin",
            tracked=True,
            length=17,
            external_id=True,
        ),
    ]
    year: Annotated[
        str,
        Text(
            api_name="Year__c",
            label="Model Year",
            help="Model year, four digits.",
            source="vehicles.year",
            length=4,
        ),
    ]
    make: Annotated[
        str | None,
        Text(api_name="Make__c", help="Manufacturer.", source="vehicles.make", length=40),
    ]
    model: Annotated[
        str | None,
        Text(api_name="Model__c", help="The manufacturer's model.", source="vehicles.model", length=40),
    ]
    body_type: Annotated[
        str | None,
        Text(
            api_name="Body_Type__c",
            help="Kind of body: sleeper, day cab, dry van.",
            source="vehicles.body_type",
            length=40,
        ),
    ]
    color: Annotated[
        str | None,
        Text(api_name="Color__c", help="Colour of the vehicle.", source="vehicles.color", length=40),
    ]
    odometer: Annotated[
        int | None,
        Number(
            api_name="Odometer__c",
            help="The last odometer reading that LeaseWorks has.",
            unit="miles",
            source="vehicles.odometer",
            precision=7,
        ),
    ]
    plate: Annotated[
        str | None,
        Text(
            api_name="Plate__c",
            label="License Plate",
            help="Number of the licence plate.",
            source="vehicles.plate",
            length=20,
        ),
    ]
    plate_state: Annotated[
        str | None,
        Text(
            api_name="Plate_State__c",
            help="State of the licence plate, two letters.",
            source="vehicles.plate_state",
            length=2,
        ),
    ]
    equipment_cost: Annotated[
        Decimal | None,
        Currency(
            api_name="Equipment_Cost__c",
            help="What the vehicle cost when the lease began.",
            source="vehicles.equipment_cost",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleCare:
    """What people keep on the vehicle in Salesforce; Drawbar reads it and never writes it (P12)."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    disposition: Annotated[
        str | None,
        Picklist(
            api_name="Disposition__c",
            help="Where the vehicle stands in repossession. PENDING asks for a repossession.",
            owner="Salesforce",
            tracked=True,
            values=(
                "ON LEASE",
                "PENDING",
                "ORDERED",
                "REPOSSESSED",
                "IN STORAGE",
                "IN REPAIR",
                "INVENTORY",
                "REMARKETING",
                "SOLD",
                "RELEASED",
            ),
        ),
    ]
    storage_place: Annotated[
        str | None,
        Text(
            api_name="Storage_Place__c",
            help="Where a repossessed vehicle is stored: name and address of the yard.",
            owner="Salesforce",
            tracked=True,
            length=255,
        ),
    ]
    storage_state: Annotated[
        str | None,
        Text(
            api_name="Storage_State__c",
            help="State in which the vehicle is stored, two letters.",
            owner="Salesforce",
            length=2,
        ),
    ]
    odometer_reading: Annotated[
        int | None,
        Number(
            api_name="Odometer_Reading__c",
            label="Odometer, as Read",
            help="What somebody last read on the odometer. It goes to LeaseWorks, whose reading is in Odometer.",
            unit="miles",
            owner="Salesforce",
            precision=7,
        ),
    ]
    odometer_read_date: Annotated[
        date | None,
        Date(
            api_name="Odometer_Read_Date__c",
            label="Odometer Read On",
            help="The day on which somebody last read the odometer.",
            owner="Salesforce",
        ),
    ]
    market_value: Annotated[
        Decimal | None,
        Currency(
            api_name="Market_Value__c",
            help="What the vehicle would bring today, as last appraised.",
            owner="Salesforce",
            tracked=True,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleCondition:
    """What repair orders say of the state of a repossessed vehicle; between two of their changes it is people's (P22).

    Owned by Drawbar and sent on change: repairs decide it when they begin and when the last of them ends, and nobody
    else in Salesforce can be asked. Whatever people enter in between stays until the next repair begins or ends.
    """

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    condition: Annotated[
        str,
        Picklist(
            api_name="Condition__c",
            help="The vehicle's state. Of a repossessed vehicle Drawbar sets In Repair when a repair order opens, and "
            "Inventory (ready for resale) when the last one is finished. Between these it is yours.",
            owner="Drawbar",
            source="repair orders",
            sending="on change",
            tracked=True,
            values=("Unknown", "Running", "Damaged", "Not Running", "In Repair", "Inventory", "Total Loss"),
        ),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class VehiclePosition:
    """Where the vehicle last was, by its GPS device; of several devices the newest position (P07)."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
    gps_last_report: Annotated[
        datetime,
        DateTime(
            api_name="GPS_Last_Report__c",
            label="GPS Last Report",
            help="When the vehicle's GPS device last said where it is.",
            owner="GPS",
            source="position.at",
        ),
    ]
    gps_latitude: Annotated[
        Decimal,
        Number(
            api_name="GPS_Latitude__c",
            audience=SEE_PLACES,
            label="GPS Latitude",
            help="Where the vehicle last was, degrees north of the equator.",
            unit="degrees",
            owner="GPS",
            source="position.latitude",
            precision=9,
            scale=6,
        ),
    ]
    gps_longitude: Annotated[
        Decimal,
        Number(
            api_name="GPS_Longitude__c",
            audience=SEE_PLACES,
            label="GPS Longitude",
            help="Where the vehicle last was, degrees east of Greenwich; west is negative.",
            unit="degrees",
            owner="GPS",
            source="position.longitude",
            precision=9,
            scale=6,
        ),
    ]
    gps_address: Annotated[
        str | None,
        Text(
            api_name="GPS_Address__c",
            audience=SEE_PLACES,
            label="GPS Address",
            help="Where the vehicle last was. Empty when the device's maker gives no address.",
            owner="GPS",
            source="position.address",
        ),
    ]
    gps_odometer: Annotated[
        int | None,
        Number(
            api_name="GPS_Odometer__c",
            label="GPS Odometer",
            help="Miles that the GPS device has counted; Odometer is what LeaseWorks has.",
            unit="miles",
            owner="GPS",
            source="position.odometer",
            precision=7,
        ),
    ]
    gps_moving_status: Annotated[
        str | None,
        Picklist(
            api_name="GPS_Moving_Status__c",
            audience=SEE_PLACES,
            label="GPS Moving Status",
            help="What the vehicle did then. Empty when the device's maker does not tell.",
            owner="GPS",
            source="position.moving",
            values=MOVING_STATUSES,
        ),
    ]
    last_synced: LastSynced


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleDeparture(Departure):
    """What is written once the record is missing from LeaseWorks."""

    sobject: ClassVar[SObject] = VEHICLE

    leaseworks_id: VehicleKey
