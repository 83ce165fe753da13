"""RDN as the hub asks it: a target for orders, and what the FireHose tells since the last time (R25)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from drawbar.connectors.rdn.client import NAME, RdnClient
from drawbar.connectors.rdn.records import CaseReference, Event, InvoiceItem
from drawbar.connectors.rdn.settings import SYSTEM, RdnSettings
from drawbar.connectors.rdn.target import RdnTarget
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.observe import Observer
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.orders import AgentEvent
from drawbar.middleware.repossession.told import ToldEvent
from drawbar.middleware.sync.polled import Refused
from drawbar.middleware.vendor_answers import Answer, understood

KINDS: Final[Mapping[int, str]] = {
    600: "accepted", 601: "declined", 602: "closed", 603: "on hold", 300: "repossessed", 302: "completed",
    200: "comment", 201: "comment", 203: "comment", 811: "invoice", 1300: "condition report",
}  # fmt: skip
"""Code of an event → what it means for the order (R25)."""

_REPOSSESSION: Final[Mapping[str, str]] = {
    "repossession_date": "repossessed_on", "storage_location": "storage_place", "keys": "keys", "mileage": "mileage",
    "condition": "condition", "personal_property": "personal_property", "police_notified_date": "police_notified_on",
    "driveable": "driveable",
}  # fmt: skip

Unheard = Callable[[Collection[str]], Collection[str]]
"""Gives those of the ids of events that nobody has told us yet."""


@dataclass(slots=True)
class FireHoseReading:
    """One look at the FireHose: from where it went on, how far it got, and what it left out."""

    known_until: int | None
    until: int = 0
    foreign: int = 0
    went_back: bool = False
    _orders: dict[str, str] = field(default_factory=dict)

    def order_of(self, case_id: str, ask: Callable[[str], str]) -> str:
        """Give the order that a case is, asking once per case."""
        if case_id not in self._orders:
            self._orders[case_id] = ask(case_id)
        return self._orders[case_id]


@dataclass(frozen=True, slots=True)
class Rdn:
    """The lender's account at RDN; connects to nothing until it is asked something."""

    settings: RdnSettings
    client: RdnClient
    agents: Mapping[str, AgentSettings]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def target(self) -> RdnTarget:
        """Where orders and comments are sent."""
        return RdnTarget(self.client, self.agents, self.clock)

    def told(
        self, reading: FireHoseReading, unheard: Unheard, again: Sequence[bytes] = ()
    ) -> Iterator[ToldEvent | Refused]:
        """Give the events since `reading.known_until` that are new, with details; `again` are answers that failed.

        Events are asked for again from `overlap_events` before, as some get their number late. The first reading begins
        there too. Events of cases that Drawbar did not place are counted and left out.
        """
        last = self.client.last_event_id()
        begin = last if reading.known_until is None else min(reading.known_until, last)
        reading.went_back = reading.known_until is not None and reading.known_until > last
        failed: list[Answer] = [json.loads(text) for text in again]
        answers = [*failed, *self.client.fire_hose(max(begin - self.settings.overlap_events, 0))]
        by_id = {str(each.get("event_id")): each for each in answers}
        reading.until = max([last, *(int(name) for name in by_id if name.isdigit())])
        fresh = unheard(list(by_id))
        for name, answer in by_id.items():
            if name in fresh:
                yield from self._event(answer, reading)

    def _event(self, answer: Answer, reading: FireHoseReading) -> Iterator[ToldEvent | Refused]:
        named = str(answer.get("event_id"))
        try:
            event = understood(Event, answer, record=f"event {named}", vendor=NAME)
            if event.event_code in self.settings.ignored_codes:
                return
            order = reading.order_of(event.case_id, self._order_of)
            if not order:
                reading.foreign += 1
                return
            yield from map(ToldEvent, self._agent_events(event, order))
        except RecordRejected as error:
            yield Refused(named, error, json.dumps(answer, default=str).encode())

    def _order_of(self, case_id: str) -> str:
        answer = self.client.case(case_id)
        return understood(CaseReference, answer, record=f"case {case_id}", vendor=NAME).client_reference

    def _agent_events(self, event: Event, order: str) -> list[AgentEvent]:
        """Give what an event tells: one thing, but for invoices, of which RDN shows all that the case has by now."""
        kind = KINDS.get(event.event_code)
        if kind is None:
            raise RecordRejected(
                f"{event.event_code} is not a code that we know", record=f"event {event.event_id} of order {order}",
                field="event_code", remedy="Ask RDN what it means; enter it in rdn.ignored_codes when it is of no use.",
                code="NOT_UNDERSTOOD",
            )  # fmt: skip
        named, told = str(event.event_id), self._details(kind, event)
        return [
            AgentEvent(
                SYSTEM, f"{named}.{number}" if number else named, order, kind, event.event_date,
                {"case": event.case_id, **each},
            )
            for number, each in enumerate(told)
        ]  # fmt: skip

    def _details(self, kind: str, event: Event) -> list[dict[str, str]]:
        if kind == "repossessed":
            found = self.client.repossession(event.case_id)
            named = {ours: str(getattr(found, theirs)) for theirs, ours in _REPOSSESSION.items()}
            return [{name: text for name, text in named.items() if text}]
        if kind == "comment":
            updates = self.client.updates(event.case_id)
            texts = [each.update_text for each in updates if each.update_id == event.update_id]
            return [{"text": texts[-1]} if texts else {}]
        return self._invoices(event.case_id) if kind == "invoice" else [{}]

    def _invoices(self, case_id: str) -> list[dict[str, str]]:
        """Give the invoices of a case by number; those that were told before are told again, and known by it."""
        by_number: dict[str, list[InvoiceItem]] = {}
        for each in self.client.invoice(case_id):
            by_number.setdefault(each.invoice_number, []).append(each)
        return [
            {
                "invoice_number": number, "amount": f"{sum((each.net_amount for each in items), Decimal(0)):.2f}",
                "items": "; ".join(f"{each.item_name}: {each.net_amount:.2f}" for each in items),
            }
            for number, items in sorted(by_number.items())
        ] or [{}]  # fmt: skip


def open_rdn(settings: RdnSettings, agents: Mapping[str, AgentSettings], observer: Observer | None = None) -> Rdn:
    """Give RDN by its settings."""
    return Rdn(settings, RdnClient(settings, observer=observer), agents)
