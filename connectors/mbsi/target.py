"""MBSi as a target of the outbox: an order becomes one of theirs once, a changed order changes it.

Before an order is created MBSi is asked for our order's number, so an answer that was lost costs no second order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drawbar.connectors.mbsi.client import MbsiClient
from drawbar.connectors.mbsi.records import MbsiOrder
from drawbar.connectors.mbsi.settings import SYSTEM, MbsiSettings
from drawbar.connectors.mbsi.wire import differences, field_of, to_mbsi
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Outcome, Scalar, TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.channel import Channel, at_most_one, comment_on_nothing, too_late_to_hold
from drawbar.middleware.repossession.placing import (
    COMMENT,
    DOCUMENT,
    ORDER,
    WITHDRAWAL,
    PlacedOrder,
    agent_of,
    choose_agent,
    done,
    nothing_to_withdraw,
    order_comment,
    order_document,
    order_withdrawal,
    placed_order,
)

_TOO_LATE: Final = frozenset({"closed", "repossessed", "completed", "declined"})
_STOPPED: Final = frozenset({"closed", "on hold"})


@dataclass(frozen=True, slots=True)
class MbsiTarget(Channel):
    """Implements `RecordTarget`."""

    settings: MbsiSettings
    client: MbsiClient
    agents: Mapping[str, AgentSettings]
    papers: Callable[[str], bytes]
    """Gives the content of the hub's papers, by name."""

    name: str = SYSTEM
    chunk_size: int = 20

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Bring at most 20 records of one object into step; one outcome per record, in order."""
        acts = {COMMENT: self._comment, DOCUMENT: self._document, WITHDRAWAL: self._withdrawal}
        return self.settled(records, lambda each: acts.get(each.object, self._order)(each))

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read fields of orders as texts, as MBSi holds them; what MBSi does not have is left out, comments too."""
        found: dict[str, dict[str, Scalar]] = {}
        for key in keys if object_name == ORDER else ():
            order = self._there(key)
            if order is not None:
                held = self.client.held(order.id)
                found[key] = {name: field_of(held, name) or None for name in fields}
        return found

    def _order(self, record: TargetRecord) -> Outcome:
        placed = placed_order(record)
        order = self._there(record.key)
        if order is None:
            name = placed.agent or choose_agent(self.agents, placed.order, SYSTEM)
            order_id = self.client.create(to_mbsi(placed.order, self.settings, self._provider(name, record.key)))
            self._bring_to(order_id, "pending", placed)
            return done(record, "created", order_id)
        provider = self._provider(placed.agent, record.key) if placed.agent else order.assign_service_provider_id
        changed = differences(self.client.held(order.id), to_mbsi(placed.order, self.settings, provider))
        if changed:
            self.client.update(order.id, changed)
        self._bring_to(order.id, self._means(order), placed)
        return done(record, "updated", order.id)

    def _provider(self, agent: str, order_number: str) -> str:
        return agent_of(self.agents, agent, SYSTEM, f"order {order_number}").id

    def _withdrawal(self, record: TargetRecord) -> Outcome:
        number, reason = order_withdrawal(record)
        order = self._there(number)
        if order is None:
            raise nothing_to_withdraw(number)
        if self._means(order) != "closed":
            self.client.update(order.id, {"status": self.settings.number_of("closed"), "status_note": reason})
        return done(record, "updated", order.id)

    def _bring_to(self, order_id: str, now: str, placed: PlacedOrder) -> None:
        """Hold, reopen or close an order, where it does not stand so already."""
        if placed.standing == "on hold" and now in _TOO_LATE:
            raise too_late_to_hold(placed, now, f"MBSi order {order_id}")
        wanted = "accepted" if placed.standing == "open" and now in _STOPPED else placed.standing
        if wanted not in ("open", now):
            self.client.update(order_id, {"status": self.settings.number_of(wanted), "status_note": placed.reason})

    def _comment(self, record: TargetRecord) -> Outcome:
        """Write a comment as the note of the status that the order has: MBSi has no other place for it."""
        comment = order_comment(record)
        order = self._there(comment.order_number)
        if order is None:
            raise comment_on_nothing(comment, "MBSi has no order of this number")
        if order.status_note == comment.text:
            return done(record, "updated", order.id)
        self.client.update(order.id, {"status": order.status, "status_note": comment.text})
        return done(record, "created", order.id)

    def _document(self, record: TargetRecord) -> Outcome:
        """Upload a document once; it is known there by its file name. MBSi takes documents to a recovery alone."""
        document = order_document(record)
        order = self._there(document.order_number)
        if order is None or not order.recovery_id:
            raise RecordRejected(
                "MBSi takes documents to a recovery, and the order has none yet", record=f"document {document.paper}",
                field="order_number", code="NO_RECOVERY", remedy="Replay it once MBSi shows the recovery.",
            )  # fmt: skip
        there = self.client.documents(order.id, order.recovery_id)
        if any(each.file_name == document.paper for each in there):
            return done(record, "updated", order.id)
        content = self.papers(document.paper)
        self.client.add_document(order.id, order.recovery_id, document.paper, document.title, content)
        return done(record, "created", order.id)

    def _there(self, order_number: str) -> MbsiOrder | None:
        found = self.client.order_of(order_number)
        at_most_one([each.id for each in found], order_number, system="MBSi", called="orders")
        return found[0] if found else None

    def _means(self, order: MbsiOrder) -> str:
        return meaning_of(self.settings, order)


def meaning_of(settings: MbsiSettings, order: MbsiOrder) -> str:
    """Give what the status of an order means; raises RecordRejected for a number that nobody has explained."""
    found = settings.statuses.get(order.status)
    if found is None:
        raise RecordRejected(
            f"{order.status[:40]} is not a status that we know", record=f"MBSi order {order.id}", field="status",
            remedy="Ask MBSi what it means, and enter it in mbsi.statuses.", code="NOT_UNDERSTOOD",
        )  # fmt: skip
    return found
