"""PassTime as the hub asks it: where each of its devices last was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.records import LastLocate
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.gps.records import Device, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.units import is_no_fix
from drawbar.middleware.sync.polled import Refused

VENDOR: Final = "PassTime"


def last_locates(client: PassTimeClient, devices: Iterable[Device]) -> Iterator[DeviceReport | Refused]:
    """Ask for each device where it last was: one call per device, at the pace that the settings allow.

    A device that PassTime does not know, or an answer that cannot be understood, does not keep the others out.
    """
    for device in devices:
        try:
            found = client.last_locate(device.serial)
        except RecordRejected as error:
            yield Refused(device.key, error, device.serial.encode())
        else:
            position = as_position(device.serial, found) if found else None
            yield DeviceReport(device, position, track=(position,) if position else ())


def as_position(serial: str, locate: LastLocate) -> Position | None:
    """Give a locate in our words; None when the device knew no place."""
    if is_no_fix(locate.latitude, locate.longitude):
        return None
    miles = None if locate.total_miles is None else int(locate.total_miles)
    return Position(serial, VENDOR, locate.at, locate.latitude, locate.longitude, odometer=miles)
