"""GPS alert → GPS_Alert__c (P09, P29)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from drawbar.connectors.salesforce.records.gps_alert import GpsAlert
from drawbar.mappings.words import optional_line, our_word
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.kinds import AlertKind, AlertStatus

KIND = {
    AlertKind.LEFT_STATE: "Left State",
    AlertKind.LEFT_GEOFENCE: "Left Geofence",
    AlertKind.ENTERED_GEOFENCE: "Entered Geofence",
    AlertKind.SILENT: "Stopped Reporting",
    AlertKind.POWER_LOW: "Power Low",
    AlertKind.POWER_LOST: "Power Lost",
    AlertKind.MOVING_AGAIN: "Moving Again",
    AlertKind.PARKED_AT_YARD: "Parked at Yard",
    AlertKind.PARKED_NEAR_BORDER: "Parked near Border",
}
STATUS = {AlertStatus.OPEN: "Open", AlertStatus.ENDED: "Ended", AlertStatus.WITHDRAWN: "Withdrawn"}
_TEXT = 255
_MICRODEGREES = 6


def to_salesforce(alert: Alert, *, now: datetime) -> GpsAlert:
    """Map an alert as it stands; its last change is the latest time that it speaks of."""
    episode, record = alert.episode, f"alert {alert.key}"
    return GpsAlert(
        alert_key=alert.key,
        name=alert.key,
        lease_account=alert.account,
        case=alert.case_key or None,
        kind=our_word(KIND, episode.kind, record=record, field="kind"),
        status=our_word(STATUS, alert.status, record=record, field="status"),
        place=optional_line(episode.place),
        reason=optional_line(episode.why[:_TEXT]),
        began_at=episode.began_at,
        ended_at=episode.ended_at,
        end_reason=optional_line(episode.ended_why[:_TEXT]),
        latitude=_degrees(episode.latitude),
        longitude=_degrees(episode.longitude),
        device=alert.device_key,
        source_system="Drawbar",
        source_updated=episode.ended_at or max(alert.raised_at, episode.began_at),
        last_synced=now,
    )


def _degrees(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.{_MICRODEGREES}f}")
