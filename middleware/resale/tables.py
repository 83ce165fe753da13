"""Tables of resale: work orders and what was decided of them."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Table, Text

from drawbar.middleware.database.metadata import Cents, Instant, metadata

work_order = Table(
    "work_order",
    metadata,
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("vehicle", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("vin", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("vendor", Text, nullable=False, comment="as QuickBooks names it"),
    Column("description", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="the vendor's own number"),
    Column("estimate", Cents),
    Column("amount", Cents),
    Column("expenses", Cents, nullable=False),
    Column("done_on", Date),
    Column("made_by", Text, nullable=False, comment="user name; empty when the hub made it"),
    Column("made_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Index("ix_work_order_vehicle", "vehicle"),
    Index("ix_work_order_status", "status"),
)
