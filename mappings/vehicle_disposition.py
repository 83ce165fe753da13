"""Where a vehicle stands, set in people's stead → Vehicle__c (P12, P16, P20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.states import RepoState

DISPOSITION: Final[Mapping[RepoState, str]] = {
    RepoState.REQUESTED: "PENDING",
    RepoState.UNDER_REVIEW: "PENDING",
    RepoState.ANOTHER_CHANCE: "ON LEASE",
    RepoState.APPROVED: "PENDING",
    RepoState.ORDERED: "ORDERED",
    RepoState.ACCEPTED: "ORDERED",
    RepoState.DECLINED: "PENDING",
    RepoState.LOCATED: "ORDERED",
    RepoState.FAILED: "ORDERED",
    RepoState.ON_HOLD: "PENDING",
    RepoState.CANCELLED: "ON LEASE",
    RepoState.REPOSSESSED: "REPOSSESSED",
    RepoState.IN_STORAGE: "IN STORAGE",
    RepoState.IN_REPAIR: "IN REPAIR",
    RepoState.INVENTORY: "INVENTORY",
    RepoState.REMARKETING: "REMARKETING",
    RepoState.SOLD: "SOLD",
    RepoState.RELEASED: "RELEASED",
}
"""Where a repossession stands → the disposition of its vehicle. One that is lost, reviewed or closed keeps its own."""


def in_peoples_stead(vehicle: str, word: str) -> TargetRecord:
    """Give a step of a vehicle that was taken elsewhere: on its case, by an agent, in LeaseWorks, by a sale.

    The field is people's own, so no record class may set it, and nothing that the hub remembers holds it.
    """
    return TargetRecord(VEHICLE.api_name, vehicle, {"Disposition__c": word})
