"""Orders and comments as they travel through the outbox to the channel that reaches the agent.

Whoever orders puts `order_record` (or `placed_record`, `comment_record`, `withdrawal_record`) into the outbox of the
channel, each time with the whole order: the first becomes a new order there, a later one changes what differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, cast

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Outcome, OutcomeStatus, Scalar, TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.orders import (
    ORDER_OBJECT,
    ORDER_TYPES,
    WITHDRAWAL_OBJECT,
    RepoOrder,
    order_record,
)

ORDER: Final = ORDER_OBJECT
WITHDRAWAL: Final = WITHDRAWAL_OBJECT
COMMENT: Final = "Repossession Comment"
DOCUMENT: Final = "Repossession Document"
OBJECTS: Final = (ORDER, COMMENT, DOCUMENT, WITHDRAWAL)
"""What channels take, orders before the comments on them, and before their end."""

Standing = Literal["open", "on hold", "closed"]
STANDINGS: Final[tuple[Standing, ...]] = ("open", "on hold", "closed")

_STANDING: Final[Mapping[str, str]] = {"agent": "", "standing": "open", "reason": ""}
"""Fields that an order may have beside its own, and what they are when it has none."""

_STATE: Final = re.compile(r"\b[A-Z]{2}\b")
_NEEDED: Final = ("number", "account", "lessee_name", "vin", "order_type", "ordered_on")
_EMPTY_WHERE_OPTIONAL: Final = ("payoff", "last_seen_at")
_KINDS: Final[Mapping[str, type]] = {
    "voluntary": bool, "ordered_on": date, "payments_made": int, "days_past_due": int, "past_due": Decimal,
    "payoff": Decimal, "last_seen_at": datetime,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order with the agent that has it and how it shall stand; `reason` says why it is on hold or closed.

    An empty `agent` leaves the choice to the channel, and the order with whom it is.
    """

    order: RepoOrder
    agent: str
    standing: Standing = "open"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderComment:
    """Something that the agent shall read; `id` is ours and unique."""

    id: str
    order_number: str
    agent: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """A paper of the hub, by name, that the agent's network shall have with an order; `title` is for people."""

    order_number: str
    agent: str
    paper: str
    title: str


def placed_record(placed: PlacedOrder) -> TargetRecord:
    """Give the record that is put into the outbox for an order that names its agent, or stands otherwise than open."""
    record = order_record(placed.order)
    standing: dict[str, Scalar] = {"agent": placed.agent, "standing": placed.standing, "reason": placed.reason}
    return replace(record, fields={**record.fields, **standing})


def comment_record(comment: OrderComment) -> TargetRecord:
    """Give the record that is put into the outbox for a comment."""
    told = {"order_number": comment.order_number, "agent": comment.agent, "text": comment.text}
    return TargetRecord(COMMENT, comment.id, told)


def document_record(document: OrderDocument) -> TargetRecord:
    """Give the record that is put into the outbox for a document; its key is the paper's name."""
    told = {"order_number": document.order_number, "agent": document.agent, "title": document.title}
    return TargetRecord(DOCUMENT, document.paper, told)


def placed_order(record: TargetRecord) -> PlacedOrder:
    """Read an order from the outbox; raises RecordRejected for a field that is missing, unknown or of another kind."""
    values = {**_STANDING, **record.fields}
    named = {each.name for each in fields(RepoOrder)} | set(_STANDING)
    for name in sorted(named.symmetric_difference(values)):
        raise _wrong(record, name, "is missing" if name in named else "is not a field of an order")
    for name in sorted(named):
        values[name] = _checked(record, name, values[name])
    if values["standing"] not in STANDINGS:
        raise _wrong(record, "standing", f"must be one of {', '.join(STANDINGS)}")
    if values["order_type"] not in ORDER_TYPES:
        raise _wrong(record, "order_type", f"must be one of {', '.join(ORDER_TYPES)}")
    rest = {name: values.pop(name) for name in _STANDING}
    order = RepoOrder(**values)  # type: ignore[arg-type]
    return PlacedOrder(order, str(rest["agent"]), cast("Standing", rest["standing"]), str(rest["reason"]))


