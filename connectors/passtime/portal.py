"""Exports of PassTime's portal, CSV or Excel, for lenders to whom the partner interface is not given."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from drawbar.connectors.passtime.settings import PortalSettings
from drawbar.middleware.errors import RecordRejected, StopRun
from drawbar.middleware.gps.records import Device, Position
from drawbar.middleware.gps.reports import DeviceReport
from drawbar.middleware.gps.units import Latitude, Longitude, MileCount, is_no_fix
from drawbar.middleware.sync.polled import Refused
from drawbar.middleware.vendor_answers import understood

Cells = Mapping[str, object]
"""A row by column heading; Excel's cells keep their types."""


def _bare(cell: object) -> object:
    """Give a cell without blanks and thousands separators; None for an empty one, text for a number."""
    if cell is None or isinstance(cell, datetime):
        return cell
    return str(cell).strip().replace(",", "") or None


def _text(cell: object) -> object:
    """Give a cell as text; Excel makes a number of a serial number that is one."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


Plain = Annotated[str, BeforeValidator(_text)]


class ExportedDevice(BaseModel):
    """One row of an export, by our field names; a device that never said where it is has no place."""

    model_config = ConfigDict(frozen=True)

    serial: Annotated[Plain, Field(min_length=1, max_length=60)]
    vin: Annotated[Plain, Field(max_length=17)] = ""
    latitude: Annotated[Latitude | None, BeforeValidator(_bare)] = None
    longitude: Annotated[Longitude | None, BeforeValidator(_bare)] = None
    address: Plain = ""
    odometer: Annotated[MileCount | None, BeforeValidator(_bare)] = None


def read_export(path: Path, settings: PortalSettings) -> Iterator[DeviceReport | Refused]:
    """Read an export row by row; a row that is wrong does not keep the others out.

    Raises StopRun when the file cannot be read or lacks a column that the settings name.
    """
    rows = _excel(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    for number, cells in enumerate(rows, start=1):
        if number == 1:
            _refuse_missing(path, cells, settings)
        yield _report(path, number, cells, settings)


def _csv(path: Path) -> Iterator[Cells]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _excel(path: Path) -> Iterator[Cells]:
    """Read the first sheet, whose first row holds the headings; formulas count as their last value."""
    from openpyxl import load_workbook  # noqa: PLC0415  (a sixth of a second)
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            headings = [str(cell or "").strip() for cell in next(rows, ())]
            for row in rows:
                if any(cell is not None for cell in row):
                    yield dict(zip(headings, row, strict=False))
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> StopRun:
    return StopRun(
        f"cannot be read ({type(error).__name__})",
        record=f"portal export {path.name}",
        remedy="Export it anew as CSV (UTF-8) or as an Excel workbook (.xlsx), or take it out of the folder.",
    )


def _refuse_missing(path: Path, cells: Cells, settings: PortalSettings) -> None:
    missing = [heading for heading in settings.columns.values() if heading and heading not in cells]
    if missing:
        raise StopRun(
            f"has no column {', '.join(missing)}",
            record=f"portal export {path.name}",
            remedy='Set passtime.portal.columns to the headings that the export has, "" for those that it lacks.',
        )


def _report(path: Path, number: int, cells: Cells, settings: PortalSettings) -> DeviceReport | Refused:
    record = f"{path.name} row {number}"
    ours = {name: cells.get(heading) for name, heading in settings.columns.items() if heading}
    serial = str(_text(ours.get("serial")))
    try:
        exported = understood(ExportedDevice, ours, record=record, vendor="PassTime")
        at = _instant(ours.get("at"), settings, record)
    except RecordRejected as error:
        raw = json.dumps(ours, default=str).encode()
        return Refused(f"PassTime:{serial}" if serial else record, error, raw)
    device = Device(exported.serial, "PassTime", exported.vin, "", active=True)
    return DeviceReport(device, _position(exported, at))


def _position(exported: ExportedDevice, at: datetime | None) -> Position | None:
    latitude, longitude = exported.latitude, exported.longitude
    if at is None or latitude is None or longitude is None or is_no_fix(latitude, longitude):
        return None
    miles = None if exported.odometer is None else int(exported.odometer)
    return Position(exported.serial, "PassTime", at, latitude, longitude, address=exported.address, odometer=miles)


def _instant(cell: object, settings: PortalSettings, record: str) -> datetime | None:
    """Understand a local time of the portal's zone; an hour that comes twice in autumn counts as the first."""
    text = "" if cell is None else str(cell).strip()
    if not text:
        return None
    try:
        local = cell if isinstance(cell, datetime) else datetime.strptime(text, settings.time_format)  # noqa: DTZ007
    except ValueError:
        raise RecordRejected(
            f"{text!r} is not a time as {settings.time_format} writes it",
            record=record,
            field="at",
            remedy="Set passtime.portal.time_format to how the export writes times.",
            code="NOT_UNDERSTOOD",
        ) from None
    return local.replace(tzinfo=ZoneInfo(settings.time_zone)).astimezone(UTC)
