"""Finds vehicles of the org by their VIN, which other systems know them by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.connectors.salesforce.soql import key_chunks, select

_FIELDS = (VEHICLE.key, "VIN__c", "Left_Source_Date__c")


@dataclass(frozen=True, slots=True)
class SalesforceVehicles:
    """Implements `VehicleFinder`, with one call per 200 VINs."""

    client: SalesforceClient

    def by_vin(self, vins: Collection[str]) -> Mapping[str, str]:
        """Give the key of the vehicle with each VIN, in capitals; of several one still on lease, then the latest."""
        best: dict[str, tuple[bool, str]] = {}
        for chunk in key_chunks(vins):
            for row in self.client.query(select(_FIELDS, VEHICLE.api_name, "VIN__c", chunk)):
                key = row[VEHICLE.key]
                if key:
                    vin, candidate = str(row["VIN__c"]).upper(), (row["Left_Source_Date__c"] is None, str(key))
                    best[vin] = max(best.get(vin, candidate), candidate)
        return {vin: key for vin, (_, key) in best.items()}
