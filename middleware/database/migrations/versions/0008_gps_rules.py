"""What the GPS rules have followed and raised, and where lessees live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gps_track",
        sa.Column("device_key", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False, comment="the account of the vehicle, as last told"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the maker was last asked about the device",
        ),
        sa.Column(
            "followed_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="reports up to here have been followed, and come too late from now on",
        ),
        sa.Column("standing_latitude", sa.Float(), nullable=True, comment="where the vehicle stood at that time"),
        sa.Column("standing_longitude", sa.Float(), nullable=True),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("standing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fresh", sa.Boolean(), nullable=False, comment="a report has come since the rules last looked"),
        sa.PrimaryKeyConstraint("device_key", name=op.f("pk_gps_track")),
    )
    op.create_index("ix_gps_track_account", "gps_track", ["account"], unique=False)
    op.create_table(
        "gps_reading",
        sa.Column("device_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="the maker's id of an event, empty for a position"),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("volts", sa.Float(), nullable=True),
        sa.Column("moving", sa.Text(), nullable=True),
        sa.Column("power_low", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("device_key", "at", "source", name=op.f("pk_gps_reading")),
    )
    op.create_table(
        "gps_alert",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_key", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sequence", name=op.f("pk_gps_alert")),
    )
    op.create_index("ix_gps_alert_device_key", "gps_alert", ["device_key"], unique=False)
    op.create_table(
        "lessee_home",
        sa.Column("lessee_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lessee_number", name=op.f("pk_lessee_home")),
    )
    op.create_table(
        "repossession_wish",
        sa.Column("asset_number", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("asset_number", name=op.f("pk_repossession_wish")),
    )
