"""Which vehicles people want to be repossessed, as set in Salesforce (P12): their devices are read most often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import Hub
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.gps.device_tables import lease_vehicle
from drawbar.middleware.gps.tables import repossession_wish
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.polled import PolledResult, PolledRun

ORDERS: Final = "salesforce.dispositions"
WANTED: Final = frozenset({"PENDING", "ORDERED"})
"""Dispositions of a vehicle that is asked for, and not found yet."""
_CHUNK: Final = 200


def read_orders(hub: Hub, run: PolledRun) -> PolledResult:
    """Ask Salesforce for the dispositions of delinquent accounts' vehicles, 200 per call, when it is time again.

    It is time every `orders_every_minutes`; between, nothing is asked, and what was answered last holds.
    """
    result = PolledResult(ORDERS, "Salesforce")
    last = run.cursor(ORDERS)
    if last and run.now - datetime.fromisoformat(last) < timedelta(minutes=hub.gps.orders_every_minutes):
        return result
    today = run.now.astimezone(hub.zone).date()
    late = CollectionsBook(run.connection, hub.collections).delinquent(today)
    vehicles = list(_vehicles(run.connection, sorted(late)))
    run.commit()  # no transaction stays open while Salesforce is waited for
    wanted: list[tuple[str, str]] = []
    for chunk in in_chunks(vehicles, _CHUNK):
        read = hub.salesforce().read(VEHICLE.api_name, [asset for asset, _ in chunk], ["Disposition__c"])
        wanted += [each for each in chunk if read.get(each[0], {}).get("Disposition__c") in WANTED]
        result.read += len(chunk)
    _keep(run.connection, wanted)
    Feeds(run.connection).move_cursor(ORDERS, run.now.isoformat(), result.source, run.now)
    run.commit()
    return result


def ordered_accounts(connection: Connection) -> set[str]:
    """Name the accounts with a vehicle that is to be repossessed."""
    return set(connection.execute(select(repossession_wish.c.account_number)).scalars())


def _vehicles(connection: Connection, accounts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for some in in_chunks(accounts, _CHUNK):
        columns = (lease_vehicle.c.asset_number, lease_vehicle.c.account_number)
        rows = connection.execute(select(*columns).where(lease_vehicle.c.account_number.in_(some)))
        yield from ((row.asset_number, row.account_number) for row in rows)


def _keep(connection: Connection, wanted: Sequence[tuple[str, str]]) -> None:
    connection.execute(delete(repossession_wish))
    rows = [{"asset_number": asset, "account_number": account} for asset, account in wanted]
    insert_rows(connection, repossession_wish, rows)
