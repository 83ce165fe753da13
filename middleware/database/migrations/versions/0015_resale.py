"""Work orders, titles, notices, sales and reviews; papers that the hub made, and letters that were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("portfolio", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False, comment="as QuickBooks names it"),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="the vendor's own number"),
        sa.Column("estimate", sa.BigInteger()),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("expenses", sa.BigInteger(), nullable=False),
        sa.Column("done_on", sa.Date()),
        sa.Column("told", sa.Text(), nullable=False, comment="what the system said of it last that it comes from"),
        sa.Column("made_by", sa.Text(), nullable=False, comment="user name; empty when the hub made it"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_work_order")),
    )
    op.create_index("ix_work_order_vehicle", "work_order", ["vehicle"])
    op.create_index("ix_work_order_account", "work_order", ["account"])
    op.create_index("ix_work_order_status", "work_order", ["status"])
    op.create_table(
        "paper",
        sa.Column("name", sa.Text(), nullable=False, comment="file name"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paper")),
    )
    op.create_table(
        "sent_mail",
        sa.Column("identity", sa.Text(), nullable=False, comment="what the Message-ID is made of"),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity", "recipient", name=op.f("pk_sent_mail")),
    )
    op.create_table(
        "asset_title",
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lienholder", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date()),
        sa.Column("sent_on", sa.Date()),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="since when it is in this status"),
        sa.Column("reminded_at", sa.DateTime(timezone=True), comment="since when people are reminded of this status"),
        sa.PrimaryKeyConstraint("vehicle", name=op.f("pk_asset_title")),
    )
    op.create_index("ix_asset_title_status", "asset_title", ["status"])
    op.create_table(
        "disposition_notice",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("described", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False, comment="JSON list of role, name, address"),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("public_sale_on", sa.Date()),
        sa.Column("public_sale_time", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sent_on", sa.Date()),
        sa.Column("earliest_sale_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_disposition_notice")),
    )
    op.create_index("ix_disposition_notice_vehicle", "disposition_notice", ["vehicle"])
    op.create_table(
        "asset_sale",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("portfolio", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("payoff", sa.BigInteger(), nullable=False, comment="what the account owed when it was sold"),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_asset_sale")),
        sa.UniqueConstraint("vehicle", name=op.f("uq_asset_sale_vehicle")),
    )
    op.create_index("ix_asset_sale_account", "asset_sale", ["account"])
    op.create_table(
        "account_review",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("attorney_fees", sa.BigInteger(), nullable=False),
        sa.Column("junior_liens", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Text(), comment="how the review ended; null while it has not"),
        sa.Column("signed_by", sa.Text()),
        sa.Column("signed_at", sa.DateTime(timezone=True)),
        sa.Column("made_of", sa.Text(), comment="JSON: the sales and work orders that it was signed off with"),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_review")),
    )
