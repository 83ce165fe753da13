"""Repossession → Case of record type Repossession (P11, P13, P14, P16, P28)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from drawbar.connectors.salesforce.records.repossession_case import RepossessionCase
from drawbar.mappings.words import line, optional_lines, our_word, shortened
from drawbar.middleware.repossession.events import Course, Step, history_lines
from drawbar.middleware.repossession.orders import ORDER_TYPES, VOLUNTARY
from drawbar.middleware.repossession.states import RepoEvent, RepoState
from drawbar.middleware.repossession.view import UNDECIDED, CaseView

ORIGIN: Final[Mapping[str, str]] = {
    "leaseworks": "LeaseWorks", "salesforce": "Salesforce", "command line": "Web", "rest": "Web",
    "drawbar": "LeaseWorks",
}  # fmt: skip
"""The side that asked for the repossession → where the case came from."""

DECISION: Final[Mapping[RepoEvent, str]] = {
    RepoEvent.APPROVE: "Proceed", RepoEvent.GIVE_CHANCE: "Another Chance",
}  # fmt: skip
CHANNEL: Final[Mapping[str, str]] = {"agent_mail": "E-mail", "rdn": "RDN", "mbsi": "MBSi"}

_WHOLE: Final = "drawbar repo show"
_TEXT, _HISTORY, _NEWS, _BLOCKED = 255, 30_000, 7_500, 1_900


def to_salesforce(view: CaseView, *, now: datetime) -> RepossessionCase:
    """Map a case with what is concluded of it."""
    case, facts = view.case, view.case.facts
    course = case.course
    return RepossessionCase(
        case_key=case.key,
        record_type="Repossession",
        account=facts.lessee,
        lease_account=case.account,
        vehicle=case.asset,
        subject=_text(f"Repossession {case.sequence} of {facts.vehicle or case.asset}, account {case.account}"),
        status=_status(course),
        origin=our_word(ORIGIN, course.steps[0].event.source, record=case.name, field="source"),
        close_reason=_optional(view.closed_why),
        stage=course.state.value,
        days_past_due=facts.days_past_due,
        past_due_amount=facts.past_due,
        payments_made=facts.payments_made,
        payoff=facts.payoff,
        promises_kept=facts.promises_kept,
        promises_broken=facts.promises_broken,
        gps_verdict=facts.gps_verdict or None,
        gps_reasons=optional_lines(facts.gps_reasons),
        last_location=_optional(facts.last_location),
        last_seen=facts.last_seen_at,
        market_value=facts.market_value,
        value_source=_optional(facts.value_source),
        value_date=facts.valued_on,
        condition=_optional(course.told.get("condition", "") or facts.condition),
        recovery_costs=view.worth.costs,
        estimate=view.worth.estimate,
        least_recovery=view.worth.least,
        worth=view.worth.enough,
        blocked_by=optional_lines(shortened("\n".join(view.blocked), _BLOCKED, _WHOLE)),
        costs=course.costs,
        contract_status="Terminated" if view.terminated else "Active",
        history=shortened("\n".join(history_lines(course.steps)), _HISTORY, _WHOLE),
        news=optional_lines(shortened(_news(course), _NEWS, _WHOLE)),
        source_system="Drawbar",
        source_updated=case.changed_at,
        last_synced=now,
        **_request(course),
        **_decision(course),
        **_order(view),
        **_recovery(course),
    )


def _text(text: str) -> str:
    return shortened(line(text), _TEXT, _WHOLE)


def _optional(text: str) -> str | None:
    return _text(text) or None


def _short(text: str, limit: int) -> str | None:
    return shortened(line(text), limit, _WHOLE) or None


def _status(course: Course) -> str:
    if not course.open:
        return "Closed"
    return "New" if course.state in UNDECIDED else "Working"


def _request(course: Course) -> dict[str, Any]:
    asked = course.steps[0].event
    return {
        "requested_at": asked.at, "requested_by": _short(asked.who, 120),
        "request_reason": _optional(asked.reason),
    }  # fmt: skip


def _decision(course: Course) -> dict[str, Any]:
    step = course.step_of(*DECISION)
    if step is None or not isinstance(step.event.kind, RepoEvent):
        return dict.fromkeys(("decision", "decided_by", "decided_at", "decided_why", "override"))
    event = step.event
    return {
        "decision": DECISION[step.event.kind], "decided_by": _short(event.who, 120),
        "decided_at": event.at, "decided_why": _optional(event.reason),
        "override": _optional(event.details.get("override", "")),
    }  # fmt: skip


def _order(view: CaseView) -> dict[str, Any]:
    order, told = view.latest_order, view.case.course.told
    if order is None:
        return dict.fromkeys(("order_number", "repossession_type", "ordered_as", "ordered_at", "agent"))
    return {
        "order_number": order.number,
        "repossession_type": "Voluntary" if order.order_type in VOLUNTARY else "Involuntary",
        "ordered_as": our_word(ORDER_TYPES, order.order_type, record=view.case.name, field="order type"),
        "ordered_at": order.ordered_at,
        "agent": _optional(told.get("agent", "") or CHANNEL.get(order.channel, order.channel)),
    }


def _recovery(course: Course) -> dict[str, Any]:
    told, done = course.told, course.step_of(RepoEvent.REPOSSESSED)
    failed = course.step_of(RepoEvent.FAILED)
    return {
        "attempts": course.attempts,
        "attempt_reason": _optional(failed.event.reason) if failed else None,
        "repossessed_date": _day(done),
        "repossessed_by": _short(told.get("staff", "") or done.event.who, 120) if done else None,
        "unit_number": _short(told.get("unit_number", ""), 80),
        "returned_quantity": _quantity(course, done),
        "storage_place": _optional(told.get("storage_place", "")),
        "keys": _short(told.get("keys", ""), 80),
        "mileage": _short(told.get("mileage", ""), 80),
        "personal_property": _optional(told.get("personal_property", "")),
    }


def _day(done: Step | None) -> date | None:
    """Give the day as who recorded it, or the agent's system, names it; else that of the event, in UTC."""
    if done is None:
        return None
    told = done.event.details.get("date", "") or done.event.details.get("repossessed_on", "")
    try:
        return date.fromisoformat(told[:10])
    except ValueError:  # agents' systems give it as text, which may be none, or no day
        return done.event.at.date()


def _quantity(course: Course, done: Step | None) -> int | None:
    if course.state is RepoState.LOST:
        return 0
    return int(course.told.get("returned_quantity", "1")) if done else None


def _news(course: Course) -> str:
    return "\n".join(
        f"{each.at:%Y-%m-%d %H:%M} UTC  {each.source}: {each.kind.value}{each.reason and f' ({each.reason})'}"
        for each in course.notes
    )
