"""What Spireon's interface answers, as typed records; members that Drawbar does not read are left alone.

Source: the unofficial OpenAPI description of lojack-clients 1.0.2 (PyPI, read 2026-07), docs/connectors/spireon.md.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from drawbar.middleware.gps.units import (
    Latitude,
    Longitude,
    MileCount,
    MilesPerHour,
    OffsetInstant,
    Volts,
)


class SpireonRecord(BaseModel):
    """What all records of Spireon have in common."""

    model_config = ConfigDict(frozen=True)


class Address(SpireonRecord):
    """A postal address; every part may be missing."""

    line1: str = ""
    city: str = ""
    state: str = Field("", alias="stateOrProvince")
    postal_code: str = Field("", alias="postalCode")


class Location(SpireonRecord):
    """A place, and its address when Spireon knows one."""

    latitude: Latitude = Field(alias="lat")
    longitude: Longitude = Field(alias="lng")
    address: Address | None = None


class InstrumentationRef(SpireonRecord):
    """The link from an asset to its device."""

    device_id: str = Field("", alias="deviceId")


class Asset(SpireonRecord):
    """A truck as Spireon knows it, with what its device last said."""

    id: str = Field(min_length=1)
    active: bool
    vin: str = Field("", max_length=17)
    odometer: MileCount | None = None
    battery_volts: Volts | None = Field(None, alias="batteryVoltage")
    speed: MilesPerHour | None = None
    status: str | None = None
    reported_at: OffsetInstant | None = Field(None, alias="locationLastReported")
    location: Location | None = Field(None, alias="lastLocation")
    instrumentation: InstrumentationRef | None = Field(None, alias="instrumentationRef")


class SpireonDevice(SpireonRecord):
    """A device: its serial number, and whether it reports."""

    id: str = Field(min_length=1)
    active: bool
    serial: str = Field(alias="serialNumber", min_length=1, max_length=60)


class Event(SpireonRecord):
    """Something that a device reported."""

    id: str = Field(min_length=1)
    type: str
    at: OffsetInstant = Field(alias="date")
    location: Location | None = None
    odometer: MileCount | None = None
    battery_volts: Volts | None = Field(None, alias="batteryVoltage")
    heading: int | None = Field(None, ge=0, le=360)
    speed: MilesPerHour | None = None
    fix: str = Field("GOOD", alias="gpsFixQuality")
    detail: dict[str, object] | None = Field(None, alias="eventData")


class Point(SpireonRecord):
    """A corner of a geofence."""

    latitude: Latitude = Field(alias="lat")
    longitude: Longitude = Field(alias="lng")


class Shape(SpireonRecord):
    """A geofence's shape; only rectangles are known."""

    type: str
    point1: Point
    point2: Point


class Geofence(SpireonRecord):
    """An area of an asset that Spireon reports the entering and leaving of."""

    id: str = Field(min_length=1)
    name: str = ""
    shape: Shape


class CommandRequest(SpireonRecord):
    """A command that Spireon has taken."""

    id: str = Field(min_length=1)
    command: str
