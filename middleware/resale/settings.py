"""Settings of the resale rules: `[resale]` in `drawbar.toml`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pydantic import Field, field_validator

from drawbar.middleware.mail_settings import check_address
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
    notice_template: Path | None = Field(
        None, description="file with the words of a notice of disposition (Jinja); empty: the default ones"
    )
    lender: str = Field("", description="name of the secured party, for notices and invoices")
    lender_address: str = Field("", description="its address")
    lender_phone: str = Field("", description="its telephone number, for notices")
    accounting_charge: str = Field("", description="US dollars that an accounting of the debt costs; empty: nothing")
    title_days: Days = Field(
        30, ge=1, le=365, description="days that a title may stand in a status before people are reminded"
    )

    @field_validator("accounting_to")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(check_address, addresses))
