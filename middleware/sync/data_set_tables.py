"""Tables of the data sets that were handed over to a reporting system: which delivery, and with which figures."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text

from drawbar.middleware.database.metadata import Instant, metadata

data_set_delivery = Table(
    "data_set_delivery",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("first_day", Date, nullable=False, comment="what happened from this day to the business date is in it"),
    Column("digest", Text, nullable=False, comment="SHA-256 of the manifest"),
    Column("made_at", Instant, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("complete", Boolean, nullable=False, comment="whether it was sent by every way"),
)
"""Every delivery that was made; a business date that was delivered again has several numbers."""

data_set_sending = Table(
    "data_set_sending",
    metadata,
    Column("name", Text, primary_key=True),
    Column("way", Text, primary_key=True),
    Column("sent_at", Instant, nullable=False),
)
"""By which ways a delivery was sent."""

data_set_figure = Table(
    "data_set_figure",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data_set", Text, primary_key=True),
    Column("group", Text, primary_key=True),
    Column("figure", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""The figures that a delivery came with: rows and sums by group."""
