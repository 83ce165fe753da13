"""What the sale of a vehicle came to → Sale__c (R14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drawbar.connectors.salesforce.records.sale_proceeds import SaleProceeds
from drawbar.mappings.words import optional_lines, shortened
from drawbar.middleware.auctions.proceeds import Proceeds

_TEXT = 1_900


@dataclass(frozen=True, slots=True)
class SoldProceeds:
    """The proceeds of a sale, by the sale's number."""

    sale: str
    proceeds: Proceeds


def to_salesforce(sold: SoldProceeds, *, now: datetime) -> SaleProceeds:
    """Map the proceeds of a vehicle."""
    found = sold.proceeds
    spent = [f"{each.service}: {each.amount:,} USD" for each in found.expenses]
    repaid = [f"Refund {each.kind}: {each.amount:,} USD, by hand" for each in found.refunds]
    text = optional_lines("\n".join([*spent, *repaid]))
    return SaleProceeds(
        key=sold.sale,
        gross=found.gross,
        expense=found.expense,
        refunded=found.refunded,
        net=found.net,
        balance=found.balance,
        gain=found.gain,
        recovery=found.recovery,
        expenses=shortened(text, _TEXT, "drawbar auctions proceeds") if text else None,
        last_synced=now,
    )
