"""How to reach PassTime, as a table of `drawbar.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self
from zoneinfo import available_timezones

from pydantic import ConfigDict, Field, field_validator, model_validator

from drawbar.middleware.http import HttpOptions, safe_url
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "passtime"
"""What settings, metrics and logs call PassTime."""

COLUMNS: Final = {
    "serial": "Serial Number",
    "vin": "VIN",
    "at": "Last Locate",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "address": "Address",
    "odometer": "Total Miles",
}
"""Our field → the heading of the portal's export. The portal lets each dealer choose; these are to be adapted."""

_NEEDED: Final = ("serial", "vin")


class PortalSettings(Section):
    """Where exports of PassTime's portal are dropped, for lenders without the partner interface."""

    folder: Path | None = Field(None, description="folder with exports, CSV or Excel (.xlsx); none: no exports")
    columns: dict[str, str] = Field(COLUMNS, description='our field to the export\'s column heading; "" for no column')
    time_zone: str = Field("America/New_York", description="zone in which the export's times are meant")
    time_format: str = Field("%m/%d/%Y %I:%M:%S %p", description="how the export writes a time, as strptime reads it")

    @field_validator("folder")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("is not a time zone such as America/New_York")
        return name

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        unknown = sorted(columns.keys() - COLUMNS.keys())
        if unknown:
            raise ValueError(f"names no field of ours: {', '.join(unknown)}; known are {', '.join(COLUMNS)}")
        merged = {**COLUMNS, **columns}
        missing = [name for name in _NEEDED if not merged[name]]
        if missing:
            raise ValueError(f"needs a column for {', '.join(missing)}")
        return merged


class PassTimeSettings(Section):
    """PassTime's partner interface, how to log in, and how hard to lean on it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field("https://softwarepartners.passtimeusa.com", description="address of the partner interface")
    dealer_number: str = Field("", description="the lender's account number at PassTime; empty: portal exports only")
    username: str = Field("", description="user of the partner interface")
    password: Secret | None = Field(None, description="password of the user")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(30, gt=0, le=600, description="to wait for the next byte of an answer")
    calls_per_minute: float = Field(60, gt=0, le=6_000, description="never more calls in a minute; one asks one device")
    nightly_calls: int = Field(
        20_000, ge=0, description="devices asked each night; those first that were not asked for longest"
    )
    locate_patience_seconds: float = Field(
        180, gt=0, le=3_600, description="to wait for a device that was asked where it is"
    )
    starter_interrupt: bool = Field(
        False, description="allow commands that keep a truck from starting; two people have to agree to each"
    )
    starter_approval_hours: float = Field(
        4, gt=0, le=72, description="a starter command that nobody approves ends then"
    )
    portal: PortalSettings = PortalSettings()

    @field_validator("url")
    @classmethod
    def _safe(cls, value: str) -> str:
        return safe_url(value)

    @model_validator(mode="after")
    def _log_in_is_complete(self) -> Self:
        if self.dealer_number and not (self.username and self.password):
            raise ValueError("dealer_number needs username and password")
        if not self.dealer_number and self.portal.folder is None:
            raise ValueError("needs dealer_number with username and password, or portal.folder")
        if self.starter_interrupt and not self.dealer_number:
            raise ValueError("starter_interrupt needs dealer_number with username and password")
        return self

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(self.connect_timeout_seconds, self.read_timeout_seconds, pool=4, ca_file=self.ca_file)
