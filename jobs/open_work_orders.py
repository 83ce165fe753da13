"""The open work order report: what was asked for and has not been decided, longest waiting first (P21)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from drawbar.connectors.orion.shape import Column, DataSet, Kind, Row
from drawbar.jobs.hub import Hub
from drawbar.middleware.database.engine import reading
from drawbar.middleware.resale.orders_book import WorkOrderBook

_SOURCE: Final = "hub, work orders"

OPEN_WORK_ORDERS: Final = DataSet(
    name="open-work-orders",
    title="Open work orders",
    one_row="one work order that was neither approved nor rejected",
    columns=(
        Column("number", Kind.TEXT, "number of the work order", _SOURCE, 43, key=True),
        Column("kind", Kind.TEXT, "what is done", _SOURCE, 20),
        Column("asset_number", Kind.TEXT, "vehicle that it is done on", _SOURCE, 20),
        Column("account_number", Kind.TEXT, "lease account of the vehicle", _SOURCE, 20),
        Column("vendor", Kind.TEXT, "who does it", _SOURCE, 100),
        Column("reference", Kind.TEXT, "the vendor's number", _SOURCE, 80),
        Column("made_at", Kind.INSTANT, "when the hub first heard of it", _SOURCE),
        Column("days_open", Kind.COUNT, "whole days since then", "worked out"),
        Column("estimate", Kind.MONEY, "what it was expected to cost", _SOURCE),
        Column("amount", Kind.MONEY, "what the vendor is owed", _SOURCE),
        Column("over_estimate", Kind.MONEY, "by how much the amount is above the estimate", "worked out"),
    ),
    group_by=("kind", "vendor"),
    totals=("estimate", "amount", "over_estimate"),
    screen=("number", "kind", "asset_number", "vendor", "days_open", "estimate", "amount"),
    snapshot=True,
)


def open_work_orders(hub: Hub, now: datetime) -> Iterator[Row]:
    """Give a row per open work order, oldest first."""
    with reading(hub.engine) as connection:
        found = WorkOrderBook(connection).listed(status="Open")
    for each in found:
        order = each.order
        yield {
            "number": order.number, "kind": order.kind, "asset_number": order.vehicle,
            "account_number": order.account, "vendor": order.vendor, "reference": order.reference,
            "made_at": each.made_at, "days_open": (now - each.made_at).days, "estimate": order.estimate,
            "amount": order.amount, "over_estimate": order.over_estimate,
        }  # fmt: skip
