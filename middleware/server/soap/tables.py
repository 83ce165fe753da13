"""The table of the SOAP host: once-only values of log-ins, so that a log-in that was overheard is worth nothing."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

soap_nonce = Table(
    "soap_nonce",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("forget_at", Instant, nullable=False),
    Index("ix_soap_nonce_forget_at", "forget_at"),
)
"""SHA-256 over caller and nonce; kept until a message with it would be too old anyway."""
