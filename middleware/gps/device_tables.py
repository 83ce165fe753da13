"""Tables of what the hub knows of trucks and their GPS devices, and of commands that need two people."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

_RowId = BigInteger().with_variant(Integer, "sqlite")

lease_vehicle = Table(
    "lease_vehicle",
    metadata,
    Column("asset_number", Text, primary_key=True),
    Column("vin", Text, nullable=False),
    Column("account_number", Text, nullable=False),
    Index("ix_lease_vehicle_vin", "vin"),
    Index("ix_lease_vehicle_account_number", "account_number"),
)
"""The trucks on lease, as the servicing system last named them: what a device's VIN means."""

gps_device = Table(
    "gps_device",
    metadata,
    Column("vendor", Text, primary_key=True),
    Column("serial", Text, primary_key=True),
    Column("vin", Text, nullable=False),
    Column("reference", Text, nullable=False, comment="the maker's own id of the truck"),
    Column("active", Boolean, nullable=False),
    Column("last_at", Instant, comment="when the newest known position was taken"),
    Column("last_read", Instant, comment="when the device was last asked for by itself"),
    Column("read_until", Instant, comment="until when its events are known"),
    Index("ix_gps_device_vin", "vin"),
)
"""Every GPS device that the hub knows, and how far it has been read."""

starter_request = Table(
    "starter_request",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    Column("serial", Text, nullable=False),
    Column("vin", Text, nullable=False),
    Column("account_number", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decided_at", Instant),
    Column("outcome", Text, nullable=False, server_default=""),
)
"""Starter commands that were asked for, and what became of each."""
