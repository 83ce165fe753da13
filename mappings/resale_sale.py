"""A sale that counts → Sale__c, and for LeaseWorks what it has to know of it (P20)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.sale import SALE, SaleVerdict
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from drawbar.middleware.resale.sales import KeptSale, Sale


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


def in_peoples_stead(sale: Sale) -> TargetRecord:
    """Give a sale that nobody enters in Salesforce because an auction's invoice tells of it, as a rep would enter it.

    The fields are people's own, so no record class may set them, and nothing that the hub remembers holds them.
    """
    fields: dict[str, Scalar] = {
        "Buyer__c": sale.buyer, "Channel__c": sale.channel, "Price__c": sale.price, "Fee__c": sale.fee,
        "Sale_Date__c": sale.sold_on, "Submitted__c": True,
    }  # fmt: skip
    return TargetRecord(SALE.api_name, sale.number, fields, {"Vehicle__r": Reference(VEHICLE.api_name, sale.vehicle)})
