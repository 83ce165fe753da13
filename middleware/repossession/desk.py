"""Where every step of a repossession is asked for, whoever asks: table, guards, holds and roles (P11 to P15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.cases import PlacedOrder, RepoCase, RepoCases
from drawbar.middleware.repossession.events import (
    CaseEvent,
    Kind,
    leads_nowhere_new,
    refusal_of,
    refuse_malformed,
)
from drawbar.middleware.repossession.facts import RepoFacts
from drawbar.middleware.repossession.guards import CHANNEL, ORDER_TYPE, Asked, ask
from drawbar.middleware.repossession.holds import Holds
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.roles import ACT_OF, Role, refuse_unless_allowed
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import BY_EVENT, Effect, RepoEvent, RepoNote

LEFT_OUT: Final = frozenset({"Paid Off", "Terminated"})
"""Statuses of accounts whose contract has ended: their vehicles are not the lender's to take (F14)."""

AGENT_KINDS: Final[Mapping[str, Kind]] = {
    **{each.value: each for each in RepoNote},
    **{
        each.value: each
        for each in (
            RepoEvent.ACCEPTED, RepoEvent.DECLINED, RepoEvent.LOCATED, RepoEvent.FAILED, RepoEvent.REPOSSESSED,
            RepoEvent.STORED,
        )
    },
}  # fmt: skip
"""What agents tell → what it is to a case."""

_ENDS_ITS_ORDER: Final = frozenset({RepoEvent.DECLINED, RepoNote.COMPLETED, RepoNote.AGENT_CLOSED})


