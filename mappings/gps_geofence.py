"""Geofence of the lender's files → Geofence__c, with an outline that a map can draw (P07, P08)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from shapely import get_num_coordinates
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drawbar.connectors.salesforce.records.geofence import GeofenceRecord, GeofenceRemoval
from drawbar.mappings.words import line, our_word
from drawbar.middleware.gps.geofences import FenceKind, Geofence

KIND: Final = {
    FenceKind.HOME: "Home", FenceKind.YARD: "Yard", FenceKind.WATCH: "Watch", FenceKind.BORDER: "Border",
}  # fmt: skip
_MOST_POINTS: Final = 600
_FINEST, _COARSER = 0.0001, 2.0
"""Degrees by which an outline may differ from the place (about 10 metres), and how that grows until it fits."""
_DECIMALS: Final = 5


def to_salesforce(fence: Geofence, *, now: datetime) -> GeofenceRecord:
    """Map a place as the files have it now."""
    return GeofenceRecord(
        fence_key=key_of(fence),
        name=line(fence.name),
        kind=our_word(KIND, fence.kind, record=f"geofence {fence.name}", field="kind"),
        lease_account=fence.account or None,
        outline=json.dumps(list(_rings(_drawn(fence.area))), separators=(",", ":")),
        active=True,
        source_system="Drawbar",
        source_updated=now,
        last_synced=now,
    )


def removed(key: str, *, now: datetime) -> GeofenceRemoval:
    """Map a place that the files do not have any more."""
    return GeofenceRemoval(fence_key=key, active=False, last_synced=now)


def key_of(fence: Geofence) -> str:
    """Give the key of a place: `yard * Dallas`, `home LW00001234 Ruiz`."""
    return f"{fence.kind.value} {fence.account or '*'} {line(fence.name)}"


def _drawn(area: BaseGeometry) -> BaseGeometry:
    """Leave points out until a map can carry the outline."""
    tolerance, drawn = _FINEST, area.simplify(_FINEST)
    while get_num_coordinates(drawn) > _MOST_POINTS:
        tolerance *= _COARSER
        drawn = area.simplify(tolerance)
    return drawn


def _rings(area: BaseGeometry) -> Iterator[list[list[float]]]:
    if isinstance(area, MultiPolygon | MultiLineString):
        for part in area.geoms:
            yield from _rings(part)
    elif isinstance(area, Polygon):
        yield _points(area.exterior)
        yield from map(_points, area.interiors)
    elif isinstance(area, LineString):
        yield _points(area)


def _points(ring: LineString) -> list[list[float]]:
    return [[round(latitude, _DECIMALS), round(longitude, _DECIMALS)] for longitude, latitude, *_ in ring.coords]
