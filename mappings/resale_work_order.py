"""A work order of the hub → Asset_Work_Order__c (P18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drawbar.connectors.salesforce.records.asset_work_order import AssetWorkOrder
from drawbar.mappings.words import optional_line, optional_lines
from drawbar.middleware.resale.work_orders import WorkOrder


@dataclass(frozen=True, slots=True)
class SourcedWorkOrder:
    """A work order with the system that it comes from, and when it last changed there."""

    order: WorkOrder
    system: Literal["FleetRock", "Drawbar"]
    changed_at: datetime


def to_salesforce(sourced: SourcedWorkOrder, *, now: datetime) -> AssetWorkOrder:
    """Map a work order that the hub made."""
    order = sourced.order
    return AssetWorkOrder(
        key=order.number,
        kind=order.kind,
        vehicle=order.vehicle or None,
        vendor=optional_line(order.vendor),
        description=optional_lines(order.description),
        reference=optional_line(order.reference),
        estimate=order.estimate,
        amount=order.amount,
        expenses=order.expenses,
        done_on=order.done_on,
        source_system=sourced.system,
        source_updated=sourced.changed_at,
        last_synced=now,
    )
