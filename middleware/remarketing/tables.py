"""Tables of remarketing: requests with their work orders, the history of statuses, what auctions are told, and acts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, text

from drawbar.middleware.database.metadata import Instant, metadata

remarketing_request = Table(
    "remarketing_request",
    metadata,
    Column("number", Text, primary_key=True),
    Column("asset", Text, nullable=False),
    Column("sequence", Integer, nullable=False, comment="which request of the vehicle it is"),
    Column("current", Boolean, nullable=False),
    Column("account", Text, nullable=False),
    Column("vin", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("year", Text, nullable=False),
    Column("make", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("address", Text, nullable=False, comment="where it is stored; so are the next six"),
    Column("country", Text, nullable=False),
    Column("zip_code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("fax", Text, nullable=False),
    Column("external_reference", Text, nullable=False, comment="the auction's number; empty until it has accepted"),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("priority", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("asked", Text, nullable=False, comment="JSON: what people had entered in the target when last looked at"),
    UniqueConstraint("asset", "sequence"),
    Index("ix_remarketing_request_account", "account"),
    Index("ix_remarketing_request_status", "status"),
)
Index(
    "uq_remarketing_request_one_current",
    remarketing_request.c.asset,
    unique=True,
    sqlite_where=text("current"),
    postgresql_where=text("current"),
)

remarketing_order = Table(
    "remarketing_order",
    metadata,
    Column("number", Text, primary_key=True),
    Column("request", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("order_type", Text, nullable=False),
    Column("vendor", Text, nullable=False, comment="by its name in the settings; empty until one is chosen"),
    Column("status", Text, nullable=False),
    Column("override_reason", Text, nullable=False),
    Column("collector", Text, nullable=False),
    Index("ix_remarketing_order_vendor", "vendor"),
)

remarketing_status = Table(
    "remarketing_status",
    metadata,
    Column("request", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("before", Text, nullable=False, comment="empty for the first"),
    Column("status", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, comment="null while it is the status"),
    Column("comment", Text, nullable=False),
)
"""The history of statuses: one row for each change, and none for a comment alone."""

remarketing_notification = Table(
    "remarketing_notification",
    metadata,
    Column("request", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="the order in which the auction is told"),
    Column("vendor", Text, nullable=False, comment="who is told"),
    Column("status", Text, nullable=False),
    Column("content", Text, nullable=False, comment="JSON: the request as it was then"),
    Column("made_at", Instant, nullable=False),
    Column("received_at", Instant, comment="when the auction said that it has it; null until then"),
    Index("ix_remarketing_notification_vendor_received_at", "vendor", "received_at"),
)
"""What auctions are told of requests, each given again until it is acknowledged."""

remarketing_attribute = Table(
    "remarketing_attribute",
    metadata,
    Column("request", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Values of tracking attributes; one that was never set has no row."""

remarketing_act = Table(
    "remarketing_act",
    metadata,
    Column("source", Text, primary_key=True),
    Column("act_id", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("asked_as", Text, nullable=False, comment="hash of the request of a program that asked for it"),
    Column("at", Instant, nullable=False),
    Index("ix_remarketing_act_request", "request"),
)
"""What was asked for already, so that it is done once."""
