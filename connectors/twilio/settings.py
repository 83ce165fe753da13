"""How to reach Twilio, as a table of `drawbar.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from drawbar.middleware.http import HttpOptions, safe_url
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "twilio"
"""What settings, metrics and logs call Twilio."""


class TwilioSettings(Section):
    """The account at Twilio that sends text messages."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field("https://api.twilio.com", description="address of the interface")
    account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$", description="the account's SID")
    auth_token: Secret = Field(description="the account's auth token; it signs webhooks too")
    former_auth_token: Secret | None = Field(
        None, description="the token of before, whose signatures still count while a new one takes over"
    )
    sender: str = Field("", pattern=r"^(\+[1-9]\d{6,14})?$", description="number that texts come from, as +12145550100")
    messaging_service_sid: str = Field(
        "", pattern=r"^(MG[0-9a-fA-F]{32})?$", description="messaging service that chooses the number instead"
    )
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(30, gt=0, le=600, description="to wait for the next byte of an answer")
    calls_per_minute: float = Field(60, gt=0, le=6_000, description="never more calls in a minute")

    @field_validator("url")
    @classmethod
    def _safe(cls, value: str) -> str:
        return safe_url(value)

    @model_validator(mode="after")
    def _one_sender(self) -> Self:
        if bool(self.sender) == bool(self.messaging_service_sid):
            raise ValueError("needs sender or messaging_service_sid, and not both")
        return self

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(self.connect_timeout_seconds, self.read_timeout_seconds, pool=2, ca_file=self.ca_file)
