"""What the GPS rules know, told to people: alerts, a device, the verdict on an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from drawbar.jobs.gps_accounts import account_situations
from drawbar.jobs.gps_rules import open_scene
from drawbar.jobs.hub import Hub
from drawbar.middleware.errors import NotThere
from drawbar.middleware.gps.accounts import AccountSituation, is_watched
from drawbar.middleware.gps.book import GpsBook
from drawbar.middleware.gps.episodes import Alert
from drawbar.middleware.gps.feasibility import Feasibility
from drawbar.middleware.gps.tracks import Alerts, Track, Tracks

Json = dict[str, Any]


def alert_as_json(alert: Alert) -> Json:
    """Give an alert with its key and status."""
    return {**asdict(alert), "key": alert.key, "status": alert.status.value}


@dataclass(frozen=True, slots=True)
class DeviceStory:
    """A device as the rules see it: where it was last, how its account is watched, its alerts, newest first."""

    track: Track
    latitude: float | None
    longitude: float | None
    region: str
    last_report_at: datetime | None
    volts: float | None
    watched: bool
    every_minutes: int | None
    alerts: tuple[Alert, ...]

    def as_json(self) -> Json:
        return {**asdict(self), "alerts": [alert_as_json(each) for each in self.alerts]}


def device_story(hub: Hub, connection: Connection, serial: str, now: datetime) -> DeviceStory:
    """Tell of the device with a serial number, or with a key such as `Spireon:4541000123`.

    Raises NotThere when none is known, or more than one maker has such a device.
    """
    track = _one(Tracks(connection).by_serial(serial), serial)
    readings = Tracks(connection).readings([track.device_key]).get(track.device_key, [])
    spots = [each.spot for each in readings if each.spot is not None]
    volts = [each.volts for each in readings if each.volts is not None]
    situation = account_situations(hub, connection, now).get(track.account, AccountSituation(track.account))
    interval = hub.gps.reading_plan.interval(situation.days_past_due, ordered=situation.ordered)
    return DeviceStory(
        track=track,
        latitude=spots[-1].latitude if spots else None,
        longitude=spots[-1].longitude if spots else None,
        region=open_scene(hub.gps).boundaries.region_of(spots[-1]) if spots else "",
        last_report_at=readings[-1].at if readings else None,
        volts=volts[-1] if volts else None,
        watched=is_watched(situation, hub.gps),
        every_minutes=None if interval is None else int(interval.total_seconds() // 60),
        alerts=tuple(Alerts(connection).find(device_key=track.device_key)),
    )


def _one(tracks: Sequence[Track], serial: str) -> Track:
    if not tracks:
        raise NotThere(f"no GPS device {serial} is known", remedy="Is the number right? Has its maker been asked?")
    if len(tracks) > 1:
        keys = ", ".join(each.device_key for each in tracks)
        raise NotThere(f"several makers have a device {serial}", remedy=f"Name one of them: {keys}.")
    return tracks[0]


@dataclass(frozen=True, slots=True)
class RecoveryStory:
    """The verdict on an account as it is now, and whether the account is watched, so that Salesforce shows it."""

    feasibility: Feasibility
    situation: AccountSituation
    watched: bool
    devices: tuple[str, ...]

    def as_json(self) -> Json:
        return asdict(self)


def recovery_story(hub: Hub, connection: Connection, account: str, now: datetime) -> RecoveryStory:
    """Judge an account now, watched or not; raises NotThere when it has neither a GPS device nor an open case."""
    tracks = Tracks(connection).of_accounts([account])
    situations = account_situations(hub, connection, now)
    if not tracks and account not in situations:
        raise NotThere(
            f"account {account} has neither a GPS device nor a delinquency case", remedy="Is the number right?"
        )
    situation = situations.get(account, AccountSituation(account))
    return RecoveryStory(
        feasibility=GpsBook(connection, hub.gps).judge([situation], open_scene(hub.gps), now)[0],
        situation=situation,
        watched=is_watched(situation, hub.gps),
        devices=tuple(each.device_key for each in tracks),
    )
