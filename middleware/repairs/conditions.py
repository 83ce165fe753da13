"""What repairs say of the condition of a vehicle (P22); pure.

The rule speaks only of a vehicle that has been repossessed: what is repaired on a lessee's truck is the lessee's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

REPOSSESSED: Final = frozenset({"REPOSSESSED", "IN STORAGE", "IN REPAIR", "INVENTORY", "REMARKETING"})
"""Dispositions of a vehicle that the lender has and has not sold."""

Condition = Literal["In Repair", "Inventory"]
_LOST: Final = "Total Loss"


@dataclass(frozen=True, slots=True)
class Repairs:
    """How many repair orders of a vehicle have work left, and how many are finished."""

    vehicle: str
    open_orders: int
    finished_orders: int


@dataclass(frozen=True, slots=True)
class VehicleStanding:
    """Where people say that a vehicle stands: disposition and condition, "" for none."""

    disposition: str
    condition: str


class VehicleFinder(Protocol):
    """Knows vehicles by their VIN."""

    def by_vin(self, vins: Collection[str]) -> Mapping[str, str]:
        """Give the key of the vehicle that has each VIN, in capitals; VINs that none has are left out."""
        ...


def condition_of(repairs: Repairs, standing: VehicleStanding) -> Condition | None:
    """Give the condition that a vehicle's repairs lead to; None when they say nothing of it.

    It is in repair while an order has work left, and ready for resale when the last one is finished.
    """
    if standing.disposition not in REPOSSESSED or standing.condition == _LOST:
        return None
    if repairs.open_orders:
        return "In Repair"
    return "Inventory" if repairs.finished_orders else None
