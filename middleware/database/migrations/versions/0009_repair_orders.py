"""Repair orders: whose vehicle, whether work is left, which lines, and what is to be looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repair_order",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column(
            "vehicle", sa.Text(), nullable=False, comment="key of the vehicle; empty while no vehicle has the VIN"
        ),
        sa.Column("stands", sa.Text(), nullable=False, comment="open, finished or void"),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("line_keys", sa.Text(), nullable=False, comment="keys of its lines, a JSON list"),
        sa.Column(
            "watched_since", sa.DateTime(timezone=True), nullable=True,
            comment="since when it is read again and again; null once it is complete",
        ),
        sa.Column(
            "news", sa.Boolean(), nullable=False, comment="what it says of its vehicle has not been concluded yet"
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("system", "id", name=op.f("pk_repair_order")),
    )  # fmt: skip
    op.create_index("ix_repair_order_vehicle", "repair_order", ["vehicle"])
    op.create_index("ix_repair_order_vin", "repair_order", ["vin"])
