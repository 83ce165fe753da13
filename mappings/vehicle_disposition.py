"""Where a vehicle stands, set in people's stead → Vehicle__c (P12, P20)."""

from __future__ import annotations

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.middleware.records import TargetRecord


def in_peoples_stead(vehicle: str, word: str) -> TargetRecord:
    """Give a step of a vehicle that a person took elsewhere: who submits a sale, or sets it in LeaseWorks, says it.

    The field is people's own, so no record class may set it, and nothing that the hub remembers holds it.
    """
    return TargetRecord(VEHICLE.api_name, vehicle, {"Disposition__c": word})
