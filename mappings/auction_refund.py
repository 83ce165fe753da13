"""A refund → Refund__c (R15)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.refund import REFUND, RefundOrigin
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.mappings.words import optional_line
from drawbar.middleware.auctions.invoices import CURRENCY
from drawbar.middleware.auctions.proceeds import Refund
from drawbar.middleware.records import Reference, Scalar, TargetRecord


def to_salesforce(refund: Refund, system: str, *, now: datetime) -> RefundOrigin:
    """Map where a refund comes from, alone: the rest is people's own."""
    return RefundOrigin(key=refund.number, source_system=system, source_updated=refund.at, last_synced=now)


def in_peoples_stead(refund: Refund) -> TargetRecord:
    """Give a refund that was entered elsewhere, as people would enter it in Salesforce."""
    fields: dict[str, Scalar] = {
        "Type__c": refund.kind, "Currency__c": CURRENCY, "Amount__c": refund.amount, "Manual__c": True,
        "Note__c": optional_line(refund.note),
    }  # fmt: skip
    vehicle = Reference(VEHICLE.api_name, refund.vehicle)
    return TargetRecord(REFUND.api_name, refund.number, fields, {"Vehicle__r": vehicle})
