"""Invoices of auctions: their lines, what the rules said of them, what was posted, and refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "auction_invoice",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="the auction's own number"),
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of all that the auction said"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("auction", sa.Text(), nullable=False),
        sa.Column("auctioned_on", sa.Date(), nullable=False),
        sa.Column("funds_received_on", sa.Date()),
        sa.Column("total_gross", sa.BigInteger(), nullable=False),
        sa.Column("total_net", sa.BigInteger(), nullable=False),
        sa.Column("total_expense", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", _AT, nullable=False),
        sa.Column("received_from", sa.Text(), nullable=False, comment="caller or user who handed it in"),
        sa.Column("changed_at", _AT, nullable=False),
        sa.Column("decided_by", sa.Text(), comment="null while no person has decided"),
        sa.Column("decided_at", _AT),
        sa.Column("decision_reason", sa.Text()),
        sa.Column("posted_by", sa.Text(), comment="who had it posted first"),
        sa.Column("posted_at", _AT, comment="since when all that was to be posted stands"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_auction_invoice")),
        sa.UniqueConstraint("vendor", "reference", name=op.f("uq_auction_invoice_vendor_reference")),
    )
    op.create_index("ix_auction_invoice_status", "auction_invoice", ["status"])
    op.create_table(
        "auction_invoice_line",
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False, comment="proceeds or fee"),
        sa.Column("work_order", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False, comment="remarketing request of the work order"),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("gross", sa.BigInteger()),
        sa.Column("net", sa.BigInteger()),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("estimate", sa.BigInteger()),
        sa.Column("collectible", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("invoice", "place", name=op.f("pk_auction_invoice_line")),
        sa.ForeignKeyConstraint(
            ["invoice"], ["auction_invoice.number"], name=op.f("fk_auction_invoice_line_invoice_auction_invoice")
        ),
    )
    op.create_index("ix_auction_invoice_line_work_order", "auction_invoice_line", ["work_order"])
    op.create_index("ix_auction_invoice_line_vehicle", "auction_invoice_line", ["vehicle"])
    op.create_table(
        "auction_invoice_ruling",
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("invoice", "place", name=op.f("pk_auction_invoice_ruling")),
        sa.ForeignKeyConstraint(
            ["invoice"], ["auction_invoice.number"], name=op.f("fk_auction_invoice_ruling_invoice_auction_invoice")
        ),
    )
    op.create_table(
        "auction_posting",
        sa.Column("key", sa.Text(), nullable=False, comment="identity in the books"),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="sale or expense"),
        sa.Column("line", sa.Integer(), nullable=False, comment="place of the line of the invoice"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False, comment="JSON: system, object, key of all that was queued"),
        sa.Column("changed_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_auction_posting")),
        sa.ForeignKeyConstraint(
            ["invoice"], ["auction_invoice.number"], name=op.f("fk_auction_posting_invoice_auction_invoice")
        ),
    )
    op.create_index("ix_auction_posting_invoice", "auction_posting", ["invoice"])
    op.create_index("ix_auction_posting_state", "auction_posting", ["state"])
    op.create_table(
        "auction_refund",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_auction_refund")),
    )
    op.create_index("ix_auction_refund_vehicle", "auction_refund", ["vehicle"])
