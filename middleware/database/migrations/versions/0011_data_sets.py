"""Data sets that were handed over to a reporting system, each business date once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_set_delivery",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "first_day", sa.Date(), nullable=False, comment="what happened from this day to the business date is in it"
        ),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the manifest"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False, comment="whether it was sent by every way"),
        sa.PrimaryKeyConstraint("business_date", "number", name=op.f("pk_data_set_delivery")),
    )
    op.create_table(
        "data_set_sending",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "way", name=op.f("pk_data_set_sending")),
    )
    op.create_table(
        "data_set_figure",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_set", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "business_date", "number", "data_set", "group", "figure", name=op.f("pk_data_set_figure")
        ),
    )
