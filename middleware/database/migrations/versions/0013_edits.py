"""What people change in Salesforce: how rules last saw records, conflicts, and imports of other systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edit_seen",
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False, comment="the target's own id"),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the fields that rules look at"),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("object", "record_id", name=op.f("pk_edit_seen")),
    )
    op.create_table(
        "edit_conflict",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="both sides changed it: both; only the one that lost: overruled",
        ),
        sa.Column("target_value", sa.Text(), nullable=False),
        sa.Column("source_value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="the system on the other side"),
        sa.Column("winner", sa.Text(), nullable=False, comment="the system that owns the field"),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_conflict")),
    )
    op.create_index("ix_edit_conflict_object_key", "edit_conflict", ["object", "key"])
    op.create_table(
        "handover",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column(
            "digest", sa.Text(), server_default="", nullable=False, comment="SHA-256 of the manifest, once it was sent"
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_handover")),
    )
    op.create_index("ix_handover_target_answered_at", "handover", ["target", "answered_at"])
