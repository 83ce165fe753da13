"""Runs migrations on the connection that `migrate` hands over; this file names every module that has tables."""

from __future__ import annotations

from alembic import context

from drawbar.middleware.collections import tables as collections_tables
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.database.relocation import relocation
from drawbar.middleware.server import tables as server_tables
from drawbar.middleware.sync import tables as sync_tables

assert metadata is collections_tables.promise.metadata is sync_tables.outbox.metadata is relocation.metadata
assert metadata is server_tables.api_key.metadata
from drawbar.middleware.sync import data_set_tables

assert metadata is data_set_tables.data_set_delivery.metadata
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
