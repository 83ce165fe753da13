"""Reads and writes what the GPS rules remember: tracks, readings, alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, func, or_, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows, update_rows
from drawbar.middleware.gps.episodes import Alert, Episode
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.readings import Reading, in_order
from drawbar.middleware.gps.signals import Standing
from drawbar.middleware.gps.tables import gps_alert, gps_reading, gps_track

AnyRow = Row[tuple[Any, ...]]
_READING: Final = tuple(each.name for each in fields(Reading))
_EPISODE: Final = tuple(each.name for each in fields(Episode))


@dataclass(frozen=True, slots=True)
class Track:
    """One device as the rules remember it.

    Reports up to `followed_until` have been followed for good; `standing` is where the vehicle stood then. `asked_at`
    is when its maker was last asked about it (None: nobody knows), `fresh` says that a report came since the rules
    last looked.
    """

    device_key: str
    vin: str
    account: str
    active: bool
    asked_at: datetime | None = None
    followed_until: datetime | None = None
    standing: Standing | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Tracks:
    """The remembered devices, inside the caller's transaction."""

    connection: Connection

    def load(self, keys: Collection[str]) -> dict[str, Track]:
        """Give the tracks of some devices by key; at most some hundreds."""
        found = self.connection.execute(select(gps_track).where(gps_track.c.device_key.in_(keys)))
        return {row.device_key: _track(row) for row in found}

    def of_accounts(self, accounts: Collection[str]) -> list[Track]:
        """Give the devices of the vehicles of some accounts; at most some hundreds."""
        query = select(gps_track).where(gps_track.c.account.in_(accounts)).order_by(gps_track.c.device_key)
        return [_track(row) for row in self.connection.execute(query)]

    def by_serial(self, serial: str) -> list[Track]:
        """Give the devices with a serial number, one for each maker that has it, or the one with such a key."""
        key = gps_track.c.device_key
        query = select(gps_track).where(or_(key == serial, key.endswith(f":{serial}", autoescape=True)))
        return [_track(row) for row in self.connection.execute(query.order_by(key))]

    def overview(self) -> list[tuple[str, str, bool]]:
        """Give key, account and freshness of all devices, by key."""
        columns = (gps_track.c.device_key, gps_track.c.account, gps_track.c.fresh)
        return [
            (key, account, fresh)
            for key, account, fresh in self.connection.execute(select(*columns).order_by(columns[0]))
        ]

    def save(self, tracks: Sequence[Track], known: Collection[str]) -> None:
        """Write tracks; `known` names the devices that have a row."""
        rows = {each.device_key: _track_row(each) for each in tracks}
        insert_rows(self.connection, gps_track, [row for key, row in rows.items() if key not in known])
        update_rows(self.connection, gps_track, [row for key, row in rows.items() if key in known])

    def readings(self, keys: Collection[str]) -> dict[str, list[Reading]]:
        """Give the kept readings of devices, each device's in order."""
        found: dict[str, list[Reading]] = defaultdict(list)
        for row in self.connection.execute(select(gps_reading).where(gps_reading.c.device_key.in_(keys))):
            found[row.device_key].append(Reading(**{name: getattr(row, name) for name in _READING}))
        return {key: in_order(readings) for key, readings in found.items()}

    def add(self, readings: Iterable[Reading]) -> set[str]:
        """Keep readings that are not kept yet, and give the devices that have new ones."""
        news: set[str] = set()
        for chunk in in_chunks(readings, 500):
            known = self.readings({each.device_key for each in chunk})
            for key in {each.device_key for each in chunk}:
                before = known.get(key, [])
                after = in_order([*before, *(each for each in chunk if each.device_key == key)])
                different = [each for each in after if each not in before]
                self._replace(different, {(each.at, each.source) for each in before})
                news |= {each.device_key for each in different}
        return news

    def _replace(self, readings: Sequence[Reading], known: Collection[tuple[datetime, str]]) -> None:
        for each in readings:
            if (each.at, each.source) in known:
                self.connection.execute(delete(gps_reading).where(*_place(each)))
        insert_rows(
            self.connection, gps_reading, [{name: getattr(each, name) for name in _READING} for each in readings]
        )

    def forget(self, device_key: str, until: datetime) -> None:
        """Drop the readings of a device up to a moment."""
        old = and_(gps_reading.c.device_key == device_key, gps_reading.c.at <= until)
        self.connection.execute(delete(gps_reading).where(old))


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts that were ever raised, inside the caller's transaction."""

    connection: Connection

    def unsettled(self, keys: Collection[str]) -> dict[str, list[Alert]]:
        """Give the alerts of devices that are open, or that late reports may still change."""
        known = select(gps_alert).join(gps_track, gps_track.c.device_key == gps_alert.c.device_key)
        late = or_(
            gps_alert.c.ended_at.is_(None),
            gps_track.c.followed_until.is_(None),
            gps_alert.c.ended_at > gps_track.c.followed_until,
        )
        found: dict[str, list[Alert]] = defaultdict(list)
        for row in self.connection.execute(known.where(gps_alert.c.device_key.in_(keys), late)):
            found[row.device_key].append(_alert(row))
        return found

    def with_open(self) -> set[str]:
        """Name the devices that have an open alert."""
        query = select(gps_alert.c.device_key).where(gps_alert.c.ended_at.is_(None), ~gps_alert.c.withdrawn)
        return set(self.connection.execute(query.distinct()).scalars())

    def find(self, *, account: str = "", device_key: str = "", open_only: bool = False) -> list[Alert]:
        """Give alerts, those that began last first."""
        query = select(gps_alert).order_by(gps_alert.c.began_at.desc(), gps_alert.c.account, gps_alert.c.sequence)
        if account:
            query = query.where(gps_alert.c.account == account)
        if device_key:
            query = query.where(gps_alert.c.device_key == device_key)
        if open_only:
            query = query.where(gps_alert.c.ended_at.is_(None), ~gps_alert.c.withdrawn)
        return [_alert(row) for row in self.connection.execute(query)]

    def last_numbers(self, accounts: Collection[str]) -> dict[str, int]:
        """Give the number of the last alert of each account that has one."""
        query = select(gps_alert.c.account, func.max(gps_alert.c.sequence)).where(gps_alert.c.account.in_(accounts))
        return {row[0]: row[1] for row in self.connection.execute(query.group_by(gps_alert.c.account))}

    def save(self, raised: Sequence[Alert], changed: Sequence[Alert]) -> None:
        """Write new alerts, and new states of known ones."""
        insert_rows(self.connection, gps_alert, [_alert_row(each) for each in raised])
        update_rows(self.connection, gps_alert, [_alert_row(each) for each in changed])


