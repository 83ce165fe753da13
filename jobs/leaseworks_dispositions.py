"""Dispositions that LeaseWorks keeps, where its export has them: they move repossessions as Salesforce's do (P12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from drawbar.connectors.leaseworks.records import Vehicle, VehicleDisposition
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.repo_dispositions import Disposition, Dispositions
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message
from drawbar.middleware.sync.inbox_handling import Effect, Handling
from drawbar.middleware.units import UtcDatetime

DISPOSITION: Final = "leaseworks-disposition"
"""The kind of a message that tells of one."""


class ToldDisposition(BaseModel):
    """The body of such a message."""

    model_config = ConfigDict(frozen=True)

    asset: str
    word: str
    at: UtcDatetime


def take_dispositions(connection: Connection, vehicles: Sequence[Vehicle], now: datetime) -> None:
    """Put into the inbox what LeaseWorks says of vehicles that are to be repossessed, or whose repossession is open."""
    told = [each for each in vehicles if each.disposition is not None]
    if not told:
        return
    begun = RepoCases(connection).open_assets()
    wanted = (each for each in told if each.disposition is VehicleDisposition.PENDING or each.asset_number in begun)
    Inbox(connection).store([_message(each) for each in wanted], now)


def _message(vehicle: Vehicle) -> Message:
    told = ToldDisposition(asset=vehicle.asset_number, word=vehicle.disposition or "", at=vehicle.updated_at)
    message_id = f"{told.asset} {told.word} {told.at:%Y%m%dT%H%M%S}"
    return Message(SYSTEM, message_id, DISPOSITION, told.model_dump_json().encode())


@dataclass(frozen=True, slots=True)
class LeaseWorksDispositionHandler:
    """Handles them by the same rules as those that people set in Salesforce."""

    hub: Hub

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        told = ToldDisposition.model_validate_json(entry.message.body)
        act_id = entry.message.message_id
        set_to = Disposition(told.asset, told.word, SYSTEM, act_id, told.at, "LeaseWorks", "back office management")
        known = {"passed_over": f"{told.asset} is {told.word} already"}
        return Dispositions(self.hub).effect(set_to, handling) or (lambda _connection: known)
