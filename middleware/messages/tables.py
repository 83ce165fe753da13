"""Tables of messages to lessees: each message, the calls beside them, what people chose for numbers and addresses."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

lessee_message = Table(
    "lessee_message",
    metadata,
    Column("key", Text, primary_key=True),
    Column("account", Text, nullable=False, comment="empty when nobody knows who wrote"),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("status_at", Instant, nullable=False),
    Column("template", Text, nullable=False),
    Column("case_key", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("state", Text, nullable=False, comment="where the lessee lives"),
    Column("postal_code", Text, nullable=False, server_default="", comment="ZIP code of the lessee"),
    Column("address", Text, nullable=False, comment="number or e-mail address of the lessee"),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("not_before", Instant),
    Column("released_at", Instant, comment="counts as a contact from then on"),
    Column("sent_at", Instant),
    Column("provider_id", Text, nullable=False),
    Index("ix_lessee_message_account_released_at", "account", "released_at"),
    Index("ix_lessee_message_status_not_before", "status", "not_before"),
    Index("ix_lessee_message_provider_id", "provider_id"),
    Index("ix_lessee_message_address", "address"),
)

lessee_call = Table(
    "lessee_call",
    metadata,
    Column("note", Text, primary_key=True, comment="key of the note that tells of the call"),
    Column("account", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_lessee_call_account_at", "account", "at"),
)

contact_choice = Table(
    "contact_choice",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True, comment="number (E.164), or e-mail address in small letters"),
    Column("agreed", Boolean, nullable=False, comment="opted in; else opted out"),
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False, comment="how we know: a reply, a person, the provider"),
)
