"""Tables of auctions' invoices: the invoices, their lines, what the rules said, what was posted, and refunds."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from drawbar.middleware.database.metadata import Cents, Instant, metadata

auction_invoice = Table(
    "auction_invoice",
    metadata,
    Column("number", Text, primary_key=True),
    Column("vendor", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="the auction's own number"),
    Column("hash", Text, nullable=False, comment="SHA-256 of all that the auction said"),
    Column("kind", Text, nullable=False),
    Column("auction", Text, nullable=False),
    Column("auctioned_on", Date, nullable=False),
    Column("funds_received_on", Date),
    Column("total_gross", Cents, nullable=False),
    Column("total_net", Cents, nullable=False),
    Column("total_expense", Cents, nullable=False),
    Column("status", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_from", Text, nullable=False, comment="caller or user who handed it in"),
    Column("changed_at", Instant, nullable=False),
    Column("decided_by", Text, comment="null while no person has decided"),
    Column("decided_at", Instant),
    Column("decision_reason", Text),
    Column("posted_by", Text, comment="who had it posted first"),
    Column("posted_at", Instant, comment="since when all that was to be posted stands"),
    UniqueConstraint("vendor", "reference"),
    Index("ix_auction_invoice_status", "status"),
)

auction_invoice_line = Table(
    "auction_invoice_line",
    metadata,
    Column("invoice", Text, ForeignKey("auction_invoice.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("part", Text, nullable=False, comment="proceeds or fee"),
    Column("work_order", Text, nullable=False),
    Column("request", Text, nullable=False, comment="remarketing request of the work order"),
    Column("vehicle", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("buyer", Text, nullable=False),
    Column("gross", Cents),
    Column("net", Cents),
    Column("amount", Cents),
    Column("estimate", Cents),
    Column("collectible", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_auction_invoice_line_work_order", "work_order"),
    Index("ix_auction_invoice_line_vehicle", "vehicle"),
)

auction_invoice_ruling = Table(
    "auction_invoice_ruling",
    metadata,
    Column("invoice", Text, ForeignKey("auction_invoice.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

auction_posting = Table(
    "auction_posting",
    metadata,
    Column("key", Text, primary_key=True, comment="identity in the books"),
    Column("invoice", Text, ForeignKey("auction_invoice.number"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", Text, nullable=False, comment="sale or expense"),
    Column("line", Integer, nullable=False, comment="place of the line of the invoice"),
    Column("state", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("documents", Text, nullable=False, comment="JSON: system, object, key of all that was queued"),
    Column("changed_at", Instant, nullable=False),
    Index("ix_auction_posting_invoice", "invoice"),
    Index("ix_auction_posting_state", "state"),
)

auction_refund = Table(
    "auction_refund",
    metadata,
    Column("number", Text, primary_key=True),
    Column("vehicle", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", Cents, nullable=False),
    Column("note", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_auction_refund_vehicle", "vehicle"),
)
