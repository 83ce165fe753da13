"""Tables of repair orders: whose vehicle, whether work is left, which lines, and what is to be looked at."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

repair_order = Table(
    "repair_order",
    metadata,
    Column("system", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("vin", Text, nullable=False),
    Column("vehicle", Text, nullable=False, comment="key of the vehicle; empty while no vehicle has the VIN"),
    Column("stands", Text, nullable=False, comment="open, finished or void"),
    Column("lines", Integer, nullable=False),
    Column("line_keys", Text, nullable=False, comment="keys of its lines, a JSON list"),
    Column("watched_since", Instant, comment="since when it is read again and again; null once it is complete"),
    Column("news", Boolean, nullable=False, comment="what it says of its vehicle has not been concluded yet"),
    Column("read_at", Instant, nullable=False),
    Index("ix_repair_order_vehicle", "vehicle"),
    Index("ix_repair_order_vin", "vin"),
)
"""Every repair order that was ever read, by the system that it is in."""
