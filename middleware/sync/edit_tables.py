"""Tables of what people change at the target: how each record was when its rules last saw it, and conflicts."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata
from drawbar.middleware.sync.tables import RowId

edit_seen = Table(
    "edit_seen",
    metadata,
    Column("object", Text, primary_key=True),
    Column("record_id", Text, primary_key=True, comment="the target's own id"),
    Column("digest", Text, nullable=False, comment="SHA-256 of the fields that rules look at"),
    Column("modified_at", Instant, nullable=False),
)
"""Each record that people made or changed, as the rules last saw it."""

edit_conflict = Table(
    "edit_conflict",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("object", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("target_value", Text, nullable=False),
    Column("source_value", Text, nullable=False),
    Column("source", Text, nullable=False, comment="the system on the other side"),
    Column("winner", Text, nullable=False, comment="the system that owns the field"),
    Column("edited_by", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_edit_conflict_object_key", "object", "key"),
)
"""Fields that two sides changed, with both values; append-only."""
