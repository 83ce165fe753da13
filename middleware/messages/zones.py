"""Time zones of lessees by state and ZIP code, and when a moment lies within the hours of all of them.

The zones of states are those of the United States Department of Transportation, 49 CFR part 71 (read 2026-11), by
their names in the IANA time zone database; 15 USC 260a leaves Arizona, but for the Navajo Nation, and Hawaii without
daylight saving. In a state with two zones the ZIP code says which one is the lessee's, by the data set of the package
`zipcodes`; where it does not, both count: a moment has to be right in each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

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
_ZIP: Final = re.compile(r"(\d{5})(-?\d{4})?")
_SEASONS: Final = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


def zones_of(state: str, postal_code: str) -> tuple[str, ...]:
    """Give the zones in which a moment has to be right: that of the ZIP code, or all of the state's.

    A ZIP code is not believed where it lies in another state, in a zone that the state has none of, or where the data
    set knows of one zone in a state that has two. Raises KeyError for what is no state.
    """
    zones = ZONES_OF_STATE[state]
    found = _ZIP.fullmatch(postal_code.strip())
    if len(zones) == 1 or found is None or not _tells_zones_apart(state):
        return zones
    zone = _zone_of_zip(found[1], state)
    return (zone,) if zone and _clock(zone) in map(_clock, zones) else zones


def _zone_of_zip(digits: str, state: str) -> str:
    """Give the zone of a ZIP code, "" where the data set knows none, or more than one."""
    import zipcodes  # noqa: PLC0415  (its data set is read at the first question, which takes a moment)

    told: list[dict[str, Any]] = zipcodes.matching(digits)  # type: ignore[no-untyped-call]
    zones = {each["timezone"] for each in told if each["state"] == state}
    return zones.pop() if len(zones) == 1 and zones <= available_timezones() else ""


@cache
def _tells_zones_apart(state: str) -> bool:
    """Say whether the data set knows ZIP codes in each zone of a state."""
    import zipcodes  # noqa: PLC0415

    told: list[dict[str, Any]] = zipcodes.filter_by(state=state)  # type: ignore[no-untyped-call]
    zones = {each["timezone"] for each in told} & available_timezones()
    return {_clock(each) for each in zones} >= {_clock(each) for each in ZONES_OF_STATE[state]}


@cache
def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """Give what tells the time of a zone from that of another: how far it is from UTC in winter and in summer."""
    return tuple(each.astimezone(ZoneInfo(zone)).utcoffset() for each in _SEASONS)


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
