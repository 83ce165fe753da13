"""Work orders that FleetRock's repair orders lead to: those of repossessed vehicles (P18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.fleetrock.records import OrderStage, RepairOrder
from drawbar.jobs.hub import Hub
from drawbar.middleware.records import Scalar
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.sales import SALEABLE
from drawbar.middleware.resale.work_orders import WorkOrder
from drawbar.middleware.units import to_cents

VEHICLE: Final = "Vehicle__c"
_ACCOUNT: Final = "Lease_Account__r"
_FIELDS: Final = (
    "Disposition__c", f"{_ACCOUNT}.LeaseWorks_Id__c", f"{_ACCOUNT}.Company__c", f"{_ACCOUNT}.Portfolio__c",
)  # fmt: skip
_LONGEST_VENDOR: Final = 100


@dataclass(frozen=True, slots=True)
class RepairWork:
    """What is known of the vehicles of some orders, and which orders were decided already."""

    vehicles: Mapping[str, Mapping[str, Scalar]]
    decided: frozenset[str]

    @classmethod
    def of(cls, hub: Hub, connection: Connection, vehicles: Sequence[str], orders: Sequence[RepairOrder]) -> RepairWork:
        """Ask Salesforce where the vehicles stand, in one call, unless there are none."""
        found = hub.salesforce().read(VEHICLE, vehicles, _FIELDS) if vehicles else {}
        decided = WorkOrderBook(connection).decided([_number(each) for each in orders])
        return cls(found, frozenset(decided))

    def order_of(self, order: RepairOrder, vehicle: str | None) -> WorkOrder | None:
        """Give the work order of a repair; None for a vehicle that was not repossessed, and once it was decided.

        Until the shop has sent its invoice, the total is an estimate.
        """
        row = self.vehicles.get(vehicle or "", {})
        wanted = row.get("Disposition__c") in SALEABLE and order.stage is not OrderStage.DELETED
        if vehicle is None or not wanted or _number(order) in self.decided:
            return None
        total = to_cents(order.grand_total)
        finished = order.date_finished
        return WorkOrder(
            number=_number(order), kind="Repair", vehicle=vehicle, vin=order.vin.upper(),
            account=str(row.get(f"{_ACCOUNT}.LeaseWorks_Id__c") or ""),
            company=str(row.get(f"{_ACCOUNT}.Company__c") or ""),
            portfolio=str(row.get(f"{_ACCOUNT}.Portfolio__c") or ""), vendor=order.vendor_name[:_LONGEST_VENDOR],
            reference=order.id, estimate=total, amount=None if order.date_invoiced is None else total,
            done_on=finished.date() if finished else None,
        )  # fmt: skip


def _number(order: RepairOrder) -> str:
    return f"FR-{order.id}"
