"""What people do with GPS devices by hand: map them to trucks, ask one where it is, look at its geofences."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from drawbar.connectors.passtime.connector import PassTime, as_position
from drawbar.connectors.passtime.portal import read_export
from drawbar.connectors.spireon.connector import Spireon
from drawbar.connectors.spireon.records import CommandRequest, Geofence
from drawbar.jobs.hub import Hub
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError, NotThere, RecordRejected
from drawbar.middleware.gps.devices import GpsDevices, KnownDevice
from drawbar.middleware.gps.records import Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.sync.polled import Refused


@dataclass(slots=True)
class Learnt:
    """What a file of devices came to: devices, those in trucks on lease, and the rows that were refused."""

    devices: int = 0
    on_lease: int = 0
    refused: list[str] = field(default_factory=list)


def map_file(hub: Hub, path: Path, *, dry_run: bool) -> Learnt:
    """Keep which PassTime device is in which truck; what else is known of a device stays."""
    portal = passtime_of(hub).settings.portal
    ours = {name: heading if name in {"serial", "vin"} else "" for name, heading in portal.columns.items()}
    learnt = Learnt()
    with hub.engine.connect() as connection:
        devices = GpsDevices(connection)
        directory = devices.directory()
        reports: list[DeviceReport] = []
        for each in read_export(path, portal.model_copy(update={"columns": ours})):
            if isinstance(each, Refused):
                learnt.refused.append(str(each.error))
            else:
                reports.append(directory.complete(each))
        devices.absorb(reports, asked=None)
        connection.rollback() if dry_run else connection.commit()
    learnt.devices = len({each.device.key for each in reports})
    learnt.on_lease = len({each.device.key for each in reports if each.vehicle})
    return learnt


def locate_passtime(hub: Hub, serial: str) -> Position:
    """Have a PassTime device say where it is, and wait; raises RetryLater when it does not in time."""
    found = as_position(serial, passtime_of(hub).client.locate_now(serial))
    if found is None:
        raise RecordRejected("knows no place", record=f"device {serial}", remedy="Try again under an open sky.")
    return found


def locate_spireon(hub: Hub, serial: str) -> CommandRequest:
    """Have a Spireon device say where it is; the answer comes with a later reading."""
    return spireon_of(hub).client.ask_where(_spireon_device(hub, serial).reference)


def spireon_geofences(hub: Hub, serial: str) -> list[Geofence]:
    """Give the geofences that Spireon holds for the truck of a device."""
    return spireon_of(hub).client.geofences(_spireon_device(hub, serial).reference)


def passtime_of(hub: Hub) -> PassTime:
    """Give PassTime; ConfigError when it is not configured."""
    if hub.passtime is None:
        raise ConfigError("PassTime is not configured", remedy="Add [passtime] to drawbar.toml.")
    return hub.passtime


def spireon_of(hub: Hub) -> Spireon:
    """Give Spireon; ConfigError when it is not configured."""
    if hub.spireon is None:
        raise ConfigError("Spireon is not configured", remedy="Add [spireon] to drawbar.toml.")
    return hub.spireon


def _spireon_device(hub: Hub, serial: str) -> KnownDevice:
    with reading(hub.engine) as connection:
        known = GpsDevices(connection).find("Spireon", serial)
    if known is None or not known.reference:
        raise NotThere(f"the hub knows no Spireon device {serial}", remedy="Run: drawbar run gps-book")
    return known
