"""E-mail as a target of the outbox: an order becomes a message, a changed order another one, each sent once.

A message is noted before it goes out and once the server has taken it. What nobody knows the outcome of becomes a
failure that asks a person; only the person's replay sends it again, under the Message-ID that it had.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Final

from drawbar.connectors.agent_mail.book import MailBook, NotedMail, in_address, same_content, with_fields
from drawbar.connectors.agent_mail.letter import Matter, Purpose, write_letter
from drawbar.connectors.agent_mail.paper import order_pdf
from drawbar.connectors.agent_mail.sending import OutcomeUnknown, hand_over, unknown
from drawbar.connectors.agent_mail.settings import ORDER_MARK, SYSTEM, AgentMailSettings
from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun
from drawbar.middleware.records import Outcome, Scalar, TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.channel import Channel, comment_on_nothing
from drawbar.middleware.repossession.orders import RepoOrder
from drawbar.middleware.repossession.placing import (
    COMMENT,
    ORDER,
    WITHDRAWAL,
    PlacedOrder,
    agent_of,
    choose_agent,
    done,
    nothing_to_withdraw,
    order_comment,
    order_withdrawal,
    placed_order,
)

_WITH_PDF: Final[frozenset[Purpose]] = frozenset({"order", "update", "reopen"})
_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class _Dispatch:
    """A message that is due: the record that it tells, to whom, and about what."""

    record: TargetRecord
    agent: str
    matter: Matter


@dataclass(frozen=True, slots=True)
class AgentMailTarget(Channel):
    """Implements `RecordTarget`; a message is a call."""

    settings: AgentMailSettings
    agents: Mapping[str, AgentSettings]
    book: MailBook
    clock: Callable[[], datetime]
    name: str = SYSTEM
    chunk_size: int = 20

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Send what is due for at most 20 records of one object; one outcome per record, in order."""
        return self.settled(records, self._outcome)

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read what the last message about each record told; what was never sent is left out."""
        found: dict[str, dict[str, Scalar]] = {}
        for key in keys:
            mail = self.book.last(object_name, key)
            if mail is not None and mail.state == "sent":
                found[key] = {name: mail.record.fields.get(name) or None for name in fields}
        return found

    def message(self, dispatch: _Dispatch, message_id: str) -> EmailMessage:
        """Put a message together; raises ConfigError for a template that is not usable."""
        order, settings = dispatch.matter.order, self.settings
        letter = write_letter(dispatch.matter, settings.template)
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["Subject"] = letter.subject
        mail["From"] = Address(settings.sender_name, addr_spec=settings.sender)
        mail["To"] = agent_of(self.agents, dispatch.agent, "mail", f"order {order.number}").address
        if order.reply_to:
            mail["Reply-To"] = order.reply_to
        mail["Date"] = format_datetime(self.clock())
        mail["Message-ID"] = f"<{message_id}>"
        first = self._message_id(order.number, 1)
        if first != message_id:
            mail["In-Reply-To"] = mail["References"] = f"<{first}>"
        mail.set_content(letter.body)
        if dispatch.matter.purpose in _WITH_PDF:
            name = f"order-{in_address(order.number)}.pdf"
            mail.add_attachment(order_pdf(order), maintype="application", subtype="pdf", filename=name)
        return mail

    def preview(self, placed: PlacedOrder) -> EmailMessage:
        """Give the message that a new order would be, sent nowhere."""
        order = self._answerable(placed.order)
        agent = placed.agent or choose_agent(self.agents, order, "mail")
        dispatch = _Dispatch(
            TargetRecord(ORDER, order.number, {}), agent, Matter(order, "order", self._company(agent, order.number))
        )
        return self.message(dispatch, self._message_id(order.number, 1))

    def _outcome(self, record: TargetRecord) -> Outcome:
        before = self.book.last(record.object, record.key)
        first, *others = self._dispatches(record, before)
        mail = self._once(first, before)
        for dispatch in others:
            mail = self._once(dispatch, mail)
        return done(record, "created" if before is None else "updated", mail.message_id)

    def _dispatches(self, record: TargetRecord, before: NotedMail | None) -> list[_Dispatch]:
        if record.object == COMMENT:
            return self._comment(record)
        return self._withdrawal(record) if record.object == WITHDRAWAL else self._order(record, before)

    def _withdrawal(self, record: TargetRecord) -> list[_Dispatch]:
        number, reason = order_withdrawal(record)
        about = self.book.last(ORDER, number)
        if about is None:
            raise nothing_to_withdraw(number)
        order = self._answerable(placed_order(about.record).order)
        matter = Matter(order, "close", self._company(about.agent, number), reason=reason)
        return [_Dispatch(record, about.agent, matter)]

    def _comment(self, record: TargetRecord) -> list[_Dispatch]:
        comment = order_comment(record)
        about = self.book.last(ORDER, comment.order_number)
        if about is None:
            raise comment_on_nothing(comment, "its order was not sent by e-mail")
        order = self._answerable(placed_order(about.record).order)
        matter = Matter(order, "comment", self._company(comment.agent, order.number), text=comment.text)
        return [_Dispatch(record, comment.agent, matter)]

    def _order(self, record: TargetRecord, last: NotedMail | None) -> list[_Dispatch]:
        """Give the messages that an order is: one, or two when another agent gets it."""
        placed = placed_order(record)
        order = self._answerable(placed.order)
        before = self._before(last)
        if not placed.agent:
            placed = replace(placed, agent=before.agent if before else choose_agent(self.agents, order, "mail"))
        found: list[_Dispatch] = []
        if before is not None and before.agent != placed.agent and (before.standing != "closed" or not _arrived(last)):
            called_off = with_fields(record, agent=before.agent, standing="closed", reason="given to another agent")
            company = self._company(before.agent, order.number)
            matter = Matter(order, "close", company, reason="given to another agent")
            found.append(_Dispatch(called_off, before.agent, matter))
        purpose = _purpose(placed, before)
        matter = Matter(order, purpose, self._company(placed.agent, order.number), reason=placed.reason)
        return [*found, _Dispatch(record, placed.agent, matter)]

    def _before(self, last: NotedMail | None) -> PlacedOrder | None:
        """Give the order as the last message told it, with the agent who got it."""
        return replace(placed_order(last.record), agent=last.agent) if last is not None else None

    def _once(self, dispatch: _Dispatch, last: NotedMail | None) -> NotedMail:
        """Send a message unless it was sent; what may have been sent asks a person first, once."""
        now, same = self.clock(), last is not None and same_content(last, dispatch.record)
        if last is not None and same and last.state == "sent":
            return last
        if last is not None and last.state == "sending":
            self.book.note(last.message_id, "asked", now)
            raise unknown("Drawbar broke off while a message about it was sent")
        number = 1 if last is None else last.number if same else last.number + 1
        order = dispatch.matter.order
        key = order.number + self._distinction(dispatch.record)
        mail = NotedMail(
            self._message_id(key, number), dispatch.record, order.number, dispatch.agent, "sending", number
        )
        self._send(mail, self.message(dispatch, mail.message_id), asked=same)
        return replace(mail, state="sent")

    def _send(self, mail: NotedMail, message: EmailMessage, *, asked: bool) -> None:
        self.book.begin(mail, self.clock())
        try:
            hand_over(self.settings, message, self.agents[mail.agent].address)
        except OutcomeUnknown:
            self.book.note(mail.message_id, "asked", self.clock())
            raise
        except (RecordRejected, RetryLater, StopRun):
            if asked:  # it may have arrived before, and a person has decided: that is still to be done
                self.book.note(mail.message_id, "asked", self.clock())
            else:
                self.book.forget(mail.message_id)
            raise
        self.book.note(mail.message_id, "sent", self.clock())

    def _distinction(self, record: TargetRecord) -> str:
        """Give what tells the messages of a comment or withdrawal from those of the order itself."""
        return {ORDER: "", WITHDRAWAL: ".withdrawn"}.get(record.object, f".{record.key}")

    def _answerable(self, order: RepoOrder) -> RepoOrder:
        """Give the order with an address for answers: its own, or the one that the settings make for it."""
        return order if order.reply_to else replace(order, reply_to=reply_address(self.settings, order.number))

    def _company(self, name: str, order_number: str) -> str:
        return agent_of(self.agents, name, "mail", f"order {order_number}").company or name

    def _message_id(self, key: str, number: int) -> str:
        """Make the id of the message of this number about an order: the same whenever it is made."""
        local = _NOT_IN_AN_ID.sub(lambda odd: odd[0].encode().hex(), key)
        return f"drawbar.{local}.{number}@{self.settings.domain}"


def _arrived(mail: NotedMail | None) -> bool:
    return mail is not None and mail.state == "sent"


def reply_address(settings: AgentMailSettings, order_number: str) -> str:
    """Give the address for answers about an order, "" when the settings name none."""
    return settings.reply_to.replace(ORDER_MARK, in_address(order_number))


def _purpose(placed: PlacedOrder, before: PlacedOrder | None) -> Purpose:
    if placed.standing == "on hold":
        return "hold"
    if placed.standing == "closed":
        return "close"
    if before is None or before.agent != placed.agent:
        return "order"
    return "update" if before.standing == "open" else "reopen"
