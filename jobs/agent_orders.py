"""What waits for repo agents and what was sent, for people: a list, and what an order looks like on its way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lxml import etree
from sqlalchemy import Connection, select

from drawbar.connectors.agent_mail.paper import order_facts
from drawbar.connectors.mbsi.wire import to_mbsi
from drawbar.connectors.rdn.soap import write_call
from drawbar.connectors.rdn.wire import to_case
from drawbar.jobs.hub import Hub
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError, NotThere
from drawbar.middleware.log import mask
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.masking import masked_order
from drawbar.middleware.repossession.orders import AGENT_EVENT
from drawbar.middleware.repossession.placing import ORDER, PlacedOrder, choose_agent, placed_order
from drawbar.middleware.repossession.told import agent_event
from drawbar.middleware.sync.codec import decode, to_record
from drawbar.middleware.sync.inbox import Message
from drawbar.middleware.sync.tables import delivery, inbox_message, outbox

TARGETS: Final = ("rdn", "mbsi", "agent_mail")
_SECRET: Final = "[secret]"  # noqa: S105  (what is shown in its place)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order: the channel and agent that it is with, how its last delivery went, and what was told of it last.

    `state` is waiting, or what became of the last delivery: created, updated, retry, refused.
    """

    number: str
    channel: str
    agent: str
    standing: str
    state: str
    at: datetime
    reference: str
    last_event: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What the channel would send for an order: masked, in the channel's own form."""

    number: str
    channel: str
    agent: str
    text: str


def orders(connection: Connection, limit: int) -> list[OrderLine]:
    """List orders, the latest first: those that wait, then those that were delivered last."""
    events = _last_events(connection)
    found: dict[str, OrderLine] = {}
    for row in (*_waiting(connection, limit), *_delivered(connection, limit)):
        if row.number not in found:
            found[row.number] = replace(row, last_event=events.get(row.number, ""))
    return list(found.values())[:limit]


def preview(hub: Hub, number: str) -> Preview:
    """Show what would be sent for an order that waits or was sent; NotThere for one that is unknown."""
    with reading(hub.engine) as connection:
        found = latest_order(connection, number)
    if found is None:
        raise NotThere(f"no order {number} waits or was sent", remedy="See them with: drawbar agents orders")
    channel, record = found
    placed = placed_order(record)
    shown = replace(placed, order=masked_order(placed.order), reason=mask(placed.reason))
    name = placed.agent or choose_agent(hub.agents, placed.order, "mail" if channel == "agent_mail" else channel)
    shown, agent = replace(shown, agent=name), hub.agents.get(name)
    if agent is None:
        raise ConfigError(f"the order's agent {name} is not in the settings", remedy=f"Add [agents.{name}].")
    text = {"rdn": _as_soap, "mbsi": _as_json, "agent_mail": _as_mail}[channel](hub, shown, agent)
    return Preview(number, channel, name, text)


def waiting_by_agent(connection: Connection) -> Mapping[str, int]:
    """Count the orders that wait, by agent."""
    statement = select(outbox.c.fields).where(outbox.c.target.in_(TARGETS), outbox.c.object == ORDER)
    counts: dict[str, int] = {}
    for fields in connection.execute(statement).scalars():
        agent = str(decode(fields).get("agent") or "")
        counts[agent] = counts.get(agent, 0) + 1
    return counts


def _as_soap(hub: Hub, placed: PlacedOrder, agent: AgentSettings) -> str:
    del hub
    told = to_case(placed.order) | {"vendor_id": agent.id}
    envelope = etree.fromstring(write_call("addCase", _SECRET, {"case_info": told}, None))
    return etree.tostring(envelope, pretty_print=True, encoding="unicode")


def _as_json(hub: Hub, placed: PlacedOrder, agent: AgentSettings) -> str:
    if hub.mbsi is None:
        raise ConfigError("MBSi is not configured", remedy="Add [mbsi] to drawbar.toml.")
    told = to_mbsi(placed.order, hub.mbsi.settings, agent.id)
    return json.dumps(told, indent=2, ensure_ascii=False)


def _as_mail(hub: Hub, placed: PlacedOrder, _agent: AgentSettings) -> str:
    if hub.agent_mail is None:
        raise ConfigError("mail to agents is not configured", remedy="Add [agent_mail] to drawbar.toml.")
    message = hub.agent_mail.target.preview(placed)
    heads = [f"{name}: {mask(str(message[name]))}" for name in ("From", "To", "Reply-To", "Subject") if message[name]]
    body = message.get_body(("plain",))
    paper = [
        f"{title}: " + "; ".join(f"{name} {text}" for name, text in facts if text)
        for title, facts in order_facts(placed.order)
    ]
    attached = [f"Attached: {part.get_filename()}" for part in message.iter_attachments()]
    return "\n".join([*heads, "", body.get_content() if body is not None else "", *attached, *paper])


def latest_order(connection: Connection, number: str) -> tuple[str, TargetRecord] | None:
    """Give the channel of an order and its newest record: what waits, else what was sent last."""
    newest = (
        select(outbox.c.target, outbox.c.fields)
        .where(outbox.c.target.in_(TARGETS), outbox.c.object == ORDER, outbox.c.key == number)
        .order_by(outbox.c.id.desc())
    )
    sent = (
        select(delivery.c.target, delivery.c.fields)
        .where(delivery.c.target.in_(TARGETS), delivery.c.object == ORDER, delivery.c.key == number)
        .order_by(delivery.c.id.desc())
    )
    for statement in (newest, sent):
        row = connection.execute(statement.limit(1)).first()
        if row is not None:
            return row.target, to_record(ORDER, number, "", decode(row.fields))
    return None


def _waiting(connection: Connection, limit: int) -> Iterator[OrderLine]:
    statement = select(outbox).where(outbox.c.target.in_(TARGETS), outbox.c.object == ORDER)
    for row in connection.execute(statement.order_by(outbox.c.id.desc()).limit(limit)):
        yield _line(row.key, row.target, row.fields, "waiting", row.queued_at, "")


def _delivered(connection: Connection, limit: int) -> Sequence[OrderLine]:
    statement = select(delivery).where(delivery.c.target.in_(TARGETS), delivery.c.object == ORDER)
    rows = connection.execute(statement.order_by(delivery.c.id.desc()).limit(limit))
    return [_line(row.key, row.target, row.fields, row.status, row.at, row.target_id) for row in rows]


def _line(number: str, channel: str, fields: str, state: str, at: datetime, reference: str) -> OrderLine:
    held = decode(fields)
    agent, standing = str(held.get("agent") or ""), str(held.get("standing") or "")
    return OrderLine(number, channel, agent, standing, state, at, reference, "")


def _last_events(connection: Connection) -> dict[str, str]:
    """Give what was told last of each order, as far as the inbox keeps it."""
    columns = inbox_message.c
    statement = select(columns.sender, columns.message_id, columns.body).where(columns.kind == AGENT_EVENT)
    found = [agent_event(Message(*row[:2], AGENT_EVENT, row.body)) for row in connection.execute(statement)]
    return {each.order_number: each.kind for each in sorted(found, key=lambda each: each.at)}
