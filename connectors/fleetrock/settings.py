"""How FleetRock is reached and read: the `[fleetrock]` table of `drawbar.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from drawbar.connectors.fleetrock.records import STAGES, OrderStage
from drawbar.middleware.http import HttpOptions, safe_url
from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "fleetrock"
"""What feeds, metrics, traces and logs call FleetRock."""


class FleetRockSettings(Section):
    """FleetRock: its address, who calls, and how far back it is asked."""

    url: str = Field(
        "https://www.fleetrock.com/API",
        description="address of the interface; a brand has its own host, and test.fleetrock.com is for trials",
    )
    username: str = Field(min_length=1, description="user name of the customer account")
    key: Secret = Field(description="API key of that account")
    auth: Literal["token", "key"] = Field("token", description="token: fetched with the key; key: the key is the token")
    ca_file: Path | None = Field(None, description="certificate authority to trust instead of the system's")
    timeout_seconds: float = Field(240, gt=0, description="how long an answer may take; wide windows take minutes")
    first_days: int = Field(90, ge=1, le=3_650, description="the first run asks for events of so many days back")
    overlap_hours: int = Field(24, ge=1, description="each run asks again for events of so many hours before the last")
    window_days: int = Field(7, ge=1, description="days that one call asks for: there is no paging but the window")
    settle_reads: int = Field(3, ge=0, description="an order that lacks lines is read again so often within a run")
    settle_seconds: float = Field(5, ge=0, description="wait before it is read again")
    settle_days: int = Field(3, ge=0, description="later runs read it again for so many days")
    order_page: str = Field("", description="address of an order's page for people, with {id}; empty: no link")
    statuses: dict[str, OrderStage] = Field(
        default_factory=dict, description="further status words of FleetRock, each with the stage that it means"
    )

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return safe_url(url)

    @field_validator("order_page")
    @classmethod
    def _holds_the_id(cls, page: str) -> str:
        if page and not (page.startswith("https://") and page.count("{id}") == 1 and page.count("{") == 1):
            raise ValueError("must begin with https:// and hold {id} once")
        return page

    @property
    def http(self) -> HttpOptions:
        return HttpOptions(read_timeout=self.timeout_seconds, ca_file=self.ca_file)

    @property
    def stages(self) -> dict[str, OrderStage]:
        """The stage that each status word means; words are compared in small letters."""
        return {**STAGES, **{word.lower(): stage for word, stage in self.statuses.items()}}
