"""Tables of resale: work orders, titles, notices, sales and reviews."""

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
    Column("told", Text, nullable=False, comment="what the system said of it last that it comes from"),
    Column("made_by", Text, nullable=False, comment="user name; empty when the hub made it"),
    Column("made_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Index("ix_work_order_vehicle", "vehicle"),
    Index("ix_work_order_account", "account"),
    Index("ix_work_order_status", "status"),
)

asset_title = Table(
    "asset_title",
    metadata,
    Column("vehicle", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("lienholder", Text, nullable=False),
    Column("received_on", Date),
    Column("sent_on", Date),
    Column("since", Instant, nullable=False, comment="since when it is in this status"),
    Column("reminded_at", Instant, comment="since when people are reminded of this status"),
    Index("ix_asset_title_status", "status"),
)

disposition_notice = Table(
    "disposition_notice",
    metadata,
    Column("number", Text, primary_key=True),
    Column("vehicle", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("vin", Text, nullable=False),
    Column("described", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("recipients", Text, nullable=False, comment="JSON list of role, name, address"),
    Column("made_on", Date, nullable=False),
    Column("public_sale_on", Date),
    Column("public_sale_time", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("sent_on", Date),
    Column("earliest_sale_on", Date, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_disposition_notice_vehicle", "vehicle"),
)

asset_sale = Table(
    "asset_sale",
    metadata,
    Column("number", Text, primary_key=True),
    Column("vehicle", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("vin", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("buyer", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("price", Cents, nullable=False),
    Column("fee", Cents, nullable=False),
    Column("sold_on", Date, nullable=False),
    Column("payoff", Cents, nullable=False, comment="what the account owed when it was sold"),
    Column("entered_by", Text, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Index("ix_asset_sale_account", "account"),
)

account_review = Table(
    "account_review",
    metadata,
    Column("account", Text, primary_key=True),
    Column("attorney_fees", Cents, nullable=False),
    Column("junior_liens", Cents, nullable=False),
    Column("refunds", Cents, nullable=False),
    Column("ended", Text, comment="how the review ended; null while it has not"),
    Column("signed_by", Text),
    Column("signed_at", Instant),
    Column("made_of", Text, comment="JSON: the sales and work orders that it was signed off with"),
)
