"""When a run last told of itself, and the API budget that the target told it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("run", sa.Column("api_used", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("api_allowed", sa.BigInteger(), nullable=True))
