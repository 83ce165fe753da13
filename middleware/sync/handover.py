"""Rows of the outbox that leave together as files, for a system that answers later, row by row.

The rows stay in the outbox, claimed under the name of the handover, until the answer has come: the files can be made
anew from them, byte for byte, on any machine. A record that is under way is not sent once more before its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.errors import NotThere
from drawbar.middleware.sync.codec import encode_refused
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.edit_tables import handover
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.outbox import Outbox, Waiting
from drawbar.middleware.sync.tables import delivery, outbox

ReplyStatus = Literal["accepted", "rejected"]
_MOST_ROWS: Final = 50_000
_PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover and what has become of it; `digest` tells its content once it was sent."""

    name: str
    rows: int
    digest: str
    made_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    accepted: int
    rejected: int

    @property
    def state(self) -> Literal["made", "sent", "answered"]:
        if self.answered_at is not None:
            return "answered"
        return "made" if self.sent_at is None else "sent"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other system says of one row; `reason` why it was rejected."""

    object: str
    key: str
    status: ReplyStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Handovers:
    """The handovers to one system, inside the caller's transaction."""

    connection: Connection
    target: str

    def make(self, prefix: str, on: date, *, run_id: str, now: datetime) -> Handover | None:
        """Claim what waits, under the next name of the day (`prefix-20260302-001`); None when nothing waits."""
        Outbox(self.connection, self.target).lock()
        name = self._next_name(f"{prefix}-{on:%Y%m%d}")
        under_way = outbox.alias()
        same = under_way.c.target == self.target, under_way.c.object == outbox.c.object, under_way.c.key == outbox.c.key
        free = ~exists().where(*same, under_way.c.claim != "")
        waiting = select(outbox.c.id).where(
            outbox.c.target == self.target, outbox.c.claim == "", outbox.c.not_before <= now, free
        )
        first = waiting.order_by(outbox.c.id).limit(_MOST_ROWS)
        taken = self.connection.execute(update(outbox).where(outbox.c.id.in_(first)).values(claim=name)).rowcount
        if not taken:
            return None
        values = {"name": name, "target": self.target, "rows": taken, "made_at": now, "run_id": run_id}
        self.connection.execute(insert(handover).values(values))
        return self.get(name)

    def _next_name(self, day: str) -> str:
        mine = handover.c.target == self.target, handover.c.name.startswith(f"{day}-", autoescape=True)
        last = self.connection.execute(select(func.max(handover.c.name)).where(*mine)).scalar()
        return f"{day}-{int(str(last).rpartition('-')[2]) + 1 if last else 1:03d}"

    def get(self, name: str) -> Handover:
        """Give a handover by name; raise NotThere when there is none."""
        mine = handover.c.target == self.target, handover.c.name == name
        row = self.connection.execute(select(handover).where(*mine)).first()
        if row is None:
            raise NotThere(f"nothing was handed over as {name}", remedy="List what was handed over.")
        return _read(row)

    def named(self, names: Collection[str]) -> list[Handover]:
        """Give those of some names that there are."""
        return [each for some in in_chunks(names, _PAGE) for each in self._those(handover.c.name.in_(some))]

    def unsent(self) -> list[Handover]:
        """Give those that were made and are not known to have been sent, in order."""
        return self._those(handover.c.sent_at.is_(None), handover.c.answered_at.is_(None))

    def unanswered(self) -> list[Handover]:
        """Give those that were sent and not answered, in order."""
        return self._those(handover.c.sent_at.is_not(None), handover.c.answered_at.is_(None))

    def _those(self, *conditions: object) -> list[Handover]:
        statement = select(handover).where(handover.c.target == self.target, *conditions)  # type: ignore[arg-type]
        return [_read(row) for row in self.connection.execute(statement.order_by(handover.c.name))]

    def latest(self, limit: int) -> list[Handover]:
        """Give the latest, newest first."""
        statement = select(handover).where(handover.c.target == self.target)
        ordered = statement.order_by(handover.c.made_at.desc(), handover.c.name.desc()).limit(limit)
        return [_read(row) for row in self.connection.execute(ordered)]

    def rows(self, name: str) -> list[Waiting]:
        """Give the rows of a handover that have no answer yet, always in the same order."""
        found: list[Waiting] = []
        while True:
            page = Outbox(self.connection, self.target).claimed(name, _PAGE, after=found[-1] if found else None)
            found += page
            if len(page) < _PAGE:
                return found

    def note_sent(self, name: str, digest: str, now: datetime) -> None:
        """Note that the files are where the other system finds them."""
        values = {"digest": digest, "sent_at": now}
        self.connection.execute(update(handover).where(handover.c.name == name).values(values))

    def give_back(self, name: str, now: datetime) -> int:
        """Let the rows of a handover that is lost wait for the next one; gives how many those are."""
        rows = self.rows(name)
        Outbox(self.connection, self.target).put_back(rows, now=now, failed=False)
        self.connection.execute(update(handover).where(handover.c.name == name).values(answered_at=now))
        return len(rows)

    def settle(self, name: str, replies: Sequence[Reply], desk: FailureDesk, *, run_id: str, now: datetime) -> None:
        """Take an answer in: accepted rows are done, rejected ones become failures; those without one are rejected.

        An answer that comes again finds no rows any more, and changes nothing.
        """
        given = {(each.object, each.key): each for each in replies}
        pairs = [(row, given.get((row.object, row.key)) or _unanswered(row)) for row in self.rows(name)]
        if not pairs:
            return
        rejected = [(row, reply) for row, reply in pairs if reply.status == "rejected"]
        accepted = [row for row, reply in pairs if reply.status == "accepted"]
        Outbox(self.connection, self.target).settle([row.id for row, _ in pairs])
        at = self.get(name).sent_at or now
        insert_rows(self.connection, delivery, [self._logged(row, reply, run_id, at) for row, reply in pairs])
        desk.fail([self._failure(name, row, reply) for row, reply in rejected], run_id=run_id, now=now)
        self._mend(desk, accepted, run_id, now)
        counts = {"accepted": len(accepted), "rejected": len(rejected), "answered_at": now}
        self.connection.execute(update(handover).where(handover.c.name == name).values(counts))

    def _mend(self, desk: FailureDesk, accepted: Sequence[Waiting], run_id: str, now: datetime) -> None:
        by_object: dict[str, list[str]] = {}
        for row in accepted:
            by_object.setdefault(row.object, []).append(row.key)
        for name, keys in by_object.items():
            for some in in_chunks(keys, _PAGE):
                opened = DeadLetters(self.connection).open_of(name, some)
                mine = [each for each in opened if each.failure.place == self.target]
                desk.end(mine, "resolved", by="drawbar", why="accepted at last", run_id=run_id, now=now)

    def _logged(self, row: Waiting, reply: Reply, run_id: str, at: datetime) -> dict[str, object]:
        return {
            "target": self.target, "object": row.object, "key": row.key, "operation": row.operation,
            "status": "updated" if reply.status == "accepted" else "refused", "target_id": "",
            "code": "" if reply.status == "accepted" else "REJECTED", "message": reply.reason, "fields": row.fields,
            "before": row.before, "why": row.why, "run_id": run_id, "at": at,
        }  # fmt: skip

    def _failure(self, name: str, row: Waiting, reply: Reply) -> Failure:
        return Failure(
            kind="record", place=self.target, object=row.object, key=row.key, row_number=0, source=f"import {name}",
            code="REJECTED", field="", message=reply.reason, payload=encode_refused(row.record, row.operation),
            remedy="Mend the record in Salesforce, which sends it again, or replay the failure once the cause is gone.",
            attempts=row.attempts + 1,
        )  # fmt: skip


def _unanswered(row: Waiting) -> Reply:
    return Reply(row.object, row.key, "rejected", "the answer does not mention this row")


def _read(row: Row[tuple[object, ...]]) -> Handover:
    return Handover(
        row.name, row.rows, row.digest, row.made_at, row.sent_at, row.answered_at, row.accepted, row.rejected
    )
