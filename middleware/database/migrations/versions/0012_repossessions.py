"""Repossessions: cases, what was told of them, the steps that followed, orders, holds, market values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, comment="our key, or the target's id of one made there"),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True, comment="its last day; null for one without end"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_hold")),
        sa.UniqueConstraint("reference", name=op.f("uq_account_hold_reference")),
    )
    op.create_index("ix_account_hold_account_number", "account_hold", ["account_number"], unique=False)
    op.create_table(
        "repo_case",
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("asset_number", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="which repossession of the vehicle it is"),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "facts",
            sa.Text(),
            nullable=False,
            comment="JSON: what was known of account and vehicle when last looked at",
        ),
        sa.Column("facts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "asked",
            sa.Text(),
            nullable=False,
            comment="JSON: what people had entered in the target when last looked at",
        ),
        sa.PrimaryKeyConstraint("case_key", name=op.f("pk_repo_case")),
    )
    op.create_index("ix_repo_case_account_number", "repo_case", ["account_number"], unique=False)
    op.create_index("ix_repo_case_state", "repo_case", ["state"], unique=False)
    op.create_index(
        "uq_repo_case_one_open",
        "repo_case",
        ["asset_number"],
        unique=True,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "repo_event",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("asked_as", sa.Text(), nullable=False, comment="hash of the request of a program that asked for it"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_repo_event")),
    )
    op.create_index("ix_repo_event_case_key", "repo_event", ["case_key"], unique=False)
    op.create_table(
        "repo_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("order_type", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False, comment="the target whose outbox it went into"),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="null while the agent works on it"),
        sa.Column("ended_as", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_repo_order")),
    )
    op.create_index("ix_repo_order_case_key", "repo_order", ["case_key"], unique=False)
    op.create_table(
        "repo_step",
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_key", "number", name=op.f("pk_repo_step")),
    )
    op.create_table(
        "vehicle_value",
        sa.Column("asset_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asset_number", name=op.f("pk_vehicle_value")),
    )
