"""A repossession with all that people are shown of it: what it would leave, and what blocks an order now (P13, P15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drawbar.middleware.repossession.cases import PlacedOrder, RepoCase
from drawbar.middleware.repossession.facts import Worth, worth_of
from drawbar.middleware.repossession.holds import HoldAction, Holds
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import PENDING, RepoEvent, RepoState


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case and what is concluded of it; `blocked` says why no order may go out now."""

    case: RepoCase
    worth: Worth
    blocked: tuple[str, ...] = ()

    @property
    def latest_order(self) -> PlacedOrder | None:
        """The order that went out last."""
        return next((each for each in self.case.orders if each.number == self.case.course.order), None)

    @property
    def closed_why(self) -> str:
        """Why the case has ended, "" while it is open."""
        last = self.case.course.steps[-1]
        if self.case.course.open:
            return ""
        return f"{last.after}{last.event.reason and f': {last.event.reason}'}"

    @property
    def terminated(self) -> bool:
        """Whether the contract has ended because the vehicle was repossessed (F17)."""
        return self.case.course.step_of(RepoEvent.REPOSSESSED) is not None


def view(case: RepoCase, holds: Holds, settings: RepossessionSettings, now: datetime) -> CaseView:
    """Look at a case as it is now."""
    blocked: tuple[str, ...] = ()
    if case.course.state in PENDING:
        active = [
            f"order {each.number} ({each.order_type}) is active since {each.ordered_at:%Y-%m-%d}"
            for each in case.active_orders
        ]
        blocked = (*holds.reasons(case.account, HoldAction.ORDER, now), *active)
    return CaseView(case, worth_of(case.facts, settings), blocked)


UNDECIDED = frozenset({RepoState.REQUESTED, RepoState.UNDER_REVIEW})
"""States in which nobody has decided yet."""
