"""Follows the reports of one device in the order of their times, and gives the spells that they tell of; pure.

The order in which reports came does not matter: as long as they are within `overlap_hours`, all of them are followed
anew from the same beginning, and the spells are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from drawbar.middleware.gps.episodes import Episode
from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.readings import Reading
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.signals import EVERYWHERE, Signal, Signals, Standing, stand

Place = tuple[AlertKind, str]


@dataclass(slots=True)
class Trail:
    """The spells so far: those that have ended, and those that hold; and where the vehicle stands."""

    standing: Standing | None
    holding: dict[Place, Episode] = field(default_factory=dict)
    ended: list[Episode] = field(default_factory=list)

    def follow(self, readings: Sequence[Reading], signals: Signals) -> None:
        """Take readings in the order of their times."""
        for reading in readings:
            after = stand(self.standing, reading, signals.settings)
            self._take(list(signals.of(reading, self.standing, after)), reading)
            self.standing = after

    @property
    def episodes(self) -> list[Episode]:
        return [*self.ended, *self.holding.values()]

    def _take(self, signals: Sequence[Signal], reading: Reading) -> None:
        named = {(each.kind, each.place) for each in signals}
        for signal in signals:
            if signal.place == EVERYWHERE:
                others = [place for place in self.holding if place[0] is signal.kind and place not in named]
                self._end(others, reading.at, signal.why)
            elif signal.holds:
                self._begin(signal, reading)
            elif signal.holds is False:
                self._end([(signal.kind, signal.place)], reading.at, signal.why)

    def _begin(self, signal: Signal, reading: Reading) -> None:
        began = Episode(signal.kind, signal.place, reading.at, signal.why, reading.latitude, reading.longitude)
        self.holding.setdefault((signal.kind, signal.place), began)

    def _end(self, places: Iterable[Place], at: datetime, why: str) -> None:
        for place in places:
            if (episode := self.holding.pop(place, None)) is not None:
                self.ended.append(episode.end(at, why))


def stood_until(standing: Standing | None, readings: Sequence[Reading], settings: GpsSettings) -> Standing | None:
    """Give where the vehicle stands after readings, without looking at anything else."""
    for reading in readings:
        standing = stand(standing, reading, settings)
    return standing


def holding_at(moment: datetime | None, episodes: Iterable[Episode]) -> dict[Place, Episode]:
    """Give the spells that held at a moment, as open ones; those of silence are not followed report by report."""
    return {
        (each.kind, each.place): replace(each, ended_at=None, ended_why="")
        for each in episodes
        if moment is not None
        and each.kind is not AlertKind.SILENT
        and each.began_at <= moment
        and (each.ended_at is None or each.ended_at > moment)
    }


def silences(
    known: Iterable[Episode], times: Sequence[datetime], asked_at: datetime | None, now: datetime, settings: GpsSettings
) -> list[Episode]:
    """Give the spells in which a device did not report: those known, as later reports leave them, and a new one.

    `times` are those of all its reports that are still kept, rising; `known` are spells told of earlier. A spell begins
    with the last report before it, and there is a new one only when the maker was asked late enough to know of it. One
    in which a report came before the device was silent for long enough is none.
    """
    limit = timedelta(hours=settings.silent_hours)
    found = [each for spell in known if (each := _as_it_was(spell, times, limit)) is not None]
    last = times[-1]
    known_of = min(now, asked_at) if asked_at is not None else last
    if not any(each.ended_at is None for each in found) and known_of - last >= limit:
        found.append(Episode(AlertKind.SILENT, "", last, f"No report since {last:%Y-%m-%d %H:%M} UTC."))
    return found


def _as_it_was(spell: Episode, times: Sequence[datetime], limit: timedelta) -> Episode | None:
    following = next((time for time in times if time > spell.began_at), None)
    if following is None:
        return replace(spell, ended_at=None, ended_why="")
    if following - spell.began_at < limit:
        return None
    return spell.end(following, "It reports again.")
