"""Tables of the sync core: feeds, deliveries, runs, inbox, outbox, bulk jobs, delivery log, dead letters and others."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from drawbar.middleware.database.metadata import Instant, metadata

RowId = BigInteger().with_variant(Integer, "sqlite")

feed = Table(
    "feed",
    metadata,
    Column("name", Text, primary_key=True),
    Column("generation", Text, nullable=False, server_default=""),
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("version", Text, nullable=False, server_default=""),
    Column("cursor", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default=""),
    Column("source_file", Text, nullable=False, server_default=""),
    Column("updated_at", Instant, nullable=False),
)

fingerprint_segment = Table(
    "fingerprint_segment",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("generation", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("first_key", BigInteger, nullable=False),
    Column("last_key", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""One column (`name`) of some of what is known of a feed; `feed.generation` names the taking that counts."""

source_delivery = Table(
    "source_delivery",
    metadata,
    Column("system", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("business_date", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("entities_done", Text, nullable=False, server_default="[]"),
    Column("run_id", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("parameters", Text, nullable=False, server_default="{}"),
    Column("requested_by", Text, nullable=False, server_default=""),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("phase", Text, nullable=False, server_default=""),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger, nullable=False, server_default="0"),
    Column("summary", Text, nullable=False, server_default="{}"),
    Column("error", Text, nullable=False, server_default=""),
    Column("reported_at", Instant),
    Column("api_used", BigInteger),
    Column("api_allowed", BigInteger),
    Index("ix_run_job_queued_at", "job", "queued_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("target", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("parent", Text, nullable=False, server_default=""),
    Column("operation", Text, nullable=False),
    Column("fields", Text, nullable=False, server_default="{}"),
    Column("columns", Text, nullable=False, server_default=""),
    Column("before", Text),
    Column("creates", Boolean, nullable=False),
    Column("why", Text, nullable=False, server_default=""),
    Column("run_id", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant, nullable=False),
    Column("claim", Text, nullable=False, server_default=""),
    Column("queued_at", Instant, nullable=False),
    Index("uq_outbox_waiting", "target", "object", "key", "claim", unique=True),
    Index("ix_outbox_claim", "claim", "object", "parent", "id"),
)
"""What is to be written to a target; at most one row per record waits (`claim` is empty), a newer change joins it."""

inbox_message = Table(
    "inbox_message",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("sender", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant, nullable=False),
    Column("answer", Text, nullable=False, server_default="{}"),
    Column("error", Text, nullable=False, server_default=""),
    Column("received_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("sender", "message_id"),
    Index("ix_inbox_message_state_not_before", "state", "not_before"),
)
"""What others sent to the hub, once per sender and message id; `id` is the hub's name for it, a random one."""

bulk_job = Table(
    "bulk_job",
    metadata,
    Column("claim", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("job_id", Text, nullable=False),
    Column("uploaded", Boolean, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Bulk jobs of the target that are not settled yet; the row is written before the upload, so that a crash resumes."""

delivery = Table(
    "delivery",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("target", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("target_id", Text, nullable=False, server_default=""),
    Column("code", Text, nullable=False, server_default=""),
    Column("message", Text, nullable=False, server_default=""),
    Column("fields", Text, nullable=False, server_default="{}"),
    Column("before", Text),
    Column("why", Text, nullable=False, server_default=""),
    Column("run_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_delivery_object_key", "object", "key"),
    Index("ix_delivery_run_id", "run_id"),
)
"""Every attempt to write a record to a target and what became of it; append-only."""

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("row_number", BigInteger, nullable=False, server_default="0"),
    Column("source", Text, nullable=False, server_default=""),
    Column("code", Text, nullable=False),
    Column("field", Text, nullable=False, server_default=""),
    Column("message", Text, nullable=False),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("payload", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("settled_by", Text, nullable=False, server_default=""),
    Column("settled_why", Text, nullable=False, server_default=""),
    Column("run_id", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Index("ix_dead_letter_state_place", "state", "place"),
    Index("ix_dead_letter_object_key", "object", "key"),
)
"""What could not go on.

`kind` is row (not understood; `place` is the feed), record (refused; `place` is the target) or message (`place` is
the inbox).
"""

derived_record = Table(
    "derived_record",
    metadata,
    Column("target", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("fields", Text, nullable=False),
)
"""What the hub last concluded for a record that no source row holds; only fields that differ from it are sent."""

landed_row = Table(
    "landed_row",
    metadata,
    Column("system", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("record", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
"""Source records that the hub keeps for itself."""

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default="{}"),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("previous"),
)
"""Who changed what by hand; append-only, each row holding the hash of the one before."""

rotating_token = Table(
    "rotating_token",
    metadata,
    Column("name", Text, primary_key=True),
    Column("refresh", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("access_ends_at", Instant),
    Column("refresh_ends_at", Instant),
    Column("changed_at", Instant, nullable=False),
)
"""Tokens that a system replaces with each use, encrypted with a key that is not in the database."""
