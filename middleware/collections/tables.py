"""Tables of the collections rules: what the sources said, what was concluded, and which accounts wait for a look."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, text

from drawbar.middleware.database.metadata import Cents, Instant, metadata

RowId = BigInteger().with_variant(Integer, "sqlite")

account_standing = Table(
    "account_standing",
    metadata,
    Column("account_number", Text, primary_key=True),
    Column("lessee_number", Text, nullable=False),
    Column("portfolio", Text, nullable=False),
    Column("serviced", Boolean, nullable=False),
    Column("left_as", Text, nullable=False),
    Column("left_on", Date, comment="the day a complete source no longer held the account"),
    Column("past_due_since", Date),
    Column("past_due_amount", Cents, nullable=False),
    Column("late_fees", Cents, nullable=False),
    Column("missed_payments", Integer, nullable=False),
    Column("next_due_date", Date),
    Column("payment_amount", Cents, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("assessed_on", Date, comment="the last day assessed; null for an account that never needed it"),
    Column("look_again_on", Date, comment="the day on which the conclusion changes by time alone"),
)
Index(
    "ix_account_standing_look_again_on",
    account_standing.c.look_again_on,
    sqlite_where=account_standing.c.look_again_on.is_not(None),
    postgresql_where=account_standing.c.look_again_on.is_not(None),
)

payment_entry = Table(
    "payment_entry",
    metadata,
    Column("payment_number", Text, primary_key=True),
    Column("account_number", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("posted_on", Date, nullable=False),
    Column("amount", Cents, nullable=False),
    Column("reversed_on", Date),
    Column("updated_at", Instant, nullable=False),
    Column("counts_towards", Integer, comment="sequence of the one promise that it counts towards"),
    Index("ix_payment_entry_account_number_effective_on", "account_number", "effective_on"),
)

promise = Table(
    "promise",
    metadata,
    Column("account_number", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("promised_for", Date, nullable=False),
    Column("amount", Cents, nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("first_seen_on", Date, nullable=False),
    Column("counts_through", Date, nullable=False),
    Column("enough", Cents, nullable=False),
    Column("ended_on", Date),
    Column("replaced_by", Integer),
    Column("status", Text, nullable=False),
    Column("decided_on", Date),
    Column("paid_amount", Cents, nullable=False),
    Column("last_paid_on", Date),
    Column("reason", Text, nullable=False),
    Column("trace_length", Integer, nullable=False, comment="lines of its trace in promise_verdict_change"),
)

promise_verdict_change = Table(
    "promise_verdict_change",
    metadata,
    Column("account_number", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
    Column("payment_number", Text),
)

delinquency_case = Table(
    "delinquency_case",
    metadata,
    Column("account_number", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("close_reason", Text, nullable=False),
    Column("reopened_on", Date),
    Column("times_reopened", Integer, nullable=False),
)
Index(
    "uq_delinquency_case_one_open",
    delinquency_case.c.account_number,
    unique=True,
    sqlite_where=text("status = 'Open'"),
    postgresql_where=text("status = 'Open'"),
)

# Several rows may name one account: each is deleted only by the assessment that has read it, so that news which
# comes in while an assessment runs keeps a row of its own.
assessment_queue = Table(
    "assessment_queue",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("account_number", Text, nullable=False),
    Index("ix_assessment_queue_account_number", "account_number"),
)
