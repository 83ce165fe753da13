"""The company files and how their Web Connectors log in, as a table of `drawbar.toml`."""

from __future__ import annotations

from typing import Final, Self

from pydantic import ConfigDict, Field, model_validator

from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "quickbooks_desktop"
"""What tables, metrics and logs call it."""


class CompanySettings(Section):
    """One company file of QuickBooks Desktop."""

    model_config = ConfigDict(hide_input_in_errors=True)

    user: str = Field(min_length=1, description="user name of the Web Connector; each company has its own")
    password: Secret = Field(description="password that is typed into the Web Connector")
    file: str = Field("", description="path of the company file on its machine; empty: whichever is open")
    company_name: str = Field(
        "", description="name of the company as QuickBooks tells it; another one gets nothing. Empty: not compared"
    )
    payables_account: str = Field("", description="accounts payable account of bills; empty: QuickBooks' own default")
    add_vendors: bool = Field(False, description="add a vendor that QuickBooks does not have, by name alone")


class QuickBooksDesktopSettings(Section):
    """QuickBooks Desktop, whose Web Connector fetches its work from the hub's server."""

    application: str = Field("Drawbar", min_length=1, description="name that the Web Connector shows")
    support_url: str = Field("", description="page for people who need help; empty: the address of the hub's server")
    run_every_minutes: int = Field(15, ge=1, le=1440, description="how often the Web Connector comes by itself")
    qbxml_version: str = Field("13.0", pattern=r"^\d{1,2}\.\d$", description="version of qbXML that requests name")
    max_attempts: int = Field(5, ge=1, description="tries per bill before a person has to look")
    companies: dict[str, CompanySettings] = Field(
        default_factory=dict, description="a table for each company file, such as [quickbooks_desktop.companies.main]"
    )

    @model_validator(mode="after")
    def _one_user_each(self) -> Self:
        users = [each.user for each in self.companies.values()]
        if len(set(users)) != len(users):
            raise ValueError("two companies have the same user")
        return self
