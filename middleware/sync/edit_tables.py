"""Tables of what people change at the target: how rules last saw records, conflicts, and imports of others."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

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
    Column("kind", Text, nullable=False, comment="both sides changed it: both; only the one that lost: overruled"),
    Column("target_value", Text, nullable=False),
    Column("source_value", Text, nullable=False),
    Column("source", Text, nullable=False, comment="the system on the other side"),
    Column("winner", Text, nullable=False, comment="the system that owns the field"),
    Column("edited_by", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_edit_conflict_object_key", "object", "key"),
)
"""Changes that lost against the owner of the field, with both values; append-only."""

handover = Table(
    "handover",
    metadata,
    Column("name", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", Text, nullable=False, server_default="", comment="SHA-256 of the manifest, once it was sent"),
    Column("made_at", Instant, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("sent_at", Instant),
    Column("answered_at", Instant),
    Column("accepted", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Index("ix_handover_target_answered_at", "target", "answered_at"),
)
"""Rows of the outbox that leave together as files; the rows stay there, claimed under the name, until the answer."""
