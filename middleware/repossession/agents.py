"""Which repo agents there are and how each is reached, as tables of `drawbar.toml`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from drawbar.middleware.settings import Section

Channel = Literal["rdn", "mbsi", "mail"]


class AgentSettings(Section):
    """One repo agent."""

    channel: Channel = Field(description="how orders reach the agent: rdn, mbsi or mail")
    company: str = Field("", description="the agent's name for people; empty: the name of the table")
    id: str = Field("", description="the agent's number at RDN or MBSi; needed for those channels")
    address: str = Field("", description="the agent's e-mail address; needed for the channel mail")
    territories: list[str] = Field([], description="states where the agent works, such as TX; empty: everywhere")

    @field_validator("territories")
    @classmethod
    def _states(cls, value: list[str]) -> list[str]:
        if any(len(each) != 2 or not each.isalpha() or not each.isupper() for each in value):  # noqa: PLR2004
            raise ValueError("must be states of two capital letters such as TX")
        return value

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channel == "mail" and not _is_address(self.address):
            raise ValueError("address must be an e-mail address when the channel is mail")
        if self.channel != "mail" and not self.id:
            raise ValueError("id must be the agent's number when the channel is a network")
        return self

    @property
    def target(self) -> str:
        """The name of the outbox target that reaches the agent."""
        return "agent_mail" if self.channel == "mail" else self.channel


def _is_address(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(local and at and "." in host and text.isascii() and text.isprintable() and " " not in text)
