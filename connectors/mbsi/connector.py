"""MBSi as the hub asks it: a target for orders, and what became of them by the reconciliation feed.

The feed shows how orders stand, not what happened: a status that we have not seen of an order, with its time, is an
event; so are a recovery and an invoice that an order did not have before. An order with a recovery was repossessed,
also when its status has gone on before anybody looked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from sqlalchemy import Engine

from drawbar.connectors.mbsi.client import NAME, MbsiClient
from drawbar.connectors.mbsi.records import MbsiDocument, MbsiOrder
from drawbar.connectors.mbsi.settings import SYSTEM, MbsiSettings
from drawbar.connectors.mbsi.target import MbsiTarget, meaning_of
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.observe import Observer
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.told import AgentDocument, ToldEvent
from drawbar.middleware.sync.papers import Papers
from drawbar.middleware.sync.polled import Refused
from drawbar.middleware.vendor_answers import Answer, understood

_TOGETHER: Final = 200
_MEGABYTE: Final = 1_000_000
_RECOVERY: Final[Mapping[str, str]] = {
    "recovery_date": "repossessed_on", "storage_location": "storage_place", "keys": "keys", "miles": "mileage",
    "color": "color", "driveable": "driveable", "access_to_interior": "access_to_interior",
    "personal_property": "personal_property", "recovery_police_notified_date": "police_notified_on",
}  # fmt: skip

Unheard = Callable[[Collection[str]], Collection[str]]
"""Gives those of the ids of events that nobody has told us yet."""


@dataclass(slots=True)
class ReconReading:
    """One look at the feed: how many orders it left out that Drawbar did not place."""

    foreign: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Something that an order in the feed shows: its id as an event, and what is told of it."""

    event_id: str
    kind: str
    order: MbsiOrder


@dataclass(frozen=True, slots=True)
class Mbsi:
    """The lender's account at MBSi; connects to nothing until it is asked something."""

    settings: MbsiSettings
    client: MbsiClient
    agents: Mapping[str, AgentSettings]
    papers: Callable[[str], bytes]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @property
    def target(self) -> MbsiTarget:
        """Where orders and comments are sent."""
        return MbsiTarget(self.settings, self.client, self.agents, self.papers)

    def told(self, reading: ReconReading, unheard: Unheard) -> Iterator[ToldEvent | Refused]:
        """Give what the orders show that is new, with details and documents; orders that are not ours are counted."""
        for answers in in_chunks(self.client.orders(), _TOGETHER):
            occasions: list[_Occasion] = []
            for answer in answers:
                reading.read += 1
                try:
                    occasions += self._occasions(answer, reading)
                except RecordRejected as error:
                    yield Refused(_key(answer), error, json.dumps(answer, default=str).encode())
            fresh = unheard([each.event_id for each in occasions])
            for occasion in occasions:
                if occasion.event_id in fresh:
                    yield self._event(occasion)

    def _occasions(self, answer: Answer, reading: ReconReading) -> list[_Occasion]:
        order = understood(MbsiOrder, answer, record=f"MBSi order {answer.get('id')}", vendor=NAME)
        if not order.other_refno:
            reading.foreign += 1
            return []
        meaning = meaning_of(self.settings, order)
        found: list[_Occasion] = []
        if meaning == "repossessed" or order.recovery_id:
            found.append(_Occasion(f"{order.id}.repossessed", "repossessed", order))
        if meaning not in ("pending", "repossessed"):
            found.append(_Occasion(f"{order.id}.{order.status}.{order.status_date:%Y%m%d%H%M%S}", meaning, order))
        if order.recovery_id:
            found.append(_Occasion(f"{order.id}.recovery.{order.recovery_id}", "condition report", order))
        if order.invoice_id:
            found.append(_Occasion(f"{order.id}.invoice.{order.invoice_id}", "invoice", order))
        return found

    def _event(self, occasion: _Occasion) -> ToldEvent | Refused:
        order = occasion.order
        documents: tuple[AgentDocument, ...] = ()
        details = {"case": order.id}
        try:
            if occasion.kind == "invoice":
                details |= self._invoice(order)
            elif occasion.kind == "condition report":
                documents, told = self._documents(order)
                details |= told
            else:
                details |= self._standing(occasion.kind, order)
        except RecordRejected as error:
            return Refused(occasion.event_id, error, order.model_dump_json().encode())
        at = _happened_at(occasion, details)
        event = AgentEvent(SYSTEM, occasion.event_id, order.other_refno, occasion.kind, at, details)
        return ToldEvent(event, documents)

    def _standing(self, kind: str, order: MbsiOrder) -> dict[str, str]:
        note = {"text": order.status_note} if order.status_note else {}
        return note | self._recovery(order) if kind == "repossessed" and order.recovery_id else note

    def _recovery(self, order: MbsiOrder) -> dict[str, str]:
        found = self.client.recovery(order.id, order.recovery_id)
        named = {ours: str(getattr(found, theirs)) for theirs, ours in _RECOVERY.items()}
        return {name: text for name, text in named.items() if text}

    def _documents(self, order: MbsiOrder) -> tuple[tuple[AgentDocument, ...], dict[str, str]]:
        found = self.client.documents(order.id, order.recovery_id)
        largest = self.settings.largest_document_mb * _MEGABYTE
        kept = tuple(_document(each) for each in found if len(each.data) <= largest)
        left = [each.file_name or each.document_name for each in found if len(each.data) > largest]
        named = {"documents": "; ".join(each.name for each in kept), "left_out": "; ".join(left)}
        return kept, {name: text for name, text in named.items() if text} | self._recovery(order)

    def _invoice(self, order: MbsiOrder) -> dict[str, str]:
        items = self.client.invoice(order.id, order.invoice_id)
        whole = sum((each.net_amount for each in items), Decimal(0))
        return {
            "invoice_number": order.invoice_id, "amount": f"{whole:.2f}",
            "items": "; ".join(f"{each.item_name}: {each.net_amount:.2f}" for each in items),
        }  # fmt: skip


def open_mbsi(
    settings: MbsiSettings, agents: Mapping[str, AgentSettings], engine: Engine, observer: Observer | None = None
) -> Mbsi:
    """Give MBSi by its settings; documents are papers of the hub's database."""

    def paper(name: str) -> bytes:
        with reading(engine) as connection:
            return Papers(connection).get(name)

    return Mbsi(settings, MbsiClient(settings, observer=observer), agents, paper)


def _happened_at(occasion: _Occasion, details: Mapping[str, str]) -> datetime:
    """Give when it happened: a repossession of an earlier day than the status, at the end of that day."""
    at = occasion.order.status_date
    if occasion.kind != "repossessed":
        return at
    try:
        day = date.fromisoformat(details.get("repossessed_on", ""))
    except ValueError:  # MBSi gives it as text; what it means beyond a day is for people to read
        return at
    return min(at, datetime.combine(day, time.max, tzinfo=UTC))


def _document(found: MbsiDocument) -> AgentDocument:
    kind = "application/pdf" if found.data.startswith(b"%PDF") else "application/octet-stream"
    return AgentDocument(found.file_name or found.document_name or "document", kind, found.data)


def _key(answer: Answer) -> str:
    return f"{answer.get('id')}.order"
