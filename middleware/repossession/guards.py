"""What is asked before a person's step is taken (P13, P15): each guard says why not, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.cases import RepoCase
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.facts import worth_of
from drawbar.middleware.repossession.holds import HoldAction, Holds
from drawbar.middleware.repossession.settings import RepossessionSettings
from drawbar.middleware.repossession.states import Guard

OVERRIDE: Final = "override"
ORDER_TYPE: Final = "order_type"
CHANNEL: Final = "channel"


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that is asked for, and what its guards look at."""

    case: RepoCase
    event: CaseEvent
    holds: Holds
    settings: RepossessionSettings
    now: datetime


def ask(guards: tuple[Guard, ...], asked: Asked) -> None:
    """Raise RecordRejected for the first guard that does not let the step pass."""
    for guard in guards:
        if why := _GUARDS[guard](asked):
            field, remedy = _REMEDIES[guard]
            raise RecordRejected(why, record=asked.case.name, field=field, remedy=remedy, code=guard.name)


def _worth(asked: Asked) -> str:
    worth = worth_of(asked.case.facts, asked.settings)
    return "" if worth.enough or asked.event.details.get(OVERRIDE) else f"it is not worth recovering: {worth.why}"


def _order_hold(asked: Asked) -> str:
    return "; ".join(asked.holds.reasons(asked.case.account, HoldAction.ORDER, asked.now))


def _same_order(asked: Asked) -> str:
    wanted = asked.event.details[ORDER_TYPE]
    same = next((each for each in asked.case.active_orders if each.order_type == wanted), None)
    return f"order {same.number} of the same type is active since {same.ordered_at:%Y-%m-%d}" if same else ""


def _sale_hold(asked: Asked) -> str:
    return "; ".join(asked.holds.reasons(asked.case.account, HoldAction.SALE, asked.now))


def _reason(asked: Asked) -> str:
    return "" if asked.event.reason.strip() else "it needs a reason"


_GUARDS: Final[Mapping[Guard, Callable[[Asked], str]]] = {
    Guard.WORTH: _worth,
    Guard.NO_ORDER_HOLD: _order_hold,
    Guard.NO_SAME_ORDER: _same_order,
    Guard.NO_SALE_HOLD: _sale_hold,
    Guard.REASON: _reason,
}

_REMEDIES: Final[Mapping[Guard, tuple[str, str]]] = {
    Guard.WORTH: ("market value", "Correct the market value, or decide again with an override and its reason."),
    Guard.NO_ORDER_HOLD: ("hold", "Nothing is ordered while that is so. See: drawbar hold list"),
    Guard.NO_SAME_ORDER: ("order type", "Wait for its agent, or cancel it first."),
    Guard.NO_SALE_HOLD: ("hold", "Nothing is sold while that is so. See: drawbar hold list"),
    Guard.REASON: ("reason", "Say why."),
}
