"""Moves a vehicle's repossession by its repairs: into repair, and to Inventory when the last is finished (P22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.connectors.fleetrock.settings import SYSTEM
from drawbar.jobs.hub import Hub
from drawbar.jobs.repossessions import RepoOffice
from drawbar.middleware.repairs.conditions import Condition
from drawbar.middleware.repossession.events import CaseEvent, refusal_of
from drawbar.middleware.repossession.roles import Role
from drawbar.middleware.repossession.states import RepoEvent

_STEPS: Final[Mapping[Condition, tuple[RepoEvent, str]]] = {
    "In Repair": (RepoEvent.REPAIR, "a repair order has work left"),
    "Inventory": (RepoEvent.REPAIRED, "the last repair order is finished"),
}
_ROLE: Final[Role] = "back office management"
"""FleetRock's orders are the lender's own: they count as its office's word."""


@dataclass(frozen=True, slots=True)
class RepairSteps:
    """Moves repossessions by what repairs lead to, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    def take(self, vehicle: str, condition: Condition) -> None:
        """Take the step of a vehicle's open case; where that is no step of it, the case stays as it is."""
        office = RepoOffice(self.hub, self.connection, self.now, self.run_id)
        case = office.cases.open_of(vehicle)
        kind, why = _STEPS[condition]
        if case is None or refusal_of(case.course, kind):
            return
        event_id = f"{vehicle} {kind.value} {self.now:%Y%m%dT%H%M%S}"
        office.step(case.key, CaseEvent(SYSTEM, event_id, kind, self.now, "FleetRock", why), _ROLE)
