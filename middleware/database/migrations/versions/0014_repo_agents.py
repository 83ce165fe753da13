"""What was sent to repo agents by e-mail, what was told of orders, and the documents that came with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_mail",
        sa.Column("message_id", sa.Text(), nullable=False, comment="without angle brackets"),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="of the order or of the comment"),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="sending, sent, or asked: a person was asked whether it arrived"
        ),
        sa.Column("fields", sa.Text(), nullable=False, comment="what was sent, as the outbox had it"),
        sa.Column("number", sa.Integer(), nullable=False, comment="counts the messages of one order or comment"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_agent_mail")),
    )
    op.create_index("ix_agent_mail_key", "agent_mail", ["object", "key"])
    op.create_table(
        "agent_event",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_agent_event")),
    )
    op.create_table(
        "agent_document",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", "number", name=op.f("pk_agent_document")),
    )
    op.create_index("ix_agent_document_order_number", "agent_document", ["order_number"])
