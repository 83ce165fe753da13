"""What Salesforce knows of vehicles whose sale is posted: their lease account, its books and its payoff."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.hub import Hub

_ACCOUNT: Final = "Lease_Account__r"
_FIELDS: Final = (
    "VIN__c", "Disposition__c", f"{_ACCOUNT}.LeaseWorks_Id__c", f"{_ACCOUNT}.Company__c", f"{_ACCOUNT}.Portfolio__c",
    f"{_ACCOUNT}.Payoff_Amount__c",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """A vehicle as Salesforce has it now; `payoff` is what the account owes, None while LeaseWorks quotes nothing."""

    vin: str
    disposition: str
    account: str
    company: str
    portfolio: str
    payoff: Decimal | None


def vehicle_facts(hub: Hub, vehicles: Collection[str]) -> dict[str, VehicleFacts]:
    """Ask Salesforce about vehicles, in one call; those that it lacks are left out."""
    rows = hub.salesforce().read(VEHICLE.api_name, sorted(vehicles), _FIELDS)
    return {vehicle: _facts(EditedFields(f"vehicle {vehicle}", row)) for vehicle, row in rows.items()}


def _facts(row: EditedFields) -> VehicleFacts:
    return VehicleFacts(
        row.text("VIN__c"), row.text("Disposition__c"), row.text(f"{_ACCOUNT}.LeaseWorks_Id__c"),
        row.text(f"{_ACCOUNT}.Company__c"), row.text(f"{_ACCOUNT}.Portfolio__c"),
        row.money(f"{_ACCOUNT}.Payoff_Amount__c"),
    )  # fmt: skip
