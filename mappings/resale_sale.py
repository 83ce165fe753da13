"""A sale that counts → Sale__c, and for LeaseWorks what it has to know of it (P20)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.sale import SALE, SaleVerdict
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.resale.sales import KeptSale


def to_salesforce(kept: KeptSale, request: str = "", *, now: datetime) -> SaleVerdict:
    """Map a sale that the hub has accepted, and the remarketing request that it belongs to, "" for none."""
    return SaleVerdict(
        key=kept.sale.number, status="Accepted", remarketing=request or None, accepted_at=kept.accepted_at,
        last_synced=now,
    )  # fmt: skip


def to_leaseworks(kept: KeptSale) -> TargetRecord:
    """Give the sale as LeaseWorks' import takes it: plain fields, under the sale's number."""
    sale = kept.sale
    return TargetRecord(
        SALE.api_name, sale.number,
        {
            "sale_number": sale.number, "account_number": sale.account,
            "asset_number": sale.vehicle, "vin": sale.vin, "sold_on": sale.sold_on,
            "price": sale.price, "fee": sale.fee, "buyer": sale.buyer, "channel": sale.channel,
        },
    )  # fmt: skip
