"""What a decision is made from: the account, the vehicle, and what recovering it would leave (P13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

from pydantic import TypeAdapter

from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.units import Days, to_cents


@dataclass(frozen=True, slots=True)
class RepoFacts:
    """Account and vehicle as they were when last looked at; amounts in US dollars.

    `market_value` is what people entered or a valuation says, None when nobody knows; `value_source` names who said
    so, `valued_on` when, None when that is not known. `gps_verdict` is the verdict on recovery, "" when there is none.
    `office` is the fulfilment centre.
    """

    account: str
    asset: str
    lessee: str
    vehicle: str
    vin: str
    year: str = ""
    make: str = ""
    model: str = ""
    color: str = ""
    plate: str = ""
    office: str = ""
    account_status: str = ""
    payments_made: int = 0
    last_payment_on: date | None = None
    days_past_due: Days = 0
    past_due: Decimal = Decimal("0.00")
    payoff: Decimal | None = None
    promises_kept: int = 0
    promises_broken: int = 0
    gps_verdict: str = ""
    gps_reasons: str = ""
    last_location: str = ""
    last_seen_at: datetime | None = None
    market_value: Decimal | None = None
    value_source: str = ""
    valued_on: date | None = None
    condition: str = ""


FACTS: Final = TypeAdapter(RepoFacts)
"""Writes and reads facts as JSON."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What recovering a vehicle would leave, and whether that is enough; amounts in US dollars.

    `estimate` is the market value less `costs`, and enough from `least` on. Without a market value `estimate` and
    `costs` are None.
    """

    estimate: Decimal | None
    costs: Decimal | None
    least: Decimal
    enough: bool
    why: str


def worth_of(facts: RepoFacts, settings: RepossessionSettings) -> Worth:
    """Estimate the recovery: market value less the costs of recovering and selling it (P13)."""
    if facts.market_value is None:
        return Worth(None, None, settings.least_recovery, False, "nobody has said what the vehicle would bring")
    costs = to_cents(facts.market_value * settings.resale_percent / 100 + settings.recovery_cost)
    estimate = to_cents(facts.market_value - costs)
    enough = estimate >= settings.least_recovery
    verdict = "enough" if enough else "too little"
    why = f"{estimate:,} US dollars would be left, {verdict}: at least {settings.least_recovery:,}"
    return Worth(estimate, costs, settings.least_recovery, enough, why)


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a vehicle would bring, in US dollars, as `source` said of a day."""

    asset: str
    amount: Decimal
    valued_on: date
    source: str


class Valuations(Protocol):
    """Says what vehicles would bring: a table that was imported, or a valuation service."""

    def value(self, asset: str, vin: str) -> Valuation | None:
        """Give the newest valuation of a vehicle, None when there is none."""
        ...
