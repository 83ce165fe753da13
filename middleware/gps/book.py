"""The GPS book: raises and ends alerts, and judges whether vehicles can be recovered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.gps.accounts import AccountSituation, is_watched
from drawbar.middleware.gps.episodes import Alert, Episode, match
from drawbar.middleware.gps.feasibility import Feasibility, assess, worst
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.readings import Reading
from drawbar.middleware.gps.recovery import NOTHING_KNOWN, Vehicle, facts_of, newest_of_each
from drawbar.middleware.gps.scene import Scene
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.signals import Signals, Watched
from drawbar.middleware.gps.tracks import Alerts, Track, Tracks
from drawbar.middleware.gps.trail import Trail, holding_at, silences, stood_until

CHUNK: Final = 200
"""Devices that are looked at together."""
NOT_WATCHED: Final = "The account is no longer watched."
ELSEWHERE: Final = "The device is no longer in a vehicle of the account."
SWITCHED_OFF: Final = "Alerts of this kind are switched off."


class GpsBook:
    """Keeps what decides GPS alerts and recovery, all in the caller's transaction (P07, P08, P09).

    One transaction at a time may write: the jobs that feed the book hold a lock.
    """

    def __init__(self, connection: Connection, settings: GpsSettings) -> None:
        self._tracks = Tracks(connection)
        self._alerts = Alerts(connection)
        self._settings = settings

    def conclude(
        self, situations: Mapping[str, AccountSituation], scene: Scene, now: datetime
    ) -> Iterator[tuple[Alert, ...]]:
        """Raise, end and withdraw alerts; gives those that changed or are open, chunk by chunk, once they are written.

        Looked at are devices that have reported, those of watched accounts, and those with an open alert.
        """
        watched = {each.account: each for each in situations.values() if is_watched(each, self._settings)}
        with_open = self._alerts.with_open()
        keys = [
            key for key, account, fresh in self._tracks.overview() if fresh or account in watched or key in with_open
        ]
        for chunk in in_chunks(keys, CHUNK):
            yield self._conclude(chunk, watched, scene, now)

    def _conclude(
        self, keys: Collection[str], watched: Mapping[str, AccountSituation], scene: Scene, now: datetime
    ) -> tuple[Alert, ...]:
        tracks, readings = self._tracks.load(keys), self._tracks.readings(keys)
        unsettled = self._alerts.unsettled(keys)
        numbers = self._alerts.last_numbers({each.account for each in tracks.values()})
        raised: list[Alert] = []
        changed: list[Alert] = []
        open_still: list[Alert] = []
        for key, track in tracks.items():
            mine, others = self._sorted(unsettled.get(key, []), track, watched)
            changed += [self._ended(each, track.account, now) for each in others if each.episode.ended_at is None]
            if (situation := watched.get(track.account)) is None or key not in readings:
                open_still += [each for each in mine if each.episode.ended_at is None]
                continue
            matched = match(mine, self._episodes(track, readings[key], mine, self._signals(situation, scene), now))
            changed += matched.changed
            for episode in matched.fresh:
                numbers[track.account] = numbers.get(track.account, 0) + 1
                raised.append(Alert(track.account, numbers[track.account], key, situation.case_key, now, episode))
            open_still += _untouched(mine, matched.changed)
        self._alerts.save(raised, changed)
        self._move_on([tracks[key] for key in sorted(tracks)], readings)
        return *raised, *changed, *open_still

    def _sorted(
        self, alerts: Sequence[Alert], track: Track, watched: Mapping[str, AccountSituation]
    ) -> tuple[list[Alert], list[Alert]]:
        """Part the alerts that the rules go on with from those whose account or kind is not watched any more."""
        goes_on = [
            each.account == track.account and each.account in watched and each.episode.kind in self._settings.alerts
            for each in alerts
        ]
        mine = [alert for alert, on in zip(alerts, goes_on, strict=True) if on]
        return mine, [alert for alert, on in zip(alerts, goes_on, strict=True) if not on]

    def _ended(self, alert: Alert, account: str, now: datetime) -> Alert:
        if alert.episode.kind not in self._settings.alerts:
            why = SWITCHED_OFF
        else:
            why = NOT_WATCHED if alert.account == account else ELSEWHERE
        return replace(alert, episode=alert.episode.end(now, why))

    def _signals(self, situation: AccountSituation, scene: Scene) -> Signals:
        homes = scene.home_states(situation.account, situation.lessee_state)
        return Signals(Watched(situation.account, homes), scene, self._settings)

    def _episodes(
        self, track: Track, readings: Sequence[Reading], alerts: Sequence[Alert], signals: Signals, now: datetime
    ) -> list[Episode]:
        told = [each.episode for each in alerts if not each.withdrawn]
        trail = Trail(track.standing, holding_at(track.followed_until, told))
        trail.follow(readings, signals)
        quiet = silences(
            [each for each in told if each.kind is AlertKind.SILENT],
            [each.at for each in readings],
            track.asked_at,
            now,
            self._settings,
        )
        return [each for each in (*trail.episodes, *quiet) if each.kind in self._settings.alerts]

    def _move_on(self, tracks: Sequence[Track], readings: Mapping[str, Sequence[Reading]]) -> None:
        """Follow for good what is older than the overlap, and forget it."""
        moved = []
        for track in tracks:
            kept = readings.get(track.device_key, ())
            if not track.fresh or not kept:
                continue
            until = kept[-1].at - timedelta(hours=self._settings.overlap_hours)
            old = [each for each in kept if each.at <= until]
            standing = stood_until(track.standing, old, self._settings)
            followed = max(filter(None, (track.followed_until, until)))
            moved.append(replace(track, standing=standing, followed_until=followed, fresh=False))
            if old:
                self._tracks.forget(track.device_key, until)
        self._tracks.save(moved, {each.device_key for each in moved})

    def recovery(
        self, situations: Mapping[str, AccountSituation], scene: Scene, now: datetime
    ) -> Iterator[Feasibility]:
        """Judge for every watched account whether its vehicle can be recovered; by account."""
        watched = [each for _, each in sorted(situations.items()) if is_watched(each, self._settings)]
        for some in in_chunks(watched, CHUNK):
            yield from self.judge(some, scene, now)

    def judge(self, situations: Sequence[AccountSituation], scene: Scene, now: datetime) -> list[Feasibility]:
        """Judge some accounts, watched or not; of several vehicles of one account the hardest to recover counts."""
        vehicles = self._vehicles([each.account for each in situations])
        judged = []
        for situation in situations:
            known = vehicles.get(situation.account) or [NOTHING_KNOWN]
            facts = [facts_of(each, situation, scene, self._settings) for each in known]
            judged.append(worst([assess(each, now, self._settings) for each in facts]))
        return judged

    def _vehicles(self, accounts: Sequence[str]) -> dict[str, list[Vehicle]]:
        tracks = self._tracks.of_accounts(accounts)
        readings = self._tracks.readings([each.device_key for each in tracks])
        return newest_of_each(Vehicle(each, tuple(readings.get(each.device_key, ()))) for each in tracks)


def _untouched(alerts: Sequence[Alert], changed: Sequence[Alert]) -> list[Alert]:
    touched = {each.key for each in changed}
    return [each for each in alerts if each.key not in touched and each.episode.ended_at is None]
