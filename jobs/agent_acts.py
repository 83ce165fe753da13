"""What people do to orders that agents have: another agent, a hold, a comment; each act in one transaction (R24)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.jobs.account_holds import account_holds
from drawbar.jobs.agent_orders import latest_order
from drawbar.jobs.hub import Hub
from drawbar.jobs.repo_acts import Person
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.holds import HoldAction
from drawbar.middleware.repossession.placing import (
    WITHDRAWAL,
    OrderComment,
    OrderDocument,
    PlacedOrder,
    agent_of,
    choose_agent,
    comment_record,
    document_record,
    placed_order,
    placed_record,
)
from drawbar.middleware.repossession.roles import Act, refuse_unless_allowed
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.papers import Papers
from drawbar.middleware.sync.tables import delivery, outbox

_LONGEST_TEXT: Final = 1_000
_ChangedBy = Callable[[str, PlacedOrder], PlacedOrder]


@dataclass(frozen=True, slots=True)
class AgentAct:
    """What was queued for an order: the channel, the agent by name, how the order shall stand, and what is said."""

    number: str
    channel: str
    agent: str
    standing: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentActs:
    """Acts of one person on orders; with `dry_run` everything is tried, and undone.

    All of them raise NotThere for an order that nobody placed, and RecordRejected for one that has ended, for a person
    who may not, and for what the rules of repossessions do not allow.
    """

    hub: Hub
    person: Person
    now: datetime
    run_id: str
    dry_run: bool = False

    def reassign(self, number: str, agent: str, reason: str) -> AgentAct:
        """Give an order to another agent of the same channel; nothing goes out under a hold of the account."""

        def change(channel: str, placed: PlacedOrder) -> PlacedOrder:
            agent_of(self.hub.agents, agent, _word(channel), f"order {number}")
            if placed.agent == agent:
                raise _refused(number, "agent", f"{agent} has it already", "Name another agent.")
            if placed.standing == "on hold":
                raise _refused(number, "standing", "is on hold", "Let it go on first: drawbar agents resume")
            return replace(placed, agent=agent, reason=reason)

        return self._change(number, "order", "reassign order", reason, change, goes_out=True)

    def hold(self, number: str, reason: str) -> AgentAct:
        """Have the agent stop for a while."""

        def change(_channel: str, placed: PlacedOrder) -> PlacedOrder:
            if placed.standing == "on hold":
                raise _refused(number, "standing", "is on hold already", "Let it go on with: drawbar agents resume")
            return replace(placed, standing="on hold", reason=reason)

        return self._change(number, "hold", "hold order", reason, change)

    def resume(self, number: str, reason: str) -> AgentAct:
        """Let the agent go on; nothing goes out under a hold of the account."""

        def change(_channel: str, placed: PlacedOrder) -> PlacedOrder:
            if placed.standing != "on hold":
                raise _refused(number, "standing", "is not on hold", "Nothing has to be done.")
            return replace(placed, standing="open", reason=reason)

        return self._change(number, "hold", "resume order", reason, change, goes_out=True)

    def comment(self, number: str, text: str) -> AgentAct:
        """Tell the agent something about an order."""
        if not text.strip() or len(text) > _LONGEST_TEXT:
            raise _refused(number, "text", f"must be 1 to {_LONGEST_TEXT} characters", "Write it anew.")
        with self.hub.engine.connect() as connection:
            channel, placed = self._open(connection, number, "record")
            agent = placed.agent or choose_agent(self.hub.agents, placed.order, _word(channel))
            told = OrderComment(f"{number}-{secrets.token_hex(4)}", number, agent, text)
            self._put(connection, channel, comment_record(told), number, "comment on order", text)
        return AgentAct(number, channel, agent, placed.standing, text)

    def document(self, number: str, file_name: str, title: str, content: bytes) -> AgentAct:
        """Have a PDF stand with an order at MBSi, which alone takes documents."""
        if not content.startswith(b"%PDF"):
            raise _refused(number, "file", "is no PDF", "Give a PDF file.")
        paper = f"{number} {file_name}"
        with self.hub.engine.connect() as connection:
            channel, placed = self._open(connection, number, "follow")
            if channel != "mbsi":
                raise _refused(number, "channel", f"goes by {channel}, which takes no documents", "Send it by e-mail.")
            if Papers(connection).find(paper) not in (None, content):
                raise _refused(number, "file", f"another paper {paper} was sent before", "Give the file another name.")
            Papers(connection).keep(paper, content, now=self.now)
            told = OrderDocument(number, placed.agent, paper, title)
            self._put(connection, channel, document_record(told), number, "document to order", title)
        return AgentAct(number, channel, placed.agent, placed.standing, title)

    def _change(
        self, number: str, act: Act, what: str, reason: str, changed_by: _ChangedBy, *, goes_out: bool = False
    ) -> AgentAct:
        with self.hub.engine.connect() as connection:
            channel, placed = self._open(connection, number, act)
            changed = changed_by(channel, placed)
            if goes_out:
                self._refuse_under_hold(connection, placed)
            self._put(connection, channel, placed_record(changed), number, what, reason)
        return AgentAct(number, channel, changed.agent, changed.standing, reason)

    def _open(self, connection: Connection, number: str, act: Act) -> tuple[str, PlacedOrder]:
        """Give an order that an agent may still work on, for an act that this person may do."""
        refuse_unless_allowed(self.person.role, act, who=self.person.name, record=f"order {number}")
        found = latest_order(connection, number)
        if found is None:
            raise NotThere(f"no order {number} waits or was sent", remedy="See them with: drawbar agents orders")
        channel, record = found
        placed = placed_order(record)
        if placed.standing == "closed" or _is_withdrawn(connection, number) or _has_ended(connection, number):
            raise _refused(number, "standing", "has ended", "Order anew: drawbar repo order")
        return channel, placed

    def _refuse_under_hold(self, connection: Connection, placed: PlacedOrder) -> None:
        reasons = account_holds(self.hub, connection).reasons(placed.order.account, HoldAction.ORDER, self.now)
        if reasons:
            raise _refused(
                placed.order.number, "standing", f"must not go out: {'; '.join(reasons)}",
                "Wait until the hold is lifted; let the agent stop with: drawbar agents hold",
            )  # fmt: skip

    def _put(
        self, connection: Connection, channel: str, record: TargetRecord, number: str, what: str, text: str
    ) -> None:
        """Queue a record for the channel and note who did it; the end of the transaction."""
        change = Change(record, creates=True, why=f"{what} {number}: {text}")
        Outbox(connection, channel).put([change], run_id=self.run_id, now=self.now)
        detail = {"channel": channel, "agent": str(record.fields["agent"]), "reason": text}
        Audit(connection).note(
            actor=self.person.name, action=what, subject=f"order {number}", detail=detail, now=self.now
        )
        connection.rollback() if self.dry_run else connection.commit()


def _word(channel: str) -> str:
    """Give the word of the settings for a channel's target."""
    return "mail" if channel == "agent_mail" else channel


def _is_withdrawn(connection: Connection, number: str) -> bool:
    waits = select(outbox.c.id).where(outbox.c.object == WITHDRAWAL, outbox.c.key == number)
    told = select(delivery.c.id).where(delivery.c.object == WITHDRAWAL, delivery.c.key == number)
    return any(connection.execute(each.limit(1)).first() is not None for each in (waits, told))


def _has_ended(connection: Connection, number: str) -> bool:
    """Say whether the order's case knows that it has ended; orders without a case go by what was sent alone."""
    case = RepoCases(connection).of_order(number)
    return case is not None and number not in {each.number for each in case.active_orders}


def _refused(number: str, field: str, message: str, remedy: str) -> RecordRejected:
    return RecordRejected(message, record=f"order {number}", field=field, remedy=remedy, code="NOT_NOW")
