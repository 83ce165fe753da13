"""Runs migrations on the connection that `migrate` hands over; this file names every module that has tables."""

from __future__ import annotations

from alembic import context

from drawbar.middleware.auctions import tables as auction_tables
from drawbar.middleware.collections import tables as collections_tables
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.database.relocation import relocation
from drawbar.middleware.gps import device_tables
from drawbar.middleware.gps import tables as gps_tables
from drawbar.middleware.messages import tables as message_tables
from drawbar.middleware.remarketing import tables as remarketing_tables
from drawbar.middleware.repairs import tables as repairs_tables
from drawbar.middleware.repossession import agent_tables
from drawbar.middleware.repossession import tables as repossession_tables
from drawbar.middleware.resale import tables as resale_tables
from drawbar.middleware.server import tables as server_tables
from drawbar.middleware.server.soap import tables as soap_tables
from drawbar.middleware.sync import data_set_tables, edit_tables, papers, pickup_tables, sent_mail
from drawbar.middleware.sync import tables as sync_tables

one_of_each = (
    auction_tables.auction_invoice,
    collections_tables.promise,
    data_set_tables.data_set_delivery,
    edit_tables.edit_seen,
    device_tables.gps_device,
    gps_tables.gps_alert,
    message_tables.lessee_message,
    papers.paper,
    pickup_tables.pickup_task,
    relocation,
    remarketing_tables.remarketing_request,
    repairs_tables.repair_order,
    repossession_tables.repo_case,
    resale_tables.work_order,
    sent_mail.sent_mail,
    agent_tables.agent_mail,
    server_tables.api_key,
    soap_tables.soap_nonce,
    sync_tables.outbox,
)
assert all(each.metadata is metadata for each in one_of_each)
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