def order_comment(record: TargetRecord) -> OrderComment:
    """Read a comment from the outbox; raises RecordRejected when a field is missing or empty."""
    texts = {name: str(record.fields.get(name) or "") for name in ("order_number", "agent", "text")}
    for name, text in texts.items():
        if not text.strip():
            raise _wrong(record, name, "is missing")
    return OrderComment(record.key, **texts)


def order_document(record: TargetRecord) -> OrderDocument:
    """Read a document from the outbox; raises RecordRejected when its order or title is missing."""
    texts = {name: str(record.fields.get(name) or "") for name in ("order_number", "title")}
    for name, text in texts.items():
        if not text.strip():
            raise _wrong(record, name, "is missing")
    return OrderDocument(texts["order_number"], str(record.fields.get("agent") or ""), record.key, texts["title"])


def order_withdrawal(record: TargetRecord) -> tuple[str, str]:
    """Read a withdrawal from the outbox: the order's number, and why it is withdrawn."""
    return record.key, str(record.fields.get("reason") or "")


def agent_of(agents: Mapping[str, AgentSettings], name: str, channel: str, record: str) -> AgentSettings:
    """Give an agent of a channel by name; raises RecordRejected when the settings know none."""
    found = agents.get(name)
    if found is None or found.channel != channel:
        raise RecordRejected(
            f"no agent {name} is reached through {channel}", record=record, field="agent",
            remedy=f"Add [agents.{name}] with channel = \"{channel}\" to drawbar.toml, or order from another agent.",
            code="NO_SUCH_AGENT",
        )  # fmt: skip
    return found


def choose_agent(agents: Mapping[str, AgentSettings], order: RepoOrder, channel: str) -> str:
    """Name the agent of a channel for an order that names none: the only one who works where the vehicle was last.

    Where the vehicle is not known, the lessee's address counts. Agents without territories take what is left. Raises
    RecordRejected when no agent, or more than one, could take the order.
    """
    mine = {name: each for name, each in agents.items() if each.channel == channel}
    states = _states(order.last_location) or _states(order.lessee_address)
    near = [name for name, each in mine.items() if states & set(each.territories)]
    anywhere = [name for name, each in mine.items() if not each.territories]
    found = near or anywhere
    if len(found) != 1:
        who = f"{', '.join(sorted(found))} could all take it" if found else f"no agent of {channel} works there"
        raise RecordRejected(
            who, record=f"order {order.number}", field="agent", code="NO_SUCH_AGENT",
            remedy="Give exactly one agent of this channel the state in drawbar.toml ([agents.NAME], territories).",
        )  # fmt: skip
    return found[0]


def _states(place: str) -> set[str]:
    """Give the state that an address ends in: the last word of two capital letters, which a ZIP code may follow."""
    found = _STATE.findall(place)
    return set(found[-1:])


def nothing_to_withdraw(order_number: str) -> RecordRejected:
    """Say that a channel has no order that is to be withdrawn."""
    return RecordRejected(
        "it was never placed, so there is nothing to withdraw", record=f"order {order_number}", code="NO_SUCH_ORDER",
        remedy="Discard the failure of the order as well, or a replay would place it.",
    )  # fmt: skip


def done(record: TargetRecord, status: OutcomeStatus, target_id: str) -> Outcome:
    return Outcome(record.object, record.key, status, target_id)


def _checked(record: TargetRecord, name: str, value: Scalar) -> Scalar:
    kind = _KINDS.get(name, str)
    if value is None and (kind is str or name in _EMPTY_WHERE_OPTIONAL):
        value = "" if kind is str else None
    elif type(value) is not kind:
        raise _wrong(record, name, f"must be of kind {kind.__name__}")
    if name in _NEEDED and value == "":
        raise _wrong(record, name, "is empty, and no agent can work without it")
    return value


def _wrong(record: TargetRecord, name: str, what: str) -> RecordRejected:
    return RecordRejected(
        what, record=f"{record.object.lower()} {record.key}", field=name, code="NOT_AN_ORDER",
        remedy="Correct the order where it is kept, and send it again.",
    )  # fmt: skip
