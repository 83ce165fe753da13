"""Which truck has which VIN, and on which account it is leased: what GPS devices are found by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from drawbar.connectors.leaseworks import records as leaseworks
from drawbar.jobs.hub import Hub
from drawbar.jobs.kept import kept_records
from drawbar.middleware.gps.devices import GpsDevices, LeaseVehicle
from drawbar.middleware.sync.polled import PolledRun

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
        devices.take_vehicles(map(_on_lease, kept_records(hub, run.connection, VEHICLES, leaseworks.Vehicle)))


def _on_lease(vehicle: leaseworks.Vehicle) -> LeaseVehicle:
    return LeaseVehicle(vehicle.asset_number, vehicle.vin, vehicle.account_number)
