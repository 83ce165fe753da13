"""Remarketing requests with their work orders, histories, notifications, tracking attributes and acts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remarketing_request",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="which request of the vehicle it is"),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("portfolio", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="where it is stored; so are the next six"),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("zip_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("fax", sa.Text(), nullable=False),
        sa.Column(
            "external_reference", sa.Text(), nullable=False, comment="the auction's number; empty until it has accepted"
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column(
            "asked", sa.Text(), nullable=False,
            comment="JSON: what people had entered in the target when last looked at",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_remarketing_request")),
        sa.UniqueConstraint("asset", "sequence", name=op.f("uq_remarketing_request_asset_sequence")),
    )  # fmt: skip
    op.create_index("ix_remarketing_request_account", "remarketing_request", ["account"])
    op.create_index("ix_remarketing_request_status", "remarketing_request", ["status"])
    op.create_index(
        "uq_remarketing_request_one_current", "remarketing_request", ["asset"], unique=True,
        sqlite_where=sa.text("current"), postgresql_where=sa.text("current"),
    )  # fmt: skip
    op.create_table(
        "remarketing_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_type", sa.Text(), nullable=False),
        sa.Column(
            "vendor", sa.Text(), nullable=False, comment="by its name in the settings; empty until one is chosen"
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_remarketing_order")),
        sa.UniqueConstraint("request", name=op.f("uq_remarketing_order_request")),
    )
    op.create_index("ix_remarketing_order_vendor", "remarketing_order", ["vendor"])
    op.create_table(
        "remarketing_status",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Text(), nullable=False, comment="empty for the first"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="null while it is the status"),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request", "number", name=op.f("pk_remarketing_status")),
    )
    op.create_table(
        "remarketing_notification",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Integer(), autoincrement=False, nullable=False,
            comment="the order in which the auction is told",
        ),
        sa.Column("vendor", sa.Text(), nullable=False, comment="who is told"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON: the request as it was then"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True),
            comment="when the auction said that it has it; null until then",
        ),
        sa.PrimaryKeyConstraint("request", "number", name=op.f("pk_remarketing_notification")),
    )  # fmt: skip
    op.create_index(
        "ix_remarketing_notification_vendor_received_at", "remarketing_notification", ["vendor", "received_at"]
    )
    op.create_table(
        "remarketing_attribute",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request", "name", name=op.f("pk_remarketing_attribute")),
    )
    op.create_table(
        "remarketing_act",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("act_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("asked_as", sa.Text(), nullable=False, comment="hash of the request of a program that asked for it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "act_id", name=op.f("pk_remarketing_act")),
    )
    op.create_index("ix_remarketing_act_request", "remarketing_act", ["request"])
