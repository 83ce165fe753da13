"""A line of an auction's invoice → Auction_Invoice_Line__c (R16, R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drawbar.connectors.salesforce.records.auction_invoice_line import AUCTION_INVOICE_LINE, AuctionInvoiceLine
from drawbar.mappings.words import line, optional_line, optional_lines, shortened
from drawbar.middleware.auctions.kept import KeptInvoice, KeptLine
from drawbar.middleware.records import TargetRecord

_PARTS: Final = {"proceeds": "Proceeds", "fee": "Vendor Fee"}
_TEXT: Final = 1_900


@dataclass(frozen=True, slots=True)
class LineOfInvoice:
    """A line with the invoice that it belongs to."""

    invoice: KeptInvoice
    line: KeptLine


def to_salesforce(placed: LineOfInvoice, *, now: datetime) -> AuctionInvoiceLine:
    """Map a line, with what became of its transaction."""
    kept, found = placed.invoice, placed.line
    posting = next((each for each in kept.postings if each.line == found.place), None)
    rest = f"drawbar auctions invoices show {kept.number}"
    return AuctionInvoiceLine(
        key=line_key(kept, found),
        invoice=kept.number,
        part=_PARTS[found.part],
        vehicle=found.vehicle or None,
        remarketing=found.request or None,
        work_order=line(found.work_order),
        service=optional_line(found.service),
        buyer=optional_line(found.buyer),
        gross=found.gross,
        net=found.net,
        estimate=found.estimate,
        amount=found.amount,
        collectible=found.collectible,
        status=found.verdict,
        reason=_text(found.reason, rest),
        posting=posting.state if posting else None,
        error=_text(posting.error, rest) if posting else None,
        source_system="Drawbar",
        source_updated=kept.changed_at,
        last_synced=now,
    )


def line_key(kept: KeptInvoice, found: KeptLine) -> str:
    """Give the key of a line: the invoice's number and its place there, counted from 1."""
    return f"{kept.number}-{found.place + 1}"


def to_leaseworks(placed: LineOfInvoice, account: str) -> TargetRecord:
    """Give a collectible detail as LeaseWorks' import takes it: a charge to the account."""
    kept, found = placed.invoice, placed.line
    return TargetRecord(
        AUCTION_INVOICE_LINE.api_name, line_key(kept, found),
        {
            "charge_number": line_key(kept, found), "account_number": account, "asset_number": found.vehicle,
            "charged_on": kept.funds_received_on, "service": found.service, "amount": found.amount,
            "vendor": kept.vendor, "reference": kept.reference,
        },
    )  # fmt: skip


def _text(text: str, rest: str) -> str | None:
    return shortened(whole, _TEXT, rest) if (whole := optional_lines(text)) else None
