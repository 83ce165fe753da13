"""Handles what agents tell, by whichever way it came: each event moves its repossession once (P14), an
invoice becomes a work order besides (P21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from drawbar.jobs.agent_invoices import AgentInvoices
from drawbar.jobs.hub import Hub
from drawbar.jobs.repossessions import RepoOffice
from drawbar.jobs.work_orders import WorkOrderDesk
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.sync.inbox import InboxEntry
from drawbar.middleware.sync.inbox_handling import Effect, Handling, Json
from drawbar.middleware.units import in_utc

_EVENT: Final = TypeAdapter(AgentEvent)


@dataclass(frozen=True, slots=True)
class AgentEventHandler:
    """Handles messages whose body is an `AgentEvent` as JSON."""

    hub: Hub

    def told(self, entry: InboxEntry, handling: Handling) -> Effect:
        news = _understood(entry)
        work = AgentInvoices(self.hub).order_of(news)

        def act(connection: Connection) -> Json:
            office = RepoOffice(self.hub, connection, handling.now, handling.run_id)
            case = office.told(news).case
            if work is not None:
                WorkOrderDesk(self.hub, connection, handling.run_id, handling.now).open(work)
            return {"repossession": case.key, "state": case.course.state.value}

        return act


def agent_event_body(news: AgentEvent) -> bytes:
    """Give an event as the body of the message that tells it."""
    return _EVENT.dump_json(news)


def _understood(entry: InboxEntry) -> AgentEvent:
    record = f"message {entry.message.message_id}"
    try:
        news = _EVENT.validate_json(entry.message.body)
        in_utc(news.at)
    except (ValidationError, ValueError) as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else "at"
        raise RecordRejected(
            "it is not an agent's event", record=record, field=place, code="NOT_UNDERSTOOD",
            remedy="Look at what the agent's network sent.",
        ) from None  # fmt: skip
    return news
