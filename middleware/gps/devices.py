"""The GPS devices and the trucks on lease as the hub knows them: what is in which truck, and how far it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, Row, delete, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import ColumnValues, insert_rows, update_rows
from drawbar.middleware.gps.device_tables import gps_device, lease_vehicle
from drawbar.middleware.gps.records import Device, GpsVendor, Position, device_key
from drawbar.middleware.gps.reports import DeviceReport

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class LeaseVehicle:
    """A truck on lease: its asset number, its VIN, and the account that it is leased on."""

    asset_number: str
    vin: str
    account_number: str


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device with what the hub remembers of it.

    `reference` is the maker's own id of the truck. `last_at` is the time of its newest position, `last_read` when it
    was last asked for by itself, `read_until` until when its events are known; each may be missing.
    """

    device: Device
    reference: str = ""
    last_at: datetime | None = None
    last_read: datetime | None = None
    read_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that completes reports, held for a whole reading and kept up as reports pass.

    `trucks` is keyed by VIN, `newest` (when the newest position was taken) and `vins` by the device's key. `passed`
    holds the newest positions of this reading.
    """

    trucks: dict[str, LeaseVehicle]
    vins: dict[str, str]
    newest: dict[str, datetime]
    passed: dict[str, Position] = field(default_factory=dict)
    rivals: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, vin in self.vins.items():
            self.rivals.setdefault(vin, set()).add(key)

    def complete(self, report: DeviceReport) -> DeviceReport:
        """Give the report with account and truck, and with the newest position that this reading has brought.

        A position that is older than one of an earlier reading is left out.
        Where a truck has several devices, `leads` says whether this one has the newest position of them.
        """
        device, position = report.device, report.newest
        truck = self.trucks.get(device.vin) if device.vin else None
        known = self.newest.get(device.key)
        if position is not None and known is not None and position.at < known:
            position = self.passed.get(device.key)
        if position is not None:
            self.newest[device.key] = position.at
            self.passed[device.key] = position
        self.rivals.setdefault(device.vin, set()).add(device.key)
        return replace(
            report,
            device=replace(device, account=truck.account_number if truck else ""),
            position=position,
            vehicle=truck.asset_number if truck else "",
            leads=position is not None and self._leads(device, position.at),
        )

    def _leads(self, device: Device, at: datetime) -> bool:
        others = (self.newest.get(key) for key in self.rivals[device.vin] - {device.key})
        return all(other is None or other <= at for other in others)


@dataclass(frozen=True, slots=True)
class GpsDevices:
    """What the hub knows, inside the caller's transaction."""

    connection: Connection

    def take_vehicles(self, vehicles: Iterable[LeaseVehicle]) -> None:
        """Keep trucks as they are on lease now."""
        for chunk in in_chunks(vehicles, _CHUNK):
            latest = {each.asset_number: each for each in chunk}
            self.drop_vehicles(latest)
            rows = [
                {"asset_number": each.asset_number, "vin": each.vin, "account_number": each.account_number}
                for each in latest.values()
            ]
            insert_rows(self.connection, lease_vehicle, rows)

    def drop_vehicles(self, asset_numbers: Iterable[str]) -> None:
        """Forget trucks that are not on lease any more."""
        for chunk in in_chunks(asset_numbers, _CHUNK):
            self.connection.execute(delete(lease_vehicle).where(lease_vehicle.c.asset_number.in_(chunk)))

    def knows_vehicles(self) -> bool:
        """Say whether any truck on lease is known."""
        return self.connection.execute(select(lease_vehicle.c.asset_number).limit(1)).first() is not None

    def absorb(self, reports: Iterable[DeviceReport], *, asked: datetime | None) -> None:
        """Remember what was read; `asked` is when, for devices that were asked for by themselves.

        What a report does not tell stays as it was.
        """
        for chunk in in_chunks(reports, _CHUNK):
            latest = {each.device.key: each for each in chunk}
            known = self._stored(list(latest.values()))
            rows = {key: _device_row(each, known.get(key), asked) for key, each in latest.items()}
            insert_rows(self.connection, gps_device, [row for key, row in rows.items() if key not in known])
            update_rows(self.connection, gps_device, [row for key, row in rows.items() if key in known])

    def known(self, vendor: GpsVendor | None = None) -> list[KnownDevice]:
        """Give the devices of one maker, or of all, with their accounts; by maker and serial number."""
        trucks = self._trucks()
        statement = select(gps_device).order_by(gps_device.c.vendor, gps_device.c.serial)
        if vendor is not None:
            statement = statement.where(gps_device.c.vendor == vendor)
        return [_known(row, trucks) for row in self.connection.execute(statement)]

    def find(self, vendor: GpsVendor, serial: str) -> KnownDevice | None:
        """Give one device; None when the hub does not know it."""
        statement = select(gps_device).where(gps_device.c.vendor == vendor, gps_device.c.serial == serial)
        row = self.connection.execute(statement).first()
        return _known(row, self._trucks(row.vin)) if row is not None else None

    def directory(self) -> Directory:
        """Read everything that completes the reports of a reading."""
        columns = (gps_device.c.vendor, gps_device.c.serial, gps_device.c.vin, gps_device.c.last_at)
        seen = [
            (device_key(row.vendor, row.serial), row.vin, row.last_at)
            for row in self.connection.execute(select(*columns))
        ]
        vins = {key: vin for key, vin, _ in seen}
        return Directory(self._trucks(), vins, {key: at for key, _, at in seen if at is not None})

    def _trucks(self, vin: str | None = None) -> dict[str, LeaseVehicle]:
        """Give the trucks on lease by VIN; of two with one VIN the one with the later asset number."""
        statement = select(lease_vehicle).order_by(lease_vehicle.c.asset_number)
        if vin is not None:
            statement = statement.where(lease_vehicle.c.vin == vin)
        rows = self.connection.execute(statement)
        return {row.vin: LeaseVehicle(row.asset_number, row.vin, row.account_number) for row in rows}

    def _stored(self, reports: Sequence[DeviceReport]) -> dict[str, Row[tuple[object, ...]]]:
        serials = {each.device.serial for each in reports}
        rows = self.connection.execute(select(gps_device).where(gps_device.c.serial.in_(serials)))
        return {device_key(row.vendor, row.serial): row for row in rows}


def _known(row: Row[tuple[object, ...]], trucks: dict[str, LeaseVehicle]) -> KnownDevice:
    truck = trucks.get(row.vin)
    device = Device(row.serial, row.vendor, row.vin, truck.account_number if truck else "", active=row.active)
    return KnownDevice(device, row.reference, row.last_at, row.last_read, row.read_until)


def _device_row(report: DeviceReport, before: Row[tuple[object, ...]] | None, asked: datetime | None) -> ColumnValues:
    device, newest = report.device, report.newest
    at = [each for each in (before and before.last_at, newest and newest.at) if each]
    return {
        "vendor": device.vendor,
        "serial": device.serial,
        "vin": device.vin or (before.vin if before else ""),
        "reference": report.reference or (before.reference if before else ""),
        "active": device.active,
        "last_at": max(at, default=None),
        "last_read": asked or (before.last_read if before else None),
        "read_until": report.read_until or (before.read_until if before else None),
    }
