"""How to reach the org, as a table of `drawbar.toml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from drawbar.middleware.http import HttpOptions, is_safe_origin
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "salesforce"
"""What metrics, traces and logs call the org."""


class OutboundMessageSettings(Section):
    """Outbound messages of the org, which come to the hub's server at /soap/salesforce/<path_token>."""

    model_config = ConfigDict(hide_input_in_errors=True)

    organization_id: str = Field(
        pattern=r"^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$",
        description="id of the org that may send (Setup, Company Information)",
    )
    path_token: Secret = Field(
        description="last part of the address, 32 characters or more of letters, digits, - and _, that nobody can guess"
    )
    certificate_subject: str = Field(
        "",
        description="subject of Salesforce's client certificate, as the proxy in front tells it; empty: none is asked",
    )

    @field_validator("path_token")
    @classmethod
    def _unguessable(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\w-]{32,}", token.get_secret_value(), re.ASCII):
            raise ValueError("must have 32 letters, digits, - or _ at least, such as: openssl rand -hex 32")
        return token


class SalesforceSettings(Section):
    """The org, how to log in, and how hard to lean on it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    login_url: str = Field(description="My Domain address of the org, such as https://example.my.salesforce.com")
    auth: Literal["jwt", "client_credentials"] = Field("jwt", description="OAuth flow of the External Client App")
    client_id: str = Field(min_length=1, description="consumer key of the External Client App")
    client_secret: Secret | None = Field(None, description="consumer secret; for client_credentials")
    username: str = Field("", description="user that Drawbar runs as; for jwt")
    private_key: Secret | None = Field(None, description="PEM private key of the uploaded certificate; for jwt")
    audience: str = Field(
        "https://login.salesforce.com", description="https://test.salesforce.com for a sandbox; for jwt"
    )
    api_version: str = Field("67.0", pattern=r"^\d{2,3}\.0$", description="API version that every call names")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(120, gt=0, le=600, description="to wait for the next byte of an answer")
    api_reserve_percent: float = Field(
        20, ge=0, lt=100, description="share of the daily API calls that Drawbar leaves to people and other programs"
    )
    bulk_poll_first_seconds: float = Field(2, gt=0, le=60, description="until a Bulk job is first asked how it is")
    bulk_poll_longest_seconds: float = Field(120, gt=0, le=3600, description="never longer between two questions")
    bulk_patience_seconds: float = Field(
        6 * 3600, gt=0, description="how long to wait for a Bulk job before the run gives way; the job goes on"
    )

    assign: dict[str, list[str]] = Field(
        {},
        description="permission sets that `drawbar salesforce deploy` assigns, and groups of them → user names, or "
        "group:NAME for the users of a public group",
    )
    outbound: OutboundMessageSettings | None = Field(
        None, description="table: outbound messages of the org, taken in at the hub's server"
    )

    @field_validator("login_url")
    @classmethod
    def _safe_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if not is_safe_origin(value):
            raise ValueError("must be https:// and a host (plain http only on this machine)")
        if parts.path.strip("/") or parts.query or parts.username:
            raise ValueError("must be scheme and host alone")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _login_is_complete(self) -> Self:
        if self.auth == "jwt" and not (self.username and self.private_key):
            raise ValueError("auth jwt needs username and private_key")
        if self.auth == "client_credentials" and not self.client_secret:
            raise ValueError("auth client_credentials needs client_secret")
        return self

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(
            connect_timeout=self.connect_timeout_seconds, read_timeout=self.read_timeout_seconds, ca_file=self.ca_file
        )
