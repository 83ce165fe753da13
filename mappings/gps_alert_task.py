"""GPS alert → Task for the collector (P09)."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from drawbar.connectors.salesforce.records.gps_alert_task import (
    CLOSED_STATUS,
    OPEN_STATUS,
    AssignedGpsAlertTask,
    ClosedGpsAlertTask,
    EndedGpsAlertTask,
    GpsAlertTask,
)
from drawbar.mappings.gps_alert import KIND
from drawbar.mappings.words import optional_line, our_word
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.records import Reference

URGENT = frozenset({AlertKind.POWER_LOST, AlertKind.MOVING_AGAIN, AlertKind.PARKED_NEAR_BORDER})
"""Kinds of alerts after which a vehicle may soon be out of reach."""

_TEXT = 255


def to_salesforce(alert: Alert, user: str, *, now: datetime) -> GpsAlertTask | AssignedGpsAlertTask:
    """Map an alert that goes on; `user` is the Salesforce user name of the account's collector, "" for none."""
    episode = alert.episode
    kind = our_word(KIND, episode.kind, record=f"alert {alert.key}", field="kind")
    task = GpsAlertTask(
        alert_key=alert.key,
        status=OPEN_STATUS,
        subject=f"GPS alert: {kind}, account {alert.account}"[:_TEXT],
        priority="High" if episode.kind in URGENT else "Normal",
        due=alert.raised_at.date(),
        description=optional_line(episode.why),
        what=Reference("Case", alert.case_key) if alert.case_key else Reference("Lease_Account__c", alert.account),
        alert_ended=None,
        end_reason=None,
        source_system="Drawbar",
        source_updated=max(alert.raised_at, episode.began_at),
        last_synced=now,
    )
    if not user:
        return task
    told = {each.name: getattr(task, each.name) for each in fields(task)}
    return AssignedGpsAlertTask(**told, owner=Reference("User", user))


def ended(alert: Alert, *, closes: bool, now: datetime) -> EndedGpsAlertTask:
    """Map an alert that has ended; `closes` says that its task is closed with it."""
    at = alert.episode.ended_at or alert.raised_at
    why = optional_line(alert.episode.ended_why[:_TEXT])
    if closes:
        return ClosedGpsAlertTask(
            alert_key=alert.key, alert_ended=at, end_reason=why, status=CLOSED_STATUS, last_synced=now
        )
    return EndedGpsAlertTask(alert_key=alert.key, alert_ended=at, end_reason=why, last_synced=now)
