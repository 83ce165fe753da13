"""Tables of the GPS rules, and where lessees live."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

gps_track = Table(
    "gps_track",
    metadata,
    Column("device_key", Text, primary_key=True),
    Column("vin", Text, nullable=False),
    Column("account", Text, nullable=False, comment="the account of the vehicle, as last told"),
    Column("active", Boolean, nullable=False),
    Column("asked_at", Instant, comment="when the maker was last asked about the device"),
    Column("followed_until", Instant, comment="reports up to here have been followed, and come too late from now on"),
    Column("standing_latitude", Float, comment="where the vehicle stood at that time"),
    Column("standing_longitude", Float),
    Column("standing_since", Instant),
    Column("standing_until", Instant),
    Column("fresh", Boolean, nullable=False, comment="a report has come since the rules last looked"),
    Index("ix_gps_track_account", "account"),
)
"""How far each device's reports have been followed."""

gps_reading = Table(
    "gps_reading",
    metadata,
    Column("device_key", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("source", Text, primary_key=True, comment="the maker's id of an event, empty for a position"),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("volts", Float),
    Column("moving", Text),
    Column("power_low", Boolean, nullable=False),
)
"""The reports that can still be followed anew; the newest of each device is always among them."""

gps_alert = Table(
    "gps_alert",
    metadata,
    Column("account", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("device_key", Text, nullable=False),
    Column("case_key", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("ended_at", Instant),
    Column("ended_why", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index("ix_gps_alert_device_key", "device_key"),
)
"""Every alert that was ever raised."""

repossession_wish = Table(
    "repossession_wish",
    metadata,
    Column("asset_number", Text, primary_key=True),
    Column("account_number", Text, nullable=False),
)
"""The vehicles that people want to be repossessed, as Salesforce last said."""

lessee_home = Table(
    "lessee_home",
    metadata,
    Column("lessee_number", Text, primary_key=True),
    Column("state", Text, nullable=False),
)
"""The state that each lessee lives in, as the servicing system last said."""
