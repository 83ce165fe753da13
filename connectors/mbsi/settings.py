"""How to reach MBSi RecoveryConnect, as a table of `drawbar.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, Field, field_validator

from drawbar.middleware.http import HttpOptions, safe_url
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "mbsi"
"""What settings, the outbox, metrics and logs call MBSi."""

STATUSES: Final[Mapping[str, str]] = {
    "1": "pending", "2": "accepted", "3": "declined", "4": "located", "5": "repossessed", "6": "completed",
    "15": "closed", "16": "on hold",
}  # fmt: skip
"""Numbers of statuses and what they mean. Only 16 has a public source; the lender's list goes into `mbsi.statuses`."""

CASE_TYPES: Final[Mapping[str, str]] = {"DRK": "1", "IIR": "2", "VRP": "3", "IVR": "4", "SKP": "5", "IRP": "6"}
"""Our type of an order → MBSi's number; ours until MBSi names the lender's."""


class MbsiSettings(Section):
    """MBSi's REST interface, how to log in, and how hard to lean on it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field("https://api.mbsisystems.com/api/v150", description="address of the interface")
    token: Secret = Field(description="bearer token that MBSi has issued to the lender")
    client_id: str = Field(min_length=1, description="number of the lender as a client")
    lienholder_id: str = Field(min_length=1, description="number of the lender as the lienholder")
    statuses: dict[str, str] = Field(
        dict(STATUSES), description="MBSi's numbers of statuses and what each means for an order"
    )
    case_types: dict[str, str] = Field(dict(CASE_TYPES), description="our types of orders and MBSi's numbers of them")
    page_size: int = Field(250, ge=1, le=250, description="orders per page")
    largest_document_mb: float = Field(25, gt=0, le=200, description="larger documents are named, and not stored")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    connect_timeout_seconds: float = Field(10, gt=0, le=300, description="to open a connection")
    read_timeout_seconds: float = Field(60, gt=0, le=600, description="to wait for the next byte of an answer")
    calls_per_minute: float = Field(120, gt=0, le=6_000, description="never more calls in a minute")

    @field_validator("url")
    @classmethod
    def _safe(cls, value: str) -> str:
        return safe_url(value)

    @field_validator("statuses")
    @classmethod
    def _known_meanings(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value.values()) - set(STATUSES.values()))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not a meaning; there are {', '.join(STATUSES.values())}")
        missing = sorted({"closed", "on hold", "accepted"} - set(value.values()))
        if missing:
            raise ValueError(f"needs a number for {', '.join(missing)}")
        return value

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(self.connect_timeout_seconds, self.read_timeout_seconds, pool=4, ca_file=self.ca_file)

    def number_of(self, meaning: str) -> str:
        """Give the number of a status by what it means."""
        return next(number for number, means in self.statuses.items() if means == meaning)
