"""What repairs conclude of a vehicle → Vehicle__c, its condition alone (P22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drawbar.connectors.salesforce.records.vehicle import VehicleCondition


@dataclass(frozen=True, slots=True)
class ConcludedCondition:
    """The condition that repairs lead to, by the key of the vehicle."""

    vehicle: str
    condition: Literal["In Repair", "Inventory"]


def to_salesforce(concluded: ConcludedCondition, *, now: datetime) -> VehicleCondition:
    """Map a conclusion."""
    return VehicleCondition(leaseworks_id=concluded.vehicle, condition=concluded.condition, last_synced=now)
