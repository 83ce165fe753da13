"""Which messages were sent to agents: each is noted before it goes out, so that none goes out twice unasked."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Engine, Row, delete, insert, select, update

from drawbar.middleware.database.engine import reading
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.agent_tables import agent_mail
from drawbar.middleware.repossession.placing import ORDER
from drawbar.middleware.sync.codec import columns_of, decode, encode, to_record

MailState = Literal["sending", "sent", "asked"]


@dataclass(frozen=True, slots=True)
class NotedMail:
    """A message, and what is known of it: `sending` also when the process died, `asked` when a person was asked."""

    message_id: str
    record: TargetRecord
    order_number: str
    agent: str
    state: MailState
    number: int


@dataclass(frozen=True, slots=True)
class MailBook:
    """The messages to agents, each change in a transaction of its own."""

    engine: Engine

    def last(self, object_name: str, key: str) -> NotedMail | None:
        """Give the last message about an order or comment."""
        mine = select(agent_mail).where(agent_mail.c.object == object_name, agent_mail.c.key == key)
        with reading(self.engine) as connection:
            row = connection.execute(mine.order_by(agent_mail.c.number.desc()).limit(1)).first()
        return None if row is None else _noted(row)

    def begin(self, mail: NotedMail, now: datetime) -> None:
        """Note that a message goes out now."""
        place = {"message_id": mail.message_id}
        values = {
            "object": mail.record.object, "key": mail.record.key, "order_number": mail.order_number,
            "agent": mail.agent, "state": "sending", "fields": encode(columns_of(mail.record)),
            "number": mail.number, "changed_at": now,
        }  # fmt: skip
        with self.engine.begin() as connection:
            again = update(agent_mail).where(agent_mail.c.message_id == mail.message_id).values(values)
            if not connection.execute(again).rowcount:
                connection.execute(insert(agent_mail), place | values)

    def note(self, message_id: str, state: MailState, now: datetime) -> None:
        """Note what has become of a message."""
        values = {"state": state, "changed_at": now}
        with self.engine.begin() as connection:
            connection.execute(update(agent_mail).where(agent_mail.c.message_id == message_id).values(values))

    def forget(self, message_id: str) -> None:
        """Forget a message that is known not to have gone out."""
        with self.engine.begin() as connection:
            connection.execute(delete(agent_mail).where(agent_mail.c.message_id == message_id))

    def order_of(self, message_ids: Collection[str]) -> str:
        """Name the order that one of these messages was about, "" when none of them is ours."""
        mine = select(agent_mail.c.order_number).where(agent_mail.c.message_id.in_(message_ids)).limit(1)
        with reading(self.engine) as connection:
            found = connection.execute(mine).scalar()
        return found or ""

    def is_order_itself(self, message_id: str) -> bool:
        """Say whether a message was the first about its order: the one that an agent takes or not."""
        mine = select(agent_mail.c.number).where(agent_mail.c.message_id == message_id, agent_mail.c.object == ORDER)
        with reading(self.engine) as connection:
            return connection.execute(mine).scalar() == 1

    def order_like(self, part: str) -> str:
        """Name the order whose number stands in an address for answers, "" for none; large letters may be small there.

        What cannot stand in an address is a hyphen there, so more than one order may be meant: then none is.
        """
        mine = (
            select(agent_mail.c.order_number).distinct().where(agent_mail.c.object == ORDER, agent_mail.c.number == 1)
        )
        with reading(self.engine) as connection:
            numbers = connection.execute(mine).scalars().all()
        found = [number for number in numbers if in_address(number).lower() == part.lower()]
        return found[0] if len(found) == 1 else ""

    def agents_of(self, order_number: str) -> frozenset[str]:
        """Name the agents who were written to about an order."""
        mine = select(agent_mail.c.agent).where(agent_mail.c.order_number == order_number)
        with reading(self.engine) as connection:
            return frozenset(connection.execute(mine).scalars())


def in_address(order_number: str) -> str:
    """Give an order's number as it can stand in an address."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", order_number)


def same_content(mail: NotedMail, record: TargetRecord) -> bool:
    """Say whether a message told what a record says."""
    return encode(columns_of(mail.record)) == encode(columns_of(record))


def with_fields(record: TargetRecord, **fields: str) -> TargetRecord:
    return replace(record, fields={**record.fields, **fields})


def _noted(row: Row[tuple[object, ...]]) -> NotedMail:
    record = to_record(row.object, row.key, "", decode(row.fields))
    return NotedMail(row.message_id, record, row.order_number, row.agent, cast("MailState", row.state), row.number)
