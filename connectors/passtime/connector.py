"""PassTime as the hub asks it: where each of its devices last was, by the partner interface or from portal exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drawbar.connectors.passtime.client import PassTimeClient
from drawbar.connectors.passtime.portal import read_export
from drawbar.connectors.passtime.records import LastLocate
from drawbar.connectors.passtime.settings import PassTimeSettings
from drawbar.middleware.errors import ConfigError, RecordRejected
from drawbar.middleware.gps.records import Device, GpsVendor, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.units import is_no_fix
from drawbar.middleware.observe import Observer
from drawbar.middleware.sync.polled import Refused

VENDOR: Final[GpsVendor] = "PassTime"


@dataclass(frozen=True, slots=True)
class PassTime:
    """Both surfaces of PassTime; a lender may have only one of them."""

    settings: PassTimeSettings
    interface: PassTimeClient | None

    @property
    def client(self) -> PassTimeClient:
        """The partner interface; ConfigError when the lender has none."""
        if self.interface is None:
            raise ConfigError(
                "PassTime's partner interface is not configured",
                remedy="Set dealer_number, username and password of [passtime].",
            )
        return self.interface

    def exports(self) -> list[Path]:
        """Give the portal's exports that lie in the folder, in the order in which they were made there."""
        folder = self.settings.portal.folder
        if folder is None or not folder.is_dir():
            return []
        found = [path for path in folder.iterdir() if path.suffix.lower() in {".csv", ".xlsx"} and path.is_file()]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def export(self, path: Path) -> Iterator[DeviceReport | Refused]:
        """Read one export; StopRun when it lacks a column that is needed."""
        return read_export(path, self.settings.portal)


def open_passtime(settings: PassTimeSettings, observer: Observer | None = None) -> PassTime:
    """Open PassTime as the settings have it; connects to nothing yet."""
    return PassTime(settings, PassTimeClient(settings, observer=observer) if settings.dealer_number else None)


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
