"""A record that a person made in Salesforce → the same record, where it comes from alone (P30)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.asset_work_order import AssetWorkOrderOrigin
from drawbar.connectors.salesforce.records.sale import SALE, SaleOrigin

Origin = AssetWorkOrderOrigin | SaleOrigin


def to_salesforce(object_name: str, key: str, made_at: datetime, *, now: datetime) -> Origin:
    """Map the origin of a sale or a work order: Salesforce, at the time when the hub first heard of it."""
    if object_name == SALE.api_name:
        return SaleOrigin(key=key, source_system="Salesforce", source_updated=made_at, last_synced=now)
    return AssetWorkOrderOrigin(key=key, source_system="Salesforce", source_updated=made_at, last_synced=now)
