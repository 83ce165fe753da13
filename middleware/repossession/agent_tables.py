"""Tables of what was sent to repo agents by e-mail, of what was told of orders, and of the documents with it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

agent_mail = Table(
    "agent_mail",
    metadata,
    Column("message_id", Text, primary_key=True, comment="without angle brackets"),
    Column("object", Text, nullable=False),
    Column("key", Text, nullable=False, comment="of the order or of the comment"),
    Column("order_number", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("state", Text, nullable=False, comment="sending, sent, or asked: a person was asked whether it arrived"),
    Column("fields", Text, nullable=False, comment="what was sent, as the outbox had it"),
    Column("number", Integer, nullable=False, comment="counts the messages of one order or comment"),
    Column("changed_at", Instant, nullable=False),
)
"""Every message to an agent, noted before it is sent."""

Index("ix_agent_mail_key", agent_mail.c.object, agent_mail.c.key)

agent_event = Table(
    "agent_event",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("order_number", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
)
"""Every event that was put into the inbox, for good: a network may show the same for as long as an order lives."""

agent_document = Table(
    "agent_document",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("order_number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
)
"""Documents that came with an event: condition reports, photos, invoices."""

Index("ix_agent_document_order_number", agent_document.c.order_number)
