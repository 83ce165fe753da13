"""Days as FleetRock keeps them: written as US Eastern days, read back as instants in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

EASTERN: Final = ZoneInfo("America/New_York")


def eastern_day(moment: datetime) -> date:
    """Give the day on which an instant lies in New York; one without time of day (midnight UTC) is that day itself."""
    utc = moment.astimezone(UTC)
    if (utc.hour, utc.minute, utc.second) == (0, 0, 0):
        return utc.date()
    return utc.astimezone(EASTERN).date()


def us_day(day: date) -> str:
    """Word a day as FleetRock takes it: `3/2/2026`."""
    return f"{day.month}/{day.day}/{day.year}"
