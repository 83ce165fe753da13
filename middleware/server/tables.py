"""Tables of the server: who may call it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

api_client = Table(
    "api_client",
    metadata,
    Column("name", Text, primary_key=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""Systems that may call the hub, each with its scopes, separated by spaces."""

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client", Text, ForeignKey("api_client.name"), nullable=False),
    Column("hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Index("ix_api_key_client", "client"),
)
"""Keys of callers: `hash` is the SHA-256 of the secret, which is kept nowhere; after `ends_at` a key opens nothing."""
