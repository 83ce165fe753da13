"""Dispositions that LeaseWorks keeps, where its export has them: they move repossessions as Salesforce's do (P12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from drawbar.connectors.leaseworks.records import Vehicle, VehicleDisposition, VehicleState
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.repo_dispositions import Disposition, Dispositions
from drawbar.jobs.repo_standing import imported
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json
from drawbar.middleware.units import UtcDatetime

DISPOSITION: Final = "leaseworks-disposition"
"""The kind of a message that tells of one."""

_ROLE: Final[Role] = "back office management"
"""What people set in LeaseWorks is the office's word."""


class ToldDisposition(BaseModel):
    """The body of such a message."""

    model_config = ConfigDict(frozen=True)

    asset: str
    word: str
    at: UtcDatetime
    echo: bool = False


def take_dispositions(connection: Connection, vehicles: Sequence[Vehicle | VehicleState], now: datetime) -> None:
    """Put into the inbox what LeaseWorks says of vehicles that are to be repossessed, or whose repossession is open.

    What it shows as an import has told it is an echo: it moves nothing, and is remembered as what LeaseWorks says.
    """
    told = [each for each in vehicles if each.disposition]
    if not told:
        return
    cases = RepoCases(connection)
    begun, known = cases.open_assets(), cases.assets()
    news = [
        _told(connection, each)
        for each in told
        if each.disposition == VehicleDisposition.PENDING or each.asset_number in known
    ]
    wanted = [each for each in news if each.echo or each.word == VehicleDisposition.PENDING or each.asset in begun]
    Inbox(connection).store([_message(each) for each in wanted], now)


def _told(connection: Connection, vehicle: Vehicle | VehicleState) -> ToldDisposition:
    asset, word = vehicle.asset_number, vehicle.disposition or ""
    taken, told = imported(connection, asset)
    echo = taken is not None and (word == told or vehicle.updated_at <= taken)
    return ToldDisposition(asset=asset, word=word, at=vehicle.updated_at, echo=echo)


def _message(told: ToldDisposition) -> Message:
    message_id = f"{told.asset} {told.word} {told.at:%Y%m%dT%H%M%S}"
    return Message(SYSTEM, message_id, DISPOSITION, told.model_dump_json().encode())


@dataclass(frozen=True, slots=True)
class LeaseWorksDispositionHandler:
    """Handles them by the same rules as those that people set in Salesforce."""

    hub: Hub

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        told = ToldDisposition.model_validate_json(entry.message.body)
        act_id = entry.message.message_id
        set_to = Disposition(told.asset, told.word, SYSTEM, act_id, told.at, "LeaseWorks", _ROLE, told.echo)
        effect = Dispositions(self.hub).effect(set_to, handling)

        def act(connection: Connection) -> Json:
            moved = effect(connection) if effect is not None else {}
            if not moved.get("repossession"):
                return {"passed_over": f"{told.asset} is {told.word} already"}
            return moved

        return act
