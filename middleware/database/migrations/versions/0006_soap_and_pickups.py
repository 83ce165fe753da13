"""Once-only values of SOAP log-ins; what waits for systems that fetch their work themselves, and their visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "soap_nonce",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_soap_nonce")),
    )
    op.create_index("ix_soap_nonce_forget_at", "soap_nonce", ["forget_at"])
    _create_tasks()
    op.create_table(
        "pickup_visit",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("done", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("said", sa.Text(), nullable=False, server_default=""),
        sa.Column("visitor", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_pickup_visit")),
    )
    op.create_index("ix_pickup_visit_system_place_closed_at", "pickup_visit", ["system", "place", "closed_at"])


def _create_tasks() -> None:
    op.create_table(
        "pickup_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False, server_default=""),
        sa.Column("memory", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("visit", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, server_default=""),
        sa.Column("code", sa.Text(), nullable=False, server_default=""),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("remedy", sa.Text(), nullable=False, server_default=""),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_task")),
        sa.UniqueConstraint("system", "place", "kind", "key", name=op.f("uq_pickup_task_system_place_kind_key")),
    )
    op.create_index("ix_pickup_task_system_place_state", "pickup_task", ["system", "place", "state"])
