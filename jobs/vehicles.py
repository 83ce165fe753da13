"""Which truck has which VIN, and on which account it is leased: what GPS devices are found by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.inbound import opened
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.devices import GpsDevices, LeaseVehicle
from drawbar.middleware.records import SourceRow
from drawbar.middleware.sync.polled import PolledRun
from drawbar.middleware.sync.tables import feed

VEHICLES = "vehicles"


def take_vehicles(connection: Connection, records: Sequence[leaseworks.Vehicle]) -> None:
    """Keep what LeaseWorks says of vehicles."""
    GpsDevices(connection).take_vehicles(map(_on_lease, records))


def take_kept_vehicles(hub: Hub, run: PolledRun) -> None:
    """Learn the vehicles from the last delivery where none is known: of a hub that ran before there were GPS devices.

    From then on the job `accounts` keeps them up.
    """
    devices = GpsDevices(run.connection)
    if not devices.knows_vehicles():
        devices.take_vehicles(_kept(hub, run.connection))


def _kept(hub: Hub, connection: Connection) -> Iterator[LeaseVehicle]:
    row = connection.execute(select(feed).where(feed.c.name == f"{SYSTEM}.{VEHICLES}")).first()
    kept = opened(hub, row.source_file) if row is not None else None
    if kept is None or VEHICLES not in kept.entities:
        return
    source = kept.source(VEHICLES)
    for batch in source.batches():
        for place, (key, raw) in enumerate(zip(batch.keys, batch.raws, strict=True)):
            try:
                record = source.parse(SourceRow(batch.first_number + place, key.decode("utf-8", "replace"), raw))
            except RecordRejected:
                continue  # the job `accounts` has told of it
            if isinstance(record, leaseworks.Vehicle):
                yield _on_lease(record)


def _on_lease(vehicle: leaseworks.Vehicle) -> LeaseVehicle:
    return LeaseVehicle(vehicle.asset_number, vehicle.vin, vehicle.account_number)
