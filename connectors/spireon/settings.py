"""How to reach Spireon, as a table of `drawbar.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import ConfigDict, Field, field_validator

from drawbar.middleware.http import HttpOptions, safe_url
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "spireon"
"""What settings, metrics and logs call Spireon."""

PAGE_LIMIT: Final = 100
"""The most records that Spireon gives in a page."""


class SpireonSettings(Section):
    """Spireon's NSpire interface, how to log in, and how hard to lean on it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field("https://services.spireon.com/v0/rest", description="address of the interface")
    identity_url: str = Field("https://identity.spireon.com", description="where tokens are given; for auth token")
    app_token: Secret = Field(description="application token that Spireon has issued")
    username: str = Field(min_length=1, description="user that Drawbar runs as")
    password: Secret = Field(description="password of the user")
    auth: Literal["basic", "token"] = Field("basic", description="basic: user and password with each call; token: once")
    page_size: int = Field(PAGE_LIMIT, ge=1, le=PAGE_LIMIT, description="records per page")
    overlap_hours: float = Field(
        6, ge=0, le=240, description="events are asked for again so far back: devices send late what they kept"
    )
    first_hours: float = Field(72, gt=0, le=2_160, description="how far back the events of a new device are asked for")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(60, gt=0, le=600, description="to wait for the next byte of an answer")
    calls_per_minute: float = Field(300, gt=0, le=6_000, description="never more calls in a minute")

    @field_validator("url", "identity_url")
    @classmethod
    def _safe(cls, value: str) -> str:
        return safe_url(value)

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(self.connect_timeout_seconds, self.read_timeout_seconds, pool=4, ca_file=self.ca_file)
