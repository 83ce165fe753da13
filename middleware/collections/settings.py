"""Settings of the collections rules: `[collections]` and, where a portfolio differs, `[collections.portfolio.NAME]`."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from drawbar.middleware.collections.delinquency import DayCount, DelinquencyRules
from drawbar.middleware.collections.promises import PromiseTerms
from drawbar.middleware.settings import Section
from drawbar.middleware.units import Days, Usd

VISIT_DISPOSITIONS = (
    "Spoke to Lessee",
    "Spoke to Another Person",
    "Nobody Home",
    "Moved Away",
    "Truck Seen",
    "Truck Not There",
    "Paid",
    "Promised to Pay",
    "Refused or Threatened",
)


class PortfolioSettings(Section):
    """What one portfolio counts differently; what is left out is as in `[collections]` (C04, C05)."""

    day_count: DayCount | None = Field(None, description="how days past due are counted: actual or thirty_day_months")
    grace_days: Days | None = Field(None, ge=0, le=365, description="days past due that do not yet make it delinquent")
    minimum_past_due: Usd | None = Field(None, ge=0, description="US dollars past due below which there is no case")


class CollectionSettings(Section):
    """When an account is delinquent, how long its case can be reopened, when a promise is kept (P02, P05, C04, C05).

    The defaults are ours; the lender's own figures go here.
    """

    day_count: DayCount = Field(
        DayCount.ACTUAL, description="how days past due are counted: actual or thirty_day_months (30E/360)"
    )
    grace_days: Days = Field(
        0, ge=0, le=365, description="days past due that do not yet make an account delinquent; 5: delinquent on day 6"
    )
    minimum_past_due: Usd = Field(
        Decimal("0.01"), ge=0, description="US dollars past due below which an account gets no delinquency case"
    )
    case_reopen_days: Days = Field(
        30, ge=0, le=3650, description="days after closing in which falling behind reopens the case; later a new one"
    )
    promise_grace_days: Days = Field(
        3, ge=0, le=60, description="calendar days after the promised date in which money still keeps the promise"
    )
    promise_tolerance_percent: Decimal = Field(
        Decimal(2), ge=0, le=50, description="percent of a promise that may be missing; the smaller tolerance counts"
    )
    promise_tolerance_dollars: Usd = Field(
        Decimal("10.00"),
        ge=0,
        description="US dollars that may be missing from a promise; the smaller tolerance counts",
    )
    visit_dispositions: tuple[str, ...] = Field(
        VISIT_DISPOSITIONS,
        min_length=1,
        description="what may come of a field visit, each word as in the picklist of Salesforce; others are refused",
    )
    portfolio: dict[str, PortfolioSettings] = Field({}, description="portfolios that count differently, by their name")

    def rules_for(self, portfolio: str) -> DelinquencyRules:
        """Give the delinquency rules of a portfolio: its own where it has them, else the general ones."""
        own = self.portfolio.get(portfolio, _NOTHING_OWN)
        return DelinquencyRules(
            day_count=self.day_count if own.day_count is None else own.day_count,
            grace_days=self.grace_days if own.grace_days is None else own.grace_days,
            minimum_past_due=self.minimum_past_due if own.minimum_past_due is None else own.minimum_past_due,
        )

    @property
    def promise_terms(self) -> PromiseTerms:
        """The terms that a promise first seen from now on is judged by."""
        return PromiseTerms(
            grace_days=self.promise_grace_days,
            tolerance_percent=self.promise_tolerance_percent,
            tolerance_dollars=self.promise_tolerance_dollars,
        )


_NOTHING_OWN = PortfolioSettings()
