"""Messages to and from lessees, and what people chose for their numbers and addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lessee_message",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False, comment="empty when nobody knows who wrote"),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("portfolio", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="where the lessee lives"),
        sa.Column("address", sa.Text(), nullable=False, comment="number or e-mail address of the lessee"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("released_at", sa.DateTime(timezone=True), comment="counts as a contact from then on"),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lessee_message")),
    )
    op.create_index("ix_lessee_message_account_released_at", "lessee_message", ["account", "released_at"])
    op.create_index("ix_lessee_message_status_not_before", "lessee_message", ["status", "not_before"])
    op.create_index("ix_lessee_message_provider_id", "lessee_message", ["provider_id"])
    op.create_index("ix_lessee_message_address", "lessee_message", ["address"])
    op.create_table(
        "contact_choice",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="number (E.164), or e-mail address in small letters"),
        sa.Column("agreed", sa.Boolean(), nullable=False, comment="opted in; else opted out"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="how we know: a reply, a person, the provider"),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_contact_choice")),
    )
