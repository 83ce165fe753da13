"""The kinds of GPS alerts, and where an alert stands (P09)."""

from __future__ import annotations

from enum import StrEnum


class AlertKind(StrEnum):
    """What a vehicle or its device does that a collector has to know."""

    LEFT_STATE = "left_state"
    LEFT_GEOFENCE = "left_geofence"
    ENTERED_GEOFENCE = "entered_geofence"
    SILENT = "silent"
    POWER_LOW = "power_low"
    POWER_LOST = "power_lost"
    MOVING_AGAIN = "moving_again"
    PARKED_AT_YARD = "parked_at_yard"
    PARKED_NEAR_BORDER = "parked_near_border"


class AlertStatus(StrEnum):
    """Where an alert stands; `WITHDRAWN` says that late reports have shown that it never was so."""

    OPEN = "Open"
    ENDED = "Ended"
    WITHDRAWN = "Withdrawn"
