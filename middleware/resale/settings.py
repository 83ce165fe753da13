"""Settings of the resale rules: `[resale]` in `drawbar.toml`."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, field_validator

from drawbar.middleware.mail import check_address
from drawbar.middleware.settings import Section
from drawbar.middleware.units import Days, Usd


class ResaleSettings(Section):
    """Who may approve what, and which periods have to pass before a vehicle is sold (P19, P20, P21, P23)."""

    accounting_to: tuple[str, ...] = Field(
        (), description="addresses of Accounting, which is written to about approved work orders"
    )
    approvers: tuple[str, ...] = Field(
        (), description="Salesforce user names that may approve and sign off; empty: whoever Salesforce lets do it"
    )
    own_limit: Usd = Field(
        Decimal("500.00"), ge=0, description="US dollars up to which a person may approve a work order of his own"
    )
    notice_days: Days = Field(
        10, ge=1, le=365, description="days from sending a notice of disposition to the earliest sale"
    )
    title_days: Days = Field(
        30, ge=1, le=365, description="days that a title may stand in a status before people are reminded"
    )

    @field_validator("accounting_to")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(check_address, addresses))
