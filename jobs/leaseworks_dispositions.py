"""Dispositions that LeaseWorks keeps, where its export has them: they move repossessions as Salesforce's do (P12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from drawbar.connectors.leaseworks.records import Vehicle, VehicleDisposition, VehicleState
from drawbar.connectors.salesforce.records.vehicle import VEHICLE
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.repo_dispositions import Disposition, Dispositions
from drawbar.jobs.repo_standing import imported
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Reference
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.inbox import Inbox, InboxEntry, Message
from drawbar.middleware.sync.inbox_handling import PLACE, Effect, Handling, Json, SubjectRejected
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
    """Handles them by the same rules as those that people set in Salesforce; a refusal is shown on the vehicle."""

    hub: Hub

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        told = ToldDisposition.model_validate_json(entry.message.body)
        act_id = entry.message.message_id
        set_to = Disposition(told.asset, told.word, SYSTEM, act_id, told.at, "LeaseWorks", _ROLE, told.echo)
        with _shown_on(told.asset):
            effect = Dispositions(self.hub).effect(set_to, handling)

        def act(connection: Connection) -> Json:
            with _shown_on(told.asset):
                moved = effect(connection) if effect is not None else {}
            if not moved.get("repossession"):
                return {"passed_over": f"{told.asset} is {told.word} already"}
            self._end_failures(connection, told.asset, handling)
            return moved

        return act

    def _end_failures(self, connection: Connection, asset: str, handling: Handling) -> None:
        """End what was refused of the vehicle before: LeaseWorks says something else now."""
        found = DeadLetters(connection).open_of(VEHICLE.api_name, {asset})
        FailureDesk(connection, TARGET, self.hub.reporter).end(
            [each for each in found if each.failure.place == PLACE], "resolved", by="drawbar",
            why="LeaseWorks has set the disposition anew", run_id=handling.run_id, now=handling.now,
        )  # fmt: skip


@contextmanager
def _shown_on(asset: str) -> Iterator[None]:
    """Have people see on the vehicle what is refused within the block."""
    try:
        yield
    except RecordRejected as error:
        raise SubjectRejected(error, Reference(VEHICLE.api_name, asset)) from error
