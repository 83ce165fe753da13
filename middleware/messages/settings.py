"""`[messages]` of the settings: when lessees are written to, how often, and in which words."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from drawbar.middleware.messages.zones import ZONES_OF_STATE
from drawbar.middleware.settings import CONTACTS_COUNT_DAYS, Section

_LEAST_HOURS: Final = 6
"""Fewer hours could leave none that are allowed in both zones of a state."""


class HoursSettings(Section):
    """Hours of the lessee's own day in which a message may go."""

    first: time = Field(time(8), description="the first moment of the day, in the lessee's time zone")
    last: time = Field(time(21), description="the moment from which no message goes any more")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last.hour - self.first.hour < _LEAST_HOURS:
            raise ValueError(f"leave at least {_LEAST_HOURS} hours between first and last")
        return self


class LimitSettings(Section):
    """How often the lessee of one account is written to."""

    messages: int = Field(7, ge=1, le=100, description="messages at most, of all channels together")
    days: int = Field(7, ge=1, le=CONTACTS_COUNT_DAYS, description="in so many days that follow each other")
    calls: bool = Field(True, description="telephone calls that people logged in notes count like messages")


class MessageSettings(Section):
    """What lessees may be written, when, and how often (P04, P31)."""

    templates: Path | None = Field(
        None, description="folder with templates, NAME.text.txt and NAME.email.txt; empty: those that Drawbar brings"
    )
    sender_name: str = Field("your lessor", min_length=1, description="the lender's name, as messages give it")
    call_back: str = Field("", description="the telephone number that messages ask to call")
    text_needs_consent: bool = Field(
        True, description="write texts only to numbers whose owner has agreed; e-mail goes until somebody opts out"
    )
    wait_hours: int = Field(96, ge=1, le=720, description="a message that would have to wait longer is refused instead")
    hours: HoursSettings = HoursSettings()
    hours_of_state: dict[str, HoursSettings] = Field(
        {}, description="other hours by state of two letters, each in a table [messages.hours_of_state.TX]"
    )
    limit: LimitSettings = LimitSettings()
    limit_of_portfolio: dict[str, LimitSettings] = Field(
        {}, description="other limits by portfolio, each in a table [messages.limit_of_portfolio.NAME]"
    )

    @field_validator("hours_of_state")
    @classmethod
    def _known_states(cls, hours: dict[str, HoursSettings]) -> dict[str, HoursSettings]:
        unknown = sorted(hours.keys() - ZONES_OF_STATE.keys())
        if unknown:
            raise ValueError(f"{unknown[0]} is no state of two letters")
        return hours

    def hours_in(self, state: str) -> HoursSettings:
        """Give the hours that count in a state."""
        return self.hours_of_state.get(state, self.hours)

    def limit_for(self, portfolio: str) -> LimitSettings:
        """Give the limit that counts for a portfolio."""
        return self.limit_of_portfolio.get(portfolio, self.limit)
