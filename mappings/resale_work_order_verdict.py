"""What was decided of a work order → Asset_Work_Order__c, its status alone (P21)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.asset_work_order import AssetWorkOrderVerdict
from drawbar.middleware.resale.work_orders import KeptWorkOrder


def to_salesforce(kept: KeptWorkOrder, *, now: datetime) -> AssetWorkOrderVerdict:
    """Map the status of a work order, and who decided it."""
    decision = kept.decision
    return AssetWorkOrderVerdict(
        key=kept.order.number,
        status=kept.status,
        decided_by=decision.by if decision else None,
        decided_at=decision.at if decision else None,
        last_synced=now,
    )
