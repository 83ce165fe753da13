"""An auction's invoice → Auction_Invoice__c (R16 to R21)."""

from __future__ import annotations

from datetime import datetime

from drawbar.connectors.salesforce.records.auction_invoice import AuctionInvoiceRecord
from drawbar.mappings.words import line, optional_line, optional_lines, shortened
from drawbar.middleware.auctions.kept import KeptInvoice, KeptLine, Posting

_RULINGS, _TEXT = 14_000, 7_000
"""How much is shown, in characters: less than half of what the fields hold, because each line end counts twice."""


def to_salesforce(kept: KeptInvoice, *, now: datetime) -> AuctionInvoiceRecord:
    """Map an invoice; what people decide in Salesforce is not among it."""
    rest = f"drawbar auctions invoices show {kept.number}"
    decision = kept.decision
    rulings = "\n".join(
        f"{each.rule}: {each.verdict}{f', {each.subject}' if each.subject else ''}: {each.reason}"
        for each in kept.rulings
    )
    return AuctionInvoiceRecord(
        key=kept.number,
        name=line(kept.reference),
        vendor=line(kept.vendor),
        kind=kept.kind,
        auction=line(kept.auction),
        auctioned_on=kept.auctioned_on,
        funds_received_on=kept.funds_received_on,
        total_gross=kept.total_gross,
        total_net=kept.total_net,
        total_expense=kept.total_expense,
        actual_net=kept.actual_net,
        status=kept.status,
        rulings=shortened(optional_lines(rulings) or "", _RULINGS, rest),
        transactions=_text([transaction_line(kept, each) for each in kept.postings], rest),
        by_hand=_text([detail_line(each) for each in kept.by_hand], rest),
        received_at=kept.received_at,
        received_from=line(kept.received_from),
        decided_by=optional_line(decision.by) if decision else None,
        decided_at=decision.at if decision else None,
        posted_at=kept.posted_at,
        source_system="Drawbar",
        source_updated=kept.changed_at,
        last_synced=now,
    )


def transaction_line(kept: KeptInvoice, posting: Posting) -> str:
    """Write a transaction in one line: what it is, where it stands, and why it failed."""
    found = kept.lines[posting.line]
    sold = posting.kind == "sale"
    what = f"sale of {found.vehicle}: {found.gross:,}" if sold else detail_line(found)
    return f"{posting.state} {posting.key} {what}{f' ({posting.error})' if posting.error else ''}"


def detail_line(detail: KeptLine) -> str:
    """Write a detail in one line."""
    return f"{detail.service} on {detail.vehicle}: {detail.amount:,}"


def _text(lines: list[str], rest: str) -> str | None:
    return shortened(text, _TEXT, rest) if (text := optional_lines("\n".join(lines))) else None
