"""The way of a repossession, as one table: which event leads from which states where, what it asks first, what it does.

Everything that moves a case, from whichever side, is looked up here; `docs/repossession-states.md` is made from it
(P11, P12, F14 to F19).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class RepoState(StrEnum):
    """Where a repossession stands."""

    REQUESTED = "Requested"
    UNDER_REVIEW = "Under Review"
    ANOTHER_CHANCE = "Another Chance"
    APPROVED = "Approved"
    ORDERED = "Ordered"
    ACCEPTED = "Accepted"
    DECLINED = "Declined"
    LOCATED = "Located"
    FAILED = "Failed Attempt"
    ON_HOLD = "On Hold"
    CANCELLED = "Cancelled"
    LOST = "Lost"
    REPOSSESSED = "Repossessed"
    IN_STORAGE = "In Storage"
    IN_REPAIR = "In Repair"
    INVENTORY = "Inventory"
    REMARKETING = "Remarketing"
    SOLD = "Sold"
    RELEASED = "Released"
    FINAL_REVIEW = "Final Review"
    CLOSED = "Closed"


class RepoEvent(StrEnum):
    """What moves a repossession."""

    REQUEST = "request"
    REVIEW = "review"
    APPROVE = "approve"
    GIVE_CHANCE = "give another chance"
    ORDER = "order"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LOCATED = "located"
    FAILED = "failed attempt"
    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"
    LOST = "lost"
    REPOSSESSED = "repossessed"
    STORED = "stored"
    REPAIR = "repair"
    REPAIRED = "repaired"
    OFFER = "offer"
    SELL = "sell"
    RELEASE = "release"
    FINAL_REVIEW = "final review"
    CLOSE = "close"


class RepoNote(StrEnum):
    """What is kept of a repossession and moves nothing."""

    COMMENT = "comment"
    INVOICE = "invoice"
    CONDITION_REPORT = "condition report"
    AGENT_ON_HOLD = "on hold"
    COMPLETED = "completed"
    AGENT_CLOSED = "closed"


class Guard(StrEnum):
    """What is asked before a person's step is taken; facts that others tell of have happened and are not asked for."""

    WORTH = "worth recovering, or overridden with a reason"
    NO_ORDER_HOLD = "no hold on orders"
    NO_SAME_ORDER = "no active order of the same type"
    NO_SALE_HOLD = "no hold on sales"
    REASON = "a reason"


class Effect(StrEnum):
    """What a step brings about besides the new state."""

    SEND_ORDER = "the order goes to the agent"
    WITHDRAW_ORDER = "active orders are withdrawn"
    END_ORDERS = "active orders end"
    TERMINATE = "the contract is terminated"


_S = RepoState
BEFORE_ORDER: Final = (_S.REQUESTED, _S.UNDER_REVIEW, _S.APPROVED)
WITH_AGENT: Final = (_S.ORDERED, _S.ACCEPTED, _S.LOCATED, _S.FAILED)
PENDING: Final = (*BEFORE_ORDER, *WITH_AGENT, _S.DECLINED, _S.ON_HOLD)
"""States in which the repossession is still to be done."""

OURS: Final = (_S.REPOSSESSED, _S.IN_STORAGE, _S.IN_REPAIR, _S.INVENTORY, _S.REMARKETING)
"""States in which the lender has the vehicle and has not sold it."""

FINAL: Final = frozenset({_S.ANOTHER_CHANCE, _S.CANCELLED, _S.RELEASED, _S.CLOSED})
"""States that end a case."""


@dataclass(frozen=True, slots=True)
class Transition:
    """An event, the states that it may come in, and the one that it leads to (None: the one before the hold)."""

    event: RepoEvent
    sources: tuple[RepoState, ...]
    to: RepoState | None
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()


_E = RepoEvent
TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(_E.REVIEW, (_S.REQUESTED,), _S.UNDER_REVIEW),
    Transition(_E.APPROVE, (_S.REQUESTED, _S.UNDER_REVIEW), _S.APPROVED, (Guard.WORTH, Guard.REASON)),
    Transition(_E.GIVE_CHANCE, BEFORE_ORDER, _S.ANOTHER_CHANCE, (Guard.REASON,)),
    Transition(
        _E.ORDER, (_S.APPROVED, _S.DECLINED, *WITH_AGENT), _S.ORDERED,
        (Guard.NO_ORDER_HOLD, Guard.NO_SAME_ORDER), (Effect.SEND_ORDER,),
    ),
    Transition(_E.ACCEPTED, (_S.ORDERED,), _S.ACCEPTED),
    Transition(_E.DECLINED, (_S.ORDERED, _S.ACCEPTED), _S.DECLINED),
    Transition(_E.LOCATED, (_S.ORDERED, _S.ACCEPTED, _S.FAILED, _S.LOST), _S.LOCATED),
    Transition(_E.FAILED, (_S.APPROVED, *WITH_AGENT), _S.FAILED, (Guard.REASON,)),
    Transition(_E.HOLD, (*BEFORE_ORDER, *WITH_AGENT, _S.DECLINED), _S.ON_HOLD, (Guard.REASON,)),
    Transition(_E.RESUME, (_S.ON_HOLD,), None),
    Transition(_E.CANCEL, PENDING, _S.CANCELLED, (Guard.REASON,), (Effect.WITHDRAW_ORDER,)),
    Transition(_E.LOST, PENDING, _S.LOST, (Guard.REASON,), (Effect.WITHDRAW_ORDER,)),
    Transition(
        _E.REPOSSESSED, (*PENDING, _S.LOST), _S.REPOSSESSED, (), (Effect.END_ORDERS, Effect.TERMINATE)
    ),
    Transition(_E.STORED, (_S.REPOSSESSED, _S.IN_REPAIR), _S.IN_STORAGE),
    Transition(_E.REPAIR, (_S.REPOSSESSED, _S.IN_STORAGE, _S.INVENTORY), _S.IN_REPAIR),
    Transition(_E.REPAIRED, (_S.REPOSSESSED, _S.IN_STORAGE, _S.IN_REPAIR), _S.INVENTORY),
    Transition(_E.OFFER, (_S.INVENTORY,), _S.REMARKETING, (Guard.NO_SALE_HOLD,)),
    Transition(_E.SELL, (_S.INVENTORY, _S.REMARKETING), _S.SOLD, (Guard.NO_SALE_HOLD,)),
    Transition(_E.RELEASE, OURS, _S.RELEASED, (Guard.REASON,)),
    Transition(_E.FINAL_REVIEW, (_S.SOLD, _S.LOST), _S.FINAL_REVIEW),
    Transition(_E.CLOSE, (_S.FINAL_REVIEW,), _S.CLOSED),
)  # fmt: skip
"""Every step that there is, in the order in which cases go."""

BY_EVENT: Final = {each.event: each for each in TRANSITIONS}

RANK: Final = {kind: number for number, kind in enumerate((*RepoEvent, *RepoNote))}
"""Of two events with one time the one with the lower rank came first."""
