"""How often a device is read: the later an account, the more often; the whole book each night (P10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from drawbar.middleware.gps.records import Device
from drawbar.middleware.settings import Section
from drawbar.middleware.units import Days


class Tier(Section):
    """From so many days past due a device is read every so many minutes, until the next tier begins."""

    from_days: Days = Field(ge=1, le=3650, description="days past due from which the tier holds")
    every_minutes: int = Field(ge=1, le=10_080, description="minutes between two readings")


DEFAULT_TIERS = (
    Tier(from_days=1, every_minutes=1_440),
    Tier(from_days=30, every_minutes=360),
    Tier(from_days=60, every_minutes=60),
)


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """How often devices are read; `tiers` by rising days past due, `ordered_every` once repossession is ordered."""

    tiers: tuple[Tier, ...]
    ordered_every: timedelta

    def interval(self, days_past_due: Days, *, ordered: bool = False) -> timedelta | None:
        """Give the time between two readings; None for a device that only the nightly reading of the book reads."""
        if ordered:
            return self.ordered_every
        minutes = [tier.every_minutes for tier in self.tiers if tier.from_days <= days_past_due]
        return timedelta(minutes=minutes[-1]) if minutes else None

    def due(
        self,
        device: Device,
        days_past_due: Days,
        last_read: datetime | None,
        now: datetime,
        *,
        ordered: bool = False,
    ) -> bool:
        """Say whether a device is to be read now; one that was never read is, if it is to be read at all.

        A tenth of the interval early counts as due, so that a job which starts by the clock does not miss every second
        reading by seconds. An inactive device is left to the night: it says nothing more.
        """
        interval = self.interval(days_past_due, ordered=ordered)
        if interval is None or not device.active:
            return False
        return last_read is None or now - last_read >= interval * 0.9
