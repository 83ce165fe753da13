"""Who may do what with repossessions (F20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.states import RepoEvent

Role = Literal[
    "admin", "sales", "field technician", "field management", "back office management", "call centre basic",
    "call centre advanced",
]  # fmt: skip
"""The roles that may record a repossession (F20)."""

Act = Literal["request", "decide", "order", "record", "cancel", "follow", "hold"]
"""What people do: `record` covers repossessions, failed attempts and what is lost, `follow` all that comes after."""

_RECORD: Final[tuple[Act, ...]] = ("record",)
MAY: Final[Mapping[Role, frozenset[Act]]] = {
    "admin": frozenset({"request", "decide", "order", "record", "cancel", "follow", "hold"}),
    "back office management": frozenset({"request", "decide", "order", "record", "cancel", "follow", "hold"}),
    "field management": frozenset({"request", "order", "record", "cancel", "follow"}),
    "call centre advanced": frozenset({"request", "record", "cancel", "hold"}),
    "call centre basic": frozenset({"request", "record"}),
    "sales": frozenset({"record", "follow"}),
    "field technician": frozenset(_RECORD),
}
"""What each role may do."""


_E = RepoEvent
ACT_OF: Final[Mapping[RepoEvent, Act]] = {
    _E.REQUEST: "request",
    **dict.fromkeys((_E.REVIEW, _E.APPROVE, _E.GIVE_CHANCE), "decide"),
    **dict.fromkeys((_E.ORDER, _E.ACCEPTED, _E.DECLINED, _E.LOCATED), "order"),
    **dict.fromkeys((_E.FAILED, _E.LOST, _E.REPOSSESSED), "record"),
    **dict.fromkeys((_E.HOLD, _E.RESUME), "hold"),
    _E.CANCEL: "cancel",
    **dict.fromkeys(
        (_E.STORED, _E.REPAIR, _E.REPAIRED, _E.OFFER, _E.SELL, _E.RELEASE, _E.FINAL_REVIEW, _E.CLOSE), "follow"
    ),
}
"""What each event is an act of."""


def refuse_unless_allowed(role: Role | None, act: Act, *, who: str, record: str) -> None:
    """Raise RecordRejected when a role may not do something; None may do nothing."""
    if role is not None and act in MAY[role]:
        return
    able = ", ".join(each for each, acts in MAY.items() if act in acts)
    raise RecordRejected(
        f"{who}, as {role or 'nobody who is known'}, may not {act}", record=record, field="role",
        remedy=f"It takes one of: {able}. Roles are set in [repossession.roles].", code="NOT_ALLOWED",
    )  # fmt: skip
