"""`[repossession]` of the settings: what a recovery costs, who may do what, and by which way orders go."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator

from drawbar.middleware.mail_settings import check_address
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.settings import Section
from drawbar.middleware.units import Usd

Channel = Literal["agent_mail", "rdn", "mbsi"]
"""The ways that an order may go: e-mail, or a repossession network."""


class RepossessionSettings(Section):
    """How repossessions are decided and ordered."""

    recovery_cost: Usd = Field(
        Decimal("1500.00"), ge=0, description="what agent, key and transport cost, in US dollars"
    )
    resale_percent: Decimal = Field(
        Decimal(10), ge=0, le=100, description="what selling costs, in percent of the market value"
    )
    least_recovery: Usd = Field(
        Decimal("2500.00"), ge=0,
        description="a vehicle that would leave less than this, in US dollars, is ordered with an override only",
    )  # fmt: skip
    order_by: Channel = Field("agent_mail", description="the way of orders that name none")
    reply_to: str = Field("", max_length=254, description="the address that agents answer to")
    requests_to: tuple[str, ...] = Field(
        (), description="addresses that are written to when a repossession is requested; empty: nobody"
    )
    default_after_days: int = Field(
        0, ge=0, le=3_650,
        description="days past due from which an account is in default and its repossession pending; 0: never",
    )  # fmt: skip
    roles: dict[str, Role] = Field(
        default_factory=dict,
        description="user of the command line, or user name in Salesforce (casey@lender.example) = what he is",
    )
    role_of_others: Role | Literal["none"] = Field(
        "admin", description="what everybody is whom roles does not name; none lets nobody else do anything"
    )

    @field_validator("requests_to")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(check_address, addresses))

    def role_of(self, person: str) -> Role | None:
        """Give what a person is; None when he may do nothing."""
        named = self.roles.get(person)
        if named is not None:
            return named
        return None if self.role_of_others == "none" else self.role_of_others