@dataclass(frozen=True, slots=True)
class Moved:
    """A case after something was told of it.

    `new` is False when nothing came of it: it was known already. `refused` says why an agent's news led nowhere.
    `withdrawn` are orders whose agents have to be told.
    """

    case: RepoCase
    new: bool = True
    refused: str = ""
    withdrawn: tuple[PlacedOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class RepoDesk:
    """Moves cases, inside the transaction of `holds`; `now` is when the hub hears of it."""

    holds: Holds
    settings: RepossessionSettings
    now: datetime

    @property
    def cases(self) -> RepoCases:
        return RepoCases(self.holds.connection)

    def request(self, facts: RepoFacts, request: CaseEvent, role: Role | None) -> Moved:
        """Open the case of a vehicle; where one is open already, whoever asked for it, that one is given.

        Raises RecordRejected for an account whose contract has ended (F14).
        """
        known = self.cases.of_event(request.source, request.event_id) or self.cases.open_of(facts.asset)
        if known is not None:
            return Moved(known, new=False)
        record = f"vehicle {facts.asset}"
        refuse_unless_allowed(role, "request", who=request.who, record=record)
        if facts.account_status in LEFT_OUT:
            raise RecordRejected(
                f"the contract has ended: account {facts.account} is {facts.account_status}", record=record,
                field="account", remedy="Set the disposition back.", code="CONTRACT_ENDED",
            )  # fmt: skip
        sequence = self.cases.next_sequence(facts.asset)
        key = f"{facts.asset}-R{sequence:03d}"
        case = self.cases.open_case(key, sequence, facts, request, self.now)
        self._audit(case, request)
        return Moved(case)

    def step(self, key: str, event: CaseEvent, role: Role | None) -> Moved:
        """Take a person's step; raises RecordRejected when the state, a guard, a hold or the role forbids it.

        A step whose id is known, or that leads to where the case is, is no second one.
        """
        assert isinstance(event.kind, RepoEvent)  # noqa: S101  (people take steps; notes come from agents)
        case = self.cases.get(key)
        known = self.cases.of_event(event.source, event.event_id)
        if known is not None or leads_nowhere_new(case.course, event.kind):
            return Moved(case, new=False)
        refuse_unless_allowed(role, ACT_OF[event.kind], who=event.who, record=case.name)
        refuse_malformed(event)
        if why := refusal_of(case.course, event.kind):
            raise RecordRejected(
                why, record=case.name, field="state", code="ILLEGAL_STEP",
                remedy="See the way of a repossession in docs/repossession-states.md.",
            )  # fmt: skip
        ask(BY_EVENT[event.kind].guards, Asked(case, event, self.holds, self.settings, self.now))
        moved = self._add(case, replace(event, at=_after_all(case, event.at)))
        self._audit(case, event)
        return moved

    def told(self, news: AgentEvent) -> Moved:
        """Take what an agent tells, in whatever order it comes; raises RecordRejected for an order that is not ours.

        News that leads nowhere is kept all the same: an earlier event that is still on its way may make sense of it.
        """
        record = f"{news.source} event {news.event_id}"
        case = self.cases.of_order(news.order_number)
        if case is None:
            raise RecordRejected(
                f"there is no order {news.order_number}", record=record, field="order_number",
                remedy="Ask the agent which order it is about.", code="UNKNOWN_ORDER",
            )  # fmt: skip
        event = self._of_agent(case, news, record)
        if self.cases.of_event(event.source, event.event_id) is not None:
            return Moved(case, new=False)
        refuse_malformed(event)
        moved = self._add(case, event)
        if event.kind in _ENDS_ITS_ORDER:
            ended = self.cases.end_orders(moved.case, [event.order], event.kind.value, event.at)
            moved = replace(moved, case=ended)
        refusal = next((each for each in moved.case.course.refusals if each.event == event), None)
        return replace(moved, refused=refusal.why if refusal else "")

    def _of_agent(self, case: RepoCase, news: AgentEvent, record: str) -> CaseEvent:
        kind = AGENT_KINDS.get(news.kind)
        if kind is None:
            raise RecordRejected(
                f"{news.kind!r} is not known", record=record, field="kind",
                remedy=f"Known are: {', '.join(AGENT_KINDS)}.", code="UNKNOWN_CODE",
            )  # fmt: skip
        ordered_at = next(each.ordered_at for each in case.orders if each.number == news.order_number)
        at = max(news.at, ordered_at)  # an agent's clock, or a day without a time, may lie before the order
        reason = news.details.get("reason", "") or news.details.get("text", "")
        return CaseEvent(
            news.source, news.event_id, kind, at, news.source, reason, news.order_number, dict(news.details)
        )

    def _add(self, case: RepoCase, event: CaseEvent) -> Moved:
        event = replace(event, at=max(event.at, case.requested_at))
        after = self.cases.add(case, event, self.now)
        if not any(step.event == event for step in after.course.steps):
            return Moved(after)
        assert isinstance(event.kind, RepoEvent)  # noqa: S101  (only these make steps)
        return self._effects(after, event, BY_EVENT[event.kind].effects)

    def _effects(self, case: RepoCase, event: CaseEvent, effects: tuple[Effect, ...]) -> Moved:
        active = case.active_orders
        if Effect.SEND_ORDER in effects:
            order = PlacedOrder(event.order, event.details[ORDER_TYPE], event.details[CHANNEL], event.at)
            return Moved(self.cases.place(case, order))
        if Effect.WITHDRAW_ORDER in effects:
            ended = self.cases.end_orders(case, [each.number for each in active], "withdrawn", event.at)
            return Moved(ended, withdrawn=active)
        if Effect.END_ORDERS in effects:
            others = tuple(each for each in active if each.number != event.order)
            ended = self.cases.end_orders(case, [each.number for each in active], "done", event.at)
            return Moved(ended, withdrawn=others)
        return Moved(case)

    def _audit(self, case: RepoCase, event: CaseEvent) -> None:
        detail = {"case": case.key, "source": event.source, "reason": event.reason, **event.details}
        Audit(self.holds.connection).note(
            actor=event.who, action=f"repossession {event.kind.value}", subject=f"vehicle {case.asset}",
            detail=detail, now=self.now,
        )  # fmt: skip


def _after_all(case: RepoCase, at: datetime) -> datetime:
    """Give the time of a step that a person takes knowing all that was told: an agent's clock may run ahead of ours."""
    latest = max(each.event.at for each in case.course.steps)
    return at if at > latest else latest + timedelta(microseconds=1)
