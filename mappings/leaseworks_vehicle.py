"""LeaseWorks vehicle → Vehicle__c, the part that LeaseWorks owns (P27, inbound)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.connectors.salesforce.records.vehicle import Vehicle
from drawbar.mappings.words import line, optional_line


def to_salesforce(vehicle: leaseworks.Vehicle, *, now: datetime) -> Vehicle:
    """Map a vehicle; the model year becomes text, because Salesforce shows the number 2019 as 2,019."""
    return Vehicle(
        leaseworks_id=vehicle.asset_number,
        name=vehicle.asset_number,
        lease_account=vehicle.account_number,
        vin=line(vehicle.vin),
        year=str(vehicle.year),
        make=optional_line(vehicle.make),
        model=optional_line(vehicle.model),
        body_type=optional_line(vehicle.body_type),
        color=optional_line(vehicle.color),
        odometer=vehicle.odometer,
        plate=optional_line(vehicle.plate),
        plate_state=optional_line(vehicle.plate_state),
        equipment_cost=vehicle.equipment_cost,
        source_system="LeaseWorks",
        source_updated=vehicle.updated_at,
        last_synced=now,
        left_source_date=None,
    )
