"""What PassTime's partner interface answers, as typed records."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from drawbar.middleware.gps.units import Latitude, Longitude, MileCount
from drawbar.middleware.units import in_utc

EASTERN_STANDARD: Final = timezone(timedelta(hours=-5), "EST")
"""The zone in which locates are asked for: without daylight saving, so that no hour comes twice."""

_US_FORMAT: Final = "%m/%d/%Y %I:%M:%S %p"


def _as_instant(text: object) -> object:
    """Read a local time of the zone asked for, written as ISO 8601 or as PassTime's portal writes it."""
    if not isinstance(text, str):
        return text
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = datetime.strptime(text.strip(), _US_FORMAT)  # noqa: DTZ007  (the zone comes in the next line)
    return in_utc(local if local.tzinfo else local.replace(tzinfo=EASTERN_STANDARD))


class LastLocate(BaseModel):
    """An element of the answer of `GetLastLocate`; other members are left alone."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    latitude: Latitude = Field(alias="lat")
    longitude: Longitude = Field(alias="long")
    at: Annotated[datetime, BeforeValidator(_as_instant)] = Field(alias="lastLocate")
    total_miles: MileCount | None = Field(None, alias="totalMiles")


class TotalMiles(BaseModel):
    """An element of the answer of `GetTotalMiles`."""

    model_config = ConfigDict(frozen=True)

    total_miles: MileCount = Field(alias="totalMiles")
