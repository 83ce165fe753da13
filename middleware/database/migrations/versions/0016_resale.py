"""Work orders, papers that the hub made, and letters that were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"
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
        sa.Column("made_by", sa.Text(), nullable=False, comment="user name; empty when the hub made it"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_work_order")),
    )
    op.create_index("ix_work_order_vehicle", "work_order", ["vehicle"])
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
