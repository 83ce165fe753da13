"""Telephone calls with lessees, which count like messages, and the ZIP code that says the lessee's time of day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lessee_call",
        sa.Column("note", sa.Text(), nullable=False, comment="key of the note that tells of the call"),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("note", name=op.f("pk_lessee_call")),
    )
    op.create_index("ix_lessee_call_account_at", "lessee_call", ["account", "at"])
    op.add_column(
        "lessee_message",
        sa.Column("postal_code", sa.Text(), nullable=False, server_default="", comment="ZIP code of the lessee"),
    )
