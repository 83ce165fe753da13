"""Spells of what devices do, and which of them is which alert when late reports change the picture; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from drawbar.middleware.gps.kinds import AlertKind, AlertStatus

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
WITHDRAWN = "Reports that came late show that it was not so."


@dataclass(frozen=True, slots=True)
class Episode:
    """A spell during which something held: of what kind, where (a border, a geofence; "" for no place), and when.

    `ended_at` is None while it holds; `why` and `ended_why` are a sentence each for people. The spot is where it began,
    None when that is not known.
    """

    kind: AlertKind
    place: str
    began_at: datetime
    why: str
    latitude: float | None = None
    longitude: float | None = None
    ended_at: datetime | None = None
    ended_why: str = ""

    def end(self, at: datetime, why: str) -> Episode:
        """Give the spell as it ended."""
        return replace(self, ended_at=at, ended_why=why)

    def overlaps(self, other: Episode) -> bool:
        """Say whether both speak of the same thing, at times that have a moment in common."""
        if (self.kind, self.place) != (other.kind, other.place):
            return False
        return self.began_at <= (other.ended_at or _NEVER) and other.began_at <= (self.ended_at or _NEVER)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that was raised: its number within the account, and the spell that it tells of.

    `key` (`LW00001234-G0007`) never changes. `case_key` is the delinquency case that was open when it was raised, ""
    when none was.
    """

    account: str
    sequence: int
    device_key: str
    case_key: str
    raised_at: datetime
    episode: Episode
    withdrawn: bool = False

    @property
    def key(self) -> str:
        return f"{self.account}-G{self.sequence:04d}"

    @property
    def status(self) -> AlertStatus:
        if self.withdrawn:
            return AlertStatus.WITHDRAWN
        return AlertStatus.OPEN if self.episode.ended_at is None else AlertStatus.ENDED


@dataclass(frozen=True, slots=True)
class Matched:
    """Alerts that late or new reports changed, and spells for which none was raised yet."""

    changed: tuple[Alert, ...]
    fresh: tuple[Episode, ...]


def match(alerts: Sequence[Alert], episodes: Iterable[Episode]) -> Matched:
    """Find for each spell the alert that tells of it already: the earliest that overlaps and tells of no other.

    An alert of which no spell is left is withdrawn; one that was withdrawn stands again when its spell does.
    """
    left = sorted(alerts, key=lambda alert: alert.sequence)
    changed: list[Alert] = []
    fresh: list[Episode] = []
    for episode in sorted(episodes, key=lambda each: (each.began_at, each.kind, each.place)):
        known = next((alert for alert in left if alert.episode.overlaps(episode)), None)
        if known is None:
            fresh.append(episode)
            continue
        left.remove(known)
        if known.withdrawn or known.episode != episode:
            changed.append(replace(known, episode=episode, withdrawn=False))
    changed += [replace(each, withdrawn=True, episode=_unsaid(each.episode)) for each in left if not each.withdrawn]
    return Matched(tuple(changed), tuple(fresh))


def _unsaid(episode: Episode) -> Episode:
    return replace(episode, ended_at=episode.ended_at or episode.began_at, ended_why=WITHDRAWN)
