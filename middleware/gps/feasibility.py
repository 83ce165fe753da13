"""Whether a vehicle can be recovered now: a verdict with its reasons, from what is known of it (P08); pure.

Reasons name days, not hours, so that a verdict changes when something does and not with every minute that passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.signals import Standing
from drawbar.middleware.units import Days

MANY_DOUBTS: Final = 4
"""So many doubts together make the outlook poor."""


class Verdict(StrEnum):
    """How likely it is that an agent finds the vehicle where it is said to be."""

    GOOD = "Good"
    DOUBTFUL = "Doubtful"
    POOR = "Poor"


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence, and what it alone would make of the verdict."""

    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Feasibility:
    """The verdict on an account's vehicle, and all reasons, the weightiest first."""

    account: str
    verdict: Verdict
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """What the verdict comes from.

    `last_report_at` is None when no device of the account has ever reported. `region` is the state or country that the
    vehicle is in, "" when it is elsewhere; `places` names the home or yard that it is in, `border` the nearest border
    within `border_miles`. `moving` says what the device said last.
    """

    account: str
    days_past_due: Days
    last_report_at: datetime | None = None
    device_active: bool = True
    standing: Standing | None = None
    moving: bool = False
    region: str = ""
    home_states: frozenset[str] = frozenset()
    has_home: bool = False
    at_home: bool = False
    places: tuple[str, ...] = ()
    border: str = ""
    volts: float | None = None
    power_low: bool = False


def assess(facts: RecoveryFacts, now: datetime, settings: GpsSettings) -> Feasibility:
    """Give the verdict: poor for one reason that is, or for `MANY_DOUBTS` doubts; doubtful for one doubt; else good."""
    reasons = sorted(_reasons(facts, now, settings), key=lambda each: _ORDER.index(each.verdict))
    doubts = [each for each in reasons if each.verdict is Verdict.DOUBTFUL]
    if any(each.verdict is Verdict.POOR for each in reasons) or len(doubts) >= MANY_DOUBTS:
        verdict = Verdict.POOR
    else:
        verdict = Verdict.DOUBTFUL if doubts else Verdict.GOOD
    return Feasibility(facts.account, verdict, tuple(reasons))


def worst(assessed: Sequence[Feasibility]) -> Feasibility:
    """Give of several vehicles of one account the one that is hardest to recover."""
    return min(assessed, key=lambda each: _ORDER.index(each.verdict))


_ORDER: Final = (Verdict.POOR, Verdict.DOUBTFUL, Verdict.GOOD)


def _reasons(facts: RecoveryFacts, now: datetime, settings: GpsSettings) -> Iterator[Reason]:
    if facts.last_report_at is None:
        yield Reason(Verdict.POOR, "No GPS device of the account has ever reported.")
        return
    for rule in _RULES:
        yield from rule(facts, now, settings)


def _age(facts: RecoveryFacts, now: datetime, settings: GpsSettings) -> Iterator[Reason]:
    if (last := facts.last_report_at) is None:
        return
    silent = now - last
    if silent >= timedelta(days=settings.lost_days):
        yield Reason(Verdict.POOR, f"Last report on {last:%Y-%m-%d}, {settings.lost_days} days ago or more.")
    elif silent >= timedelta(hours=settings.silent_hours):
        yield Reason(Verdict.DOUBTFUL, f"Last report on {last:%Y-%m-%d}, {settings.silent_hours} hours ago or more.")
    else:
        yield Reason(Verdict.GOOD, f"Reported within the last {settings.silent_hours} hours.")
    if not facts.device_active:
        yield Reason(Verdict.DOUBTFUL, "The maker calls the device inactive.")


def _movement(facts: RecoveryFacts, _now: datetime, settings: GpsSettings) -> Iterator[Reason]:
    settled = timedelta(hours=settings.settled_hours)
    if facts.standing is None or facts.moving or facts.standing.length < settled:
        yield Reason(Verdict.DOUBTFUL, f"On the move: not seen at one place for {settings.settled_hours} hours.")
    else:
        yield Reason(Verdict.GOOD, f"Stands at one place since {facts.standing.since:%Y-%m-%d}.")


def _place(facts: RecoveryFacts, _now: datetime, settings: GpsSettings) -> Iterator[Reason]:
    if facts.places:
        yield Reason(Verdict.GOOD, f"In {', '.join(facts.places)}.")
    if facts.has_home and not facts.at_home:
        yield Reason(Verdict.DOUBTFUL, "Not at home.")
    if facts.region in facts.home_states:
        yield Reason(Verdict.GOOD, f"In its home state {facts.region}.")
    elif len(facts.region) != _STATE_CODE:
        yield Reason(Verdict.POOR, f"Not in the United States{facts.region and f', but in {facts.region}'}.")
    elif facts.home_states:
        yield Reason(Verdict.DOUBTFUL, f"In {facts.region}, not in {', '.join(sorted(facts.home_states))}.")
    if facts.border:
        yield Reason(Verdict.DOUBTFUL, f"Within {settings.border_miles:g} miles of the border {facts.border}.")


_STATE_CODE: Final = 2


def _power(facts: RecoveryFacts, _now: datetime, settings: GpsSettings) -> Iterator[Reason]:
    if facts.volts is not None and facts.volts < settings.power_lost_volts:
        yield Reason(Verdict.DOUBTFUL, "The device has lost its power and may fall silent at any moment.")
    elif facts.power_low or (facts.volts is not None and facts.volts < settings.power_low_volts):
        yield Reason(Verdict.DOUBTFUL, "The power of the device is low.")


def _lateness(facts: RecoveryFacts, _now: datetime, settings: GpsSettings) -> Iterator[Reason]:
    if facts.days_past_due >= settings.late_days:
        yield Reason(Verdict.DOUBTFUL, f"{settings.late_days} days past due or more: the lessee expects an agent.")


_RULES: Final[tuple[Callable[[RecoveryFacts, datetime, GpsSettings], Iterator[Reason]], ...]] = (
    _age, _movement, _place, _power, _lateness
)  # fmt: skip
