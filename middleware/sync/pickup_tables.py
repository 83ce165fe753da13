"""Tables for systems that fetch their work themselves: what waits for them, and their visits."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from drawbar.middleware.database.metadata import Instant, metadata
from drawbar.middleware.sync.tables import RowId

pickup_task = Table(
    "pickup_task",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("system", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("state", Text, nullable=False),
    Column("step", Text, nullable=False, server_default=""),
    Column("memory", Text, nullable=False, server_default="{}"),
    Column("visit", Text, nullable=False, server_default=""),
    Column("asked_revision", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant, nullable=False),
    Column("reference", Text, nullable=False, server_default=""),
    Column("code", Text, nullable=False, server_default=""),
    Column("message", Text, nullable=False, server_default=""),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("queued_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("system", "place", "kind", "key"),
    Index("ix_pickup_task_system_place_state", "system", "place", "state"),
)
"""What a system shall do at one of its places, one row per thing; `payload` is what it shall become, as JSON."""

pickup_visit = Table(
    "pickup_visit",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("system", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("said", Text, nullable=False, server_default=""),
    Column("visitor", Text, nullable=False, server_default=""),
    Index("ix_pickup_visit_system_place_closed_at", "system", "place", "closed_at"),
)
"""Visits of systems. `digest` is the SHA-256 of the ticket, `visitor` what the visitor said of itself, `said` what the
visitor is told when it asks what is wrong."""
