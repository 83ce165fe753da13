"""A repossession as machines are told of it, by the command line and by REST."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from drawbar.middleware.repossession.facts import RepoFacts
from drawbar.middleware.repossession.view import CaseView


class StepTold(BaseModel):
    """One step of the history."""

    model_config = ConfigDict(frozen=True)

    number: int
    before: str = Field(description="state before; empty for the first step")
    after: str
    event: str
    at: datetime
    who: str
    reason: str
    source: str
    id: str = Field(description="id of the event at its source")


class OrderTold(BaseModel):
    """An order to an agent."""

    model_config = ConfigDict(frozen=True)

    number: str
    order_type: str
    channel: str
    ordered_at: datetime
    ended_at: datetime | None
    ended_as: str


class RepossessionTold(BaseModel):
    """A repossession; amounts in US dollars."""

    model_config = ConfigDict(frozen=True)

    case: str
    account: str
    vehicle: str
    state: str
    open: bool
    requested_at: datetime
    changed_at: datetime
    facts: RepoFacts
    facts_at: datetime
    estimated_recovery: Decimal | None
    worth_recovering: bool
    why: str = Field(description="what the estimate comes to")
    blocked: tuple[str, ...] = Field(description="why no order may go out now")
    orders: tuple[OrderTold, ...]
    costs: Decimal
    failed_attempts: int
    told: dict[str, str] = Field(description="what agents and people told, by name")
    steps: tuple[StepTold, ...]


def told(seen: CaseView) -> RepossessionTold:
    """Give a case for machines."""
    case, course = seen.case, seen.case.course
    return RepossessionTold(
        case=case.key, account=case.account, vehicle=case.asset, state=course.state.value, open=course.open,
        requested_at=case.requested_at, changed_at=case.changed_at, facts=case.facts, facts_at=case.facts_at,
        estimated_recovery=seen.worth.estimate, worth_recovering=seen.worth.enough, why=seen.worth.why,
        blocked=seen.blocked, costs=course.costs, failed_attempts=course.attempts, told=dict(course.told),
        orders=tuple(
            OrderTold(
                number=each.number, order_type=each.order_type, channel=each.channel, ordered_at=each.ordered_at,
                ended_at=each.ended_at, ended_as=each.ended_as,
            )
            for each in case.orders
        ),
        steps=tuple(
            StepTold(
                number=each.number, before=each.before.value if each.before else "", after=each.after.value,
                event=each.event.kind.value, at=each.event.at, who=each.event.who, reason=each.event.reason,
                source=each.event.source, id=each.event.event_id,
            )
            for each in course.steps
        ),
    )  # fmt: skip
