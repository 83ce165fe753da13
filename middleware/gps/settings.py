"""Settings of the GPS rules: `[gps]` in `drawbar.toml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from drawbar.middleware.gps.kinds import AlertKind
from drawbar.middleware.gps.tiers import DEFAULT_TIERS, ReadingPlan, Tier
from drawbar.middleware.settings import Section
from drawbar.middleware.units import Days


class GpsSettings(Section):
    """Which accounts are watched, when an alert begins and ends, how often devices are read (P08, P09, P10).

    The defaults are ours; the lender's own figures go here.
    """

    geofences: Path | None = Field(None, description="a GeoJSON file, or a folder of *.geojson files; empty: none")
    alerts: tuple[AlertKind, ...] = Field(tuple(AlertKind), description="kinds of alerts that are raised")
    alert_from_days: Days = Field(
        1, ge=1, le=3650, description="days past due from which an account with an open case is watched"
    )
    silent_hours: int = Field(48, ge=1, le=8_760, description="hours without a report until a device is silent")
    state_margin_miles: float = Field(
        5, ge=0, le=100, description="miles beyond the border of its home state from which a vehicle has left it"
    )
    fence_margin_miles: float = Field(
        0.25, ge=0, le=50, description="miles beyond a geofence's edge from which a vehicle is outside"
    )
    border_miles: float = Field(25, ge=0, le=100, description="miles to a border that are near it")
    border_margin_miles: float = Field(
        5, ge=0, le=100, description="miles beyond border_miles from which a vehicle is no longer near"
    )
    standing_miles: float = Field(
        0.25, gt=0, le=5, description="miles within which a vehicle counts as standing at one place"
    )
    standing_days: Days = Field(
        7, ge=1, le=365, description="days of standing after which it is news that a vehicle moves"
    )
    settled_hours: int = Field(
        12, ge=1, le=720, description="hours of standing anew after which a vehicle no longer moves again"
    )
    parked_minutes: int = Field(
        60, ge=0, le=10_080, description="minutes of standing until a vehicle is parked at a yard or near a border"
    )
    power_low_volts: float = Field(11.5, gt=0, le=50, description="volts below which power is low")
    power_lost_volts: float = Field(6, gt=0, le=50, description="volts below which power is lost")
    power_margin_volts: float = Field(
        0.5, ge=0, le=10, description="volts above either limit from which power is well again"
    )
    overlap_hours: int = Field(
        24, ge=1, le=240, description="hours in which reports may come late or in any order and still count for alerts"
    )
    lost_days: Days = Field(7, ge=1, le=365, description="days without a report that make recovery poor")
    late_days: Days = Field(120, ge=1, le=3650, description="days past due that make recovery doubtful")
    tiers: tuple[Tier, ...] = Field(
        DEFAULT_TIERS, description="how often devices are read: from so many days past due, every so many minutes"
    )
    ordered_every_minutes: int = Field(
        15, ge=1, le=10_080, description="minutes between readings once repossession is ordered"
    )

    tasks: bool = Field(True, description="make a task in Salesforce for each alert, closed with it")
    collectors: dict[str, str] = Field(
        default_factory=dict,
        description="Salesforce user name by LeaseWorks' collector code; tasks of others are the integration user's",
    )
    orders_every_minutes: int = Field(
        60, ge=1, le=10_080, description="minutes between readings of the vehicles' dispositions in Salesforce"
    )

    @field_validator("geofences")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("tiers")
    @classmethod
    def _rising(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        days = [tier.from_days for tier in tiers]
        if days != sorted(set(days)):
            raise ValueError("must name rising days past due, each once")
        return tiers

    @model_validator(mode="after")
    def _lost_is_less_than_low(self) -> Self:
        if self.power_lost_volts + self.power_margin_volts > self.power_low_volts:
            raise ValueError("power_lost_volts and its margin must lie below power_low_volts")
        return self

    @property
    def reading_plan(self) -> ReadingPlan:
        """How often devices are read."""
        return ReadingPlan(self.tiers, timedelta(minutes=self.ordered_every_minutes))
