"""Time zones of lessees by state, and when a moment lies within the hours of all of them.

The zones of states are those of the United States Department of Transportation, 49 CFR part 71 (read 2026-11), by
their names in the IANA time zone database; 15 USC 260a leaves Arizona, but for the Navajo Nation, and Hawaii without
daylight saving. A state with two zones counts as both: a moment has to be right in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_EASTERN: Final = "America/New_York"
_CENTRAL: Final = "America/Chicago"
_MOUNTAIN: Final = "America/Denver"
_PACIFIC: Final = "America/Los_Angeles"

ZONES_OF_STATE: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT", "WV"),
        (_EASTERN,),
    ),
    **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), (_CENTRAL,)),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), (_MOUNTAIN,)),
    **dict.fromkeys(("CA", "WA"), (_PACIFIC,)),
    **dict.fromkeys(("FL", "IN", "KY", "MI", "TN"), (_EASTERN, _CENTRAL)),
    **dict.fromkeys(("KS", "ND", "NE", "SD", "TX"), (_CENTRAL, _MOUNTAIN)),
    **dict.fromkeys(("ID", "NV", "OR"), (_MOUNTAIN, _PACIFIC)),
    "AZ": ("America/Phoenix", _MOUNTAIN),
    "AK": ("America/Anchorage", "America/Adak"),
    "HI": ("Pacific/Honolulu",),
    "PR": ("America/Puerto_Rico",),
    "VI": ("America/St_Thomas",),
    "GU": ("Pacific/Guam",),
    "MP": ("Pacific/Saipan",),
    "AS": ("Pacific/Pago_Pago",),
}

_TRIES: Final = 10


def allowed_from(zones: tuple[str, ...], first: time, last: time, at: datetime) -> datetime:
    """Give the first moment from an instant on that lies at `first` or later, and before `last`, in every zone.

    Raises ValueError where the hours are so few that the zones have none in common.
    """
    moment = at
    for _ in range(_TRIES):
        later = max(_allowed_in(ZoneInfo(zone), first, last, moment) for zone in zones)
        if later == moment:
            return moment
        moment = later
    raise ValueError(f"{', '.join(zones)} have no hours between {first} and {last} in common")


def _allowed_in(zone: ZoneInfo, first: time, last: time, at: datetime) -> datetime:
    local = at.astimezone(zone)
    if first <= local.time() < last:
        return at
    day = local.date() if local.time() < first else local.date() + timedelta(days=1)
    return datetime.combine(day, first, zone).astimezone(UTC)
