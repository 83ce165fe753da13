"""Tables of repossessions: cases, what was told of them, the steps that followed, orders, holds, market values."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, text

from drawbar.middleware.database.metadata import Cents, Instant, metadata

_RowId = BigInteger().with_variant(Integer, "sqlite")

repo_case = Table(
    "repo_case",
    metadata,
    Column("case_key", Text, primary_key=True),
    Column("asset_number", Text, nullable=False),
    Column("sequence", Integer, nullable=False, comment="which repossession of the vehicle it is"),
    Column("account_number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("facts", Text, nullable=False, comment="JSON: what was known of account and vehicle when last looked at"),
    Column("facts_at", Instant, nullable=False),
    Column("asked", Text, nullable=False, comment="JSON: what people had entered in the target when last looked at"),
    Index("ix_repo_case_account_number", "account_number"),
    Index("ix_repo_case_state", "state"),
)
Index(
    "uq_repo_case_one_open",
    repo_case.c.asset_number,
    unique=True,
    sqlite_where=text("open"),
    postgresql_where=text("open"),
)

repo_event = Table(
    "repo_event",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("case_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("order_number", Text, nullable=False),
    Column("details", Text, nullable=False, comment="JSON"),
    Column("asked_as", Text, nullable=False, comment="hash of the request of a program that asked for it"),
    Column("received_at", Instant, nullable=False),
    Index("ix_repo_event_case_key", "case_key"),
)

repo_step = Table(
    "repo_step",
    metadata,
    Column("case_key", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

repo_order = Table(
    "repo_order",
    metadata,
    Column("number", Text, primary_key=True),
    Column("case_key", Text, nullable=False),
    Column("order_type", Text, nullable=False),
    Column("channel", Text, nullable=False, comment="the target whose outbox it went into"),
    Column("ordered_at", Instant, nullable=False),
    Column("ended_at", Instant, comment="null while the agent works on it"),
    Column("ended_as", Text, nullable=False),
    Index("ix_repo_order_case_key", "case_key"),
)

account_hold = Table(
    "account_hold",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    Column("reference", Text, nullable=False, unique=True, comment="our key, or the target's id of one made there"),
    Column("account_number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, comment="its last day; null for one without end"),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", Text, nullable=False),
    Index("ix_account_hold_account_number", "account_number"),
)

vehicle_value = Table(
    "vehicle_value",
    metadata,
    Column("asset_number", Text, primary_key=True),
    Column("amount", Cents, nullable=False),
    Column("valued_on", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("imported_at", Instant, nullable=False),
)
"""Market values that were imported, the newest of each vehicle."""
