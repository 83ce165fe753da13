"""Asks for the remarketing of a vehicle whose repossession has gone to Remarketing, in the same transaction (R04)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from drawbar.middleware.repossession.cases import RepoCase
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.sync.inbox import Inbox, Message

OFFERED: Final = "remarketing-offer"
_SENDER: Final = "drawbar"


class OfferedVehicle(BaseModel):
    """Names a vehicle whose repossession went to Remarketing, and who saw to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asset: str
    who: str


def ask_for_request(connection: Connection, case: RepoCase, now: datetime) -> None:
    """Have a request made for a vehicle that is offered for sale: once for each time that it is."""
    step = next(each for each in reversed(case.course.steps) if each.event.kind is RepoEvent.OFFER)
    body = OfferedVehicle(asset=case.asset, who=step.event.who).model_dump_json().encode()
    Inbox(connection).store([Message(_SENDER, f"{case.key} offer {step.number}", OFFERED, body)], now)
