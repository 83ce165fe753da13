"""The rules in words, with the limits that are in force: for people, and for `docs/gps.md`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.settings import GpsSettings


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When alerts of a kind begin and when they end; `raised` is False for a kind that is switched off."""

    kind: AlertKind
    begins: str
    ends: str
    raised: bool


def alert_rules(settings: GpsSettings) -> Iterator[AlertRule]:
    """Give the rule of every kind of alert."""
    for kind, (begins, ends) in _rules(settings).items():
        yield AlertRule(kind, begins, ends, kind in settings.alerts)


def _rules(s: GpsSettings) -> dict[AlertKind, tuple[str, str]]:
    fence = f"more than {s.fence_margin_miles:g} miles"
    parked = f"stood for {s.parked_minutes} minutes"
    well = s.power_low_volts + s.power_margin_volts
    return {
        AlertKind.LEFT_STATE: (
            f"more than {s.state_margin_miles:g} miles outside of the home states", "inside of a home state"
        ),
        AlertKind.LEFT_GEOFENCE: (f"{fence} outside of every home of the account", "inside of a home"),
        AlertKind.ENTERED_GEOFENCE: ("inside of a watched area", f"{fence} outside of it"),
        AlertKind.SILENT: (f"no report for {s.silent_hours} hours, and the maker was asked", "the next report"),
        AlertKind.POWER_LOW: (
            f"less than {s.power_low_volts:g} volts, or the device says so", f"{well:g} volts or more"
        ),
        AlertKind.POWER_LOST: (
            f"less than {s.power_lost_volts:g} volts", f"{s.power_lost_volts + s.power_margin_volts:g} volts or more"
        ),
        AlertKind.MOVING_AGAIN: (
            f"more than {s.standing_miles:g} miles from where it stood for {s.standing_days} days",
            f"stood for {s.settled_hours} hours at one place",
        ),
        AlertKind.PARKED_AT_YARD: (f"{parked} inside of a yard", f"{fence} outside of it"),
        AlertKind.PARKED_NEAR_BORDER: (
            f"{parked} within {s.border_miles:g} miles of a border",
            f"more than {s.border_miles + s.border_margin_miles:g} miles from it",
        ),
    }  # fmt: skip


def tier_lines(settings: GpsSettings) -> Iterator[tuple[str, str]]:
    """Give from which days past due devices are read, and how often."""
    for tier in settings.tiers:
        yield f"{tier.from_days} days past due or more", f"every {_spoken(tier.every_minutes)}"
    yield "repossession asked for or ordered", f"every {_spoken(settings.ordered_every_minutes)}"
    yield "all devices", "each night"


def _spoken(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{minutes} minutes" if rest else "hour" if hours == 1 else f"{hours} hours"