def _place(reading: Reading) -> tuple[Any, ...]:
    columns = gps_reading.c
    return columns.device_key == reading.device_key, columns.at == reading.at, columns.source == reading.source


def _track(row: AnyRow) -> Track:
    standing = None
    if row.standing_since is not None:
        standing = Standing(row.standing_latitude, row.standing_longitude, row.standing_since, row.standing_until)
    return Track(
        row.device_key, row.vin, row.account, row.active, row.asked_at, row.followed_until, standing, row.fresh
    )


def _track_row(track: Track) -> dict[str, Any]:
    standing = track.standing
    return {
        "device_key": track.device_key,
        "vin": track.vin,
        "account": track.account,
        "active": track.active,
        "asked_at": track.asked_at,
        "followed_until": track.followed_until,
        "standing_latitude": None if standing is None else standing.latitude,
        "standing_longitude": None if standing is None else standing.longitude,
        "standing_since": None if standing is None else standing.since,
        "standing_until": None if standing is None else standing.until,
        "fresh": track.fresh,
    }


def _alert(row: AnyRow) -> Alert:
    episode = {name: getattr(row, name) for name in _EPISODE}
    return Alert(
        row.account, row.sequence, row.device_key, row.case_key, row.raised_at,
        Episode(**{**episode, "kind": AlertKind(row.kind)}), row.withdrawn,
    )  # fmt: skip


def _alert_row(alert: Alert) -> dict[str, Any]:
    episode = {name: getattr(alert.episode, name) for name in _EPISODE}
    return {
        "account": alert.account,
        "sequence": alert.sequence,
        "device_key": alert.device_key,
        "case_key": alert.case_key,
        "raised_at": alert.raised_at,
        **episode,
        "kind": alert.episode.kind.value,
        "withdrawn": alert.withdrawn,
    }
