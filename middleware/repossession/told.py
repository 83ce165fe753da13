"""What agents and networks tell: each event goes into the inbox once, its documents into a table beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.agent_tables import agent_document
from drawbar.middleware.repossession.agent_tables import agent_event as agent_event_table
from drawbar.middleware.repossession.orders import AGENT_EVENT, AgentEvent
from drawbar.middleware.repossession.placing import ORDER
from drawbar.middleware.sync.inbox import Inbox, Message
from drawbar.middleware.sync.polled import PolledFeed

KINDS: Final = (
    "accepted", "declined", "located", "repossessed", "completed", "closed", "on hold", "comment", "invoice",
    "condition report", "failed attempt",
)  # fmt: skip
"""What an event can be."""

_EVENT: Final = TypeAdapter(AgentEvent)
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class AgentDocument:
    """A document that came with an event."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event with its documents; they are stored under its source and id, in this order."""

    event: AgentEvent
    documents: tuple[AgentDocument, ...] = ()


def event_message(event: AgentEvent) -> Message:
    """Give the message of the inbox that an event is."""
    return Message(event.source, event.event_id, AGENT_EVENT, _EVENT.dump_json(event))


def agent_event(message: Message) -> AgentEvent:
    """Read an event from a message of the inbox."""
    return _EVENT.validate_json(message.body)


def unheard(connection: Connection, source: str, event_ids: Collection[str]) -> set[str]:
    """Give those of the events of a source that were never told."""
    column = agent_event_table.c.event_id
    known: set[str] = set()
    for chunk in in_chunks(sorted(event_ids), _CHUNK):
        found = select(column).where(agent_event_table.c.source == source, column.in_(chunk))
        known.update(connection.execute(found).scalars())
    return set(event_ids) - known


def store_told(connection: Connection, told: Sequence[ToldEvent], now: datetime) -> None:
    """Put events that were never told into the inbox, with their documents, in the caller's transaction.

    An event stays as it was told first, also when the inbox has forgotten it. One process at a time does this for a
    source.
    """
    first = {(each.event.source, each.event.event_id): each for each in reversed(told)}
    for source in {name for name, _ in first}:
        new = unheard(connection, source, [event_id for name, event_id in first if name == source])
        fresh = [each for each in told if each.event.event_id in new and first[source, each.event.event_id] is each]
        _store(connection, fresh, now)


def _store(connection: Connection, fresh: Sequence[ToldEvent], now: datetime) -> None:
    Inbox(connection).store([event_message(each.event) for each in fresh], now)
    insert_rows(
        connection, agent_event_table,
        [
            {
                "source": each.event.source, "event_id": each.event.event_id, "order_number": each.event.order_number,
                "told_at": now,
            }
            for each in fresh
        ],
    )  # fmt: skip
    insert_rows(connection, agent_document, [row for each in fresh for row in _rows(each, now)])


def documents_of(connection: Connection, source: str, event_id: str) -> list[AgentDocument]:
    """Give the documents that came with an event, in their order."""
    columns = agent_document.c
    mine = select(columns.name, columns.media_type, columns.content).where(
        columns.source == source, columns.event_id == event_id
    )
    return [AgentDocument(*row) for row in connection.execute(mine.order_by(columns.number))]


def event_feed(name: str, now: datetime) -> PolledFeed[ToldEvent]:
    """Give how the events of a channel are taken in: into the inbox, and nothing into the target.

    A failure stands under the event's id, and ends when the event can be told after all.
    """
    return PolledFeed(
        name, ORDER, key_of=lambda told: told.event.event_id, to_targets=_nothing, own=frozenset(),
        absorb=lambda connection, told: store_told(connection, told, now),
    )  # fmt: skip


def _nothing(_told: ToldEvent, _now: datetime) -> Iterable[TargetRecord]:
    return ()


def _rows(told: ToldEvent, now: datetime) -> Iterator[dict[str, object]]:
    for number, document in enumerate(told.documents):
        yield {
            "source": told.event.source, "event_id": told.event.event_id, "number": number,
            "order_number": told.event.order_number, "name": document.name, "media_type": document.media_type,
            "content": document.content, "received_at": now,
        }  # fmt: skip
