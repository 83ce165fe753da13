"""Dispositions that LeaseWorks keeps, where its export has them: they move repossessions as Salesforce's do (P12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from drawbar.connectors.leaseworks.records import Vehicle, VehicleDisposition, VehicleState
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.repo_dispositions import Disposition, Dispositions, said_by
from drawbar.mappings import vehicle_disposition
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json
from drawbar.middleware.units import UtcDatetime

DISPOSITION: Final = "leaseworks-disposition"
"""The kind of a message that tells of one."""


class ToldDisposition(BaseModel):
    """The body of such a message."""

    model_config = ConfigDict(frozen=True)

    asset: str
    word: str
    at: UtcDatetime


def take_dispositions(connection: Connection, vehicles: Sequence[Vehicle | VehicleState], now: datetime) -> None:
    """Put into the inbox what LeaseWorks says of vehicles that are to be repossessed, or whose repossession is open."""
    told = [each for each in vehicles if each.disposition]
    if not told:
        return
    begun = RepoCases(connection).open_assets()
    wanted = (each for each in told if each.disposition == VehicleDisposition.PENDING or each.asset_number in begun)
    Inbox(connection).store([_message(each) for each in wanted], now)


def _message(vehicle: Vehicle | VehicleState) -> Message:
    told = ToldDisposition(asset=vehicle.asset_number, word=vehicle.disposition or "", at=vehicle.updated_at)
    message_id = f"{told.asset} {told.word} {told.at:%Y%m%dT%H%M%S}"
    return Message(SYSTEM, message_id, DISPOSITION, told.model_dump_json().encode())


@dataclass(frozen=True, slots=True)
class LeaseWorksDispositionHandler:
    """Handles them by the same rules as those that people set in Salesforce, and sets what is news there too."""

    hub: Hub

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        told = ToldDisposition.model_validate_json(entry.message.body)
        act_id = entry.message.message_id
        set_to = Disposition(told.asset, told.word, SYSTEM, act_id, told.at, "LeaseWorks", "back office management")
        effect = Dispositions(self.hub).effect(set_to, handling)

        def act(connection: Connection) -> Json:
            moved = effect(connection) if effect is not None else {}
            if not moved.get("repossession"):
                return {"passed_over": f"{told.asset} is {told.word} already"}
            case = RepoCases(connection).get(moved["repossession"])
            if said_by("salesforce", case) != told.word:
                record = vehicle_disposition.in_peoples_stead(told.asset, told.word)
                concluding = Concluding(connection, handling.run_id, handling.now)
                concluding.send(TARGET, record, f"{told.word} in LeaseWorks", creates=False)
            return moved

        return act
