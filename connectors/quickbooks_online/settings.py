"""How to reach a QuickBooks Online company, as a table of `drawbar.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator, model_validator

from drawbar.middleware.http import HttpOptions
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "quickbooks_online"
"""What the outbox, metrics, traces and logs call the company."""


def system_of(company: str) -> str:
    """Give what the outbox calls a company by its name in the settings: "" is the first one."""
    return f"{SYSTEM}.{company}" if company else SYSTEM


_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class FurtherCompany(Section):
    """Another company of QuickBooks Online, which was connected with the same Intuit app."""

    realm_id: str = Field(pattern=r"^\d{1,30}$", description="company id (realm), digits alone")


class QuickBooksOnlineSettings(Section):
    """The QuickBooks Online company, how to log in, and how hard to lean on it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    realm_id: str = Field(pattern=r"^\d{1,30}$", description="company id (realm), digits alone")
    client_id: str = Field(min_length=1, description="client id of the Intuit app")
    client_secret: Secret = Field(description="client secret of the Intuit app")
    encryption_key: Secret = Field(
        description="key that encrypts the tokens in the database; make one with: drawbar quickbooks key"
    )
    webhook_verifier_token: Secret | None = Field(None, description="verifier token of the app's webhooks")
    api_url: str = Field(
        "https://quickbooks.api.intuit.com", description="https://sandbox-quickbooks.api.intuit.com for a test company"
    )
    token_url: str = Field(
        "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer", description="where tokens are renewed"
    )
    minor_version: int = Field(75, ge=75, description="minor version that every call names; Intuit serves none below")
    calls_per_minute: int = Field(500, ge=1, le=500, description="calls in any minute; Intuit allows 500 per company")
    concurrent_calls: int = Field(10, ge=1, le=10, description="calls at one time; Intuit allows 10")
    batches_per_minute: int = Field(40, ge=1, le=40, description="batch calls in any minute")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(120, gt=0, le=600, description="to wait for the next byte of an answer")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    companies: dict[str, FurtherCompany] = Field(
        default_factory=dict,
        description="a table for each further company: [quickbooks_online.companies.NAME]",
    )

    @field_validator("api_url", "token_url")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (parts.hostname and (parts.scheme == "https" or loopback)):
            raise ValueError("must be https:// and a host (plain http only on this machine)")
        if parts.query or parts.username:
            raise ValueError("must hold neither user nor query")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_name_each(self) -> Self:
        realms = [self.realm_id, *(each.realm_id for each in self.companies.values())]
        if len(set(realms)) != len(realms):
            raise ValueError("two companies have the same realm_id")
        return self

    def of(self, company: str) -> QuickBooksOnlineSettings:
        """Give the settings of a further company: its realm, and all else as the first one has it."""
        return self.model_copy(update={"realm_id": self.companies[company].realm_id, "companies": {}})

    @property
    def company_url(self) -> str:
        """The address below which everything of the company is found."""
        return f"{self.api_url}/v3/company/{self.realm_id}"

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(
            connect_timeout=self.connect_timeout_seconds, read_timeout=self.read_timeout_seconds, ca_file=self.ca_file
        )
