"""Trucks on lease, GPS devices and how far they were read, starter commands that need two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease_vehicle",
        sa.Column("asset_number", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("asset_number", name=op.f("pk_lease_vehicle")),
    )
    op.create_index("ix_lease_vehicle_vin", "lease_vehicle", ["vin"], unique=False)
    op.create_index("ix_lease_vehicle_account_number", "lease_vehicle", ["account_number"], unique=False)
    op.create_table(
        "gps_device",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="the maker's own id of the truck"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the newest known position was taken",
        ),
        sa.Column(
            "last_read",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the device was last asked for by itself",
        ),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=True, comment="until when its events are known"),
        sa.PrimaryKeyConstraint("vendor", "serial", name=op.f("pk_gps_device")),
    )
    op.create_index("ix_gps_device_vin", "gps_device", ["vin"], unique=False)
    op.create_table(
        "starter_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_starter_request")),
    )
