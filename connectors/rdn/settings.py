"""How to reach RDN, as a table of `drawbar.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import ConfigDict, Field, field_validator

from drawbar.middleware.http import HttpOptions, safe_url
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "rdn"
"""What settings, the outbox, metrics and logs call RDN."""


class RdnSettings(Section):
    """RDN's SOAP interface, how to log in, and how hard to lean on it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field(description="address of the interface, as RDN gives it")
    api_key: Secret = Field(description="key that RDN has issued to the lender")
    page_size: int = Field(100, ge=1, le=100, description="cases per page")
    overlap_events: int = Field(
        200, ge=0, le=10_000, description="events are asked for again so far back: some get their number late"
    )
    ignored_codes: list[int] = Field([], description="codes of events that are of no use, beside those that we know")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(60, gt=0, le=600, description="to wait for the next byte of an answer")
    calls_per_minute: float = Field(120, gt=0, le=6_000, description="never more calls in a minute")

    @field_validator("url")
    @classmethod
    def _safe(cls, value: str) -> str:
        return safe_url(value)

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(self.connect_timeout_seconds, self.read_timeout_seconds, pool=4, ca_file=self.ca_file)
