"""Rows by hand, and how Orion's simulated places are reached."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import URL, make_url

from drawbar.connectors.orion.bundle import Bundle, bundle_name, write_bundle
from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.settings import OrionSettings
from drawbar.connectors.orion.shape import Cell, Kind, Row
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer

MONDAY = date(2026, 3, 2)
PASSWORD = "correct horse battery staple"
_CELLS: dict[Kind, Cell] = {
    Kind.TEXT: "x", Kind.DATE: MONDAY, Kind.INSTANT: datetime(2026, 3, 2, 15, tzinfo=UTC), Kind.COUNT: 3,
    Kind.MONEY: Decimal("0.10"),
}  # fmt: skip


def row(name: str, **cells: Cell) -> Row:
    """Give a row of a data set in which every cell holds something, unless told otherwise."""
    return {each.name: _CELLS[each.kind] for each in DATA_SETS[name].columns} | cells


def payment(number: str, amount: str, collector: str = "JDOE") -> Row:
    return row("transactions", transaction_number=number, amount=Decimal(amount), collector=collector, kind="Payment")


def bundle(folder: Path, *rows: Row, day: date = MONDAY, number: int = 1) -> Bundle:
    """Write a bundle with transactions."""
    contents = {name: list(rows) if name == "transactions" else [] for name in DATA_SETS}
    return write_bundle(folder, bundle_name(day, number), day, contents)[0]


def sql_section(url: str, **more: str) -> dict[str, object]:
    """Give `[orion.sql]` for a URL with its password."""
    parsed = make_url(url)
    without = URL.create(
        parsed.drivername, parsed.username, None, parsed.host, parsed.port, parsed.database
    )  # fmt: skip
    section: dict[str, object] = {"url": without.render_as_string(), **more}
    return section | ({"password": parsed.password} if parsed.password else {})


def sftp_section(server: LeaseWorksServer) -> dict[str, object]:
    """Give `[orion.sftp]` for a server."""
    return {
        "host": server.host, "port": server.port, "user": server.login.user, "password": server.login.password,
        "known_hosts": server.known_hosts, "folder": "inbound/orion", "timeout_seconds": 10,
    }  # fmt: skip


def orion_settings(**sections: object) -> OrionSettings:
    return OrionSettings.model_validate(sections)
