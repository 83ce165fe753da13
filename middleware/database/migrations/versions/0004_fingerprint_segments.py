"""Fingerprints live in the database, in segments by key, so that several machines can take parts of a feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fingerprint_segment",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first_key", sa.BigInteger(), nullable=False),
        sa.Column("last_key", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "generation", "part", "number", "name", name=op.f("pk_fingerprint_segment")),
    )
    op.execute("ALTER TABLE feed RENAME COLUMN index_file TO generation")
    if op.get_bind().dialect.name == "postgresql":
        # Hashes cannot be compressed, so that trying costs time alone.
        op.execute("ALTER TABLE fingerprint_segment ALTER COLUMN content SET STORAGE EXTERNAL")
