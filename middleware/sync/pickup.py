"""Work for systems that fetch it themselves: it waits in the database until they come, and is asked of them bit by bit.

A task is one thing that shall stand at one place of a system (a bill in a company's books). A visit is one connection
of the system; while one is open at a place, no other begins there, so that nothing is asked twice at the same time. A
visit that breaks off leaves its task waiting, and the next begins that task from its first step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, text, update

from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.sync.pickup_tables import pickup_task, pickup_visit

TaskState = Literal["waiting", "asked", "done", "failed"]
OPEN: Final = ("waiting", "asked")
QUIET_VISIT: Final = timedelta(minutes=30)
"""A visit that has said nothing for so long is over, although nobody closed it."""

_FRESH: Final[dict[str, object]] = {
    "state": "waiting", "step": "", "memory": "{}", "visit": "", "code": "", "message": "", "remedy": "",
}  # fmt: skip
"""A task at its beginning."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits; `memory` is what earlier steps found, `reference` the system's own id once it is done."""

    id: int
    place: str
    kind: str
    key: str
    payload: str
    revision: int
    state: TaskState
    step: str
    memory: Mapping[str, str]
    asked_revision: int
    attempts: int
    not_before: datetime
    reference: str
    code: str
    message: str
    remedy: str
    queued_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """An open visit: where, how many tasks it has ended, what it is told when it asks what is wrong, who it is."""

    digest: str
    place: str
    done: int
    said: str
    visitor: str


@dataclass(frozen=True, slots=True)
class Pickups:
    """The tasks and visits of one system, inside the caller's transaction."""

    connection: Connection
    system: str

    def lock(self) -> None:
        """Let one at a time decide until the transaction ends; SQLite does so by itself."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("LOCK TABLE pickup_visit IN SHARE ROW EXCLUSIVE MODE"))

    def enqueue(self, place: str, kind: str, key: str, payload: str, now: datetime) -> bool:
        """Have something stand at a place; says whether that is news.

        The same again is none. Something else under a known key waits anew, also when the former was done or failed;
        while the former is being asked, it waits for the answer to that.
        """
        self.lock()
        named = {"system": self.system, "place": place, "kind": kind, "key": key}
        found = self.connection.execute(select(pickup_task).filter_by(**named)).first()
        if found is None:
            times = {"not_before": now, "queued_at": now, "changed_at": now}
            self.connection.execute(insert(pickup_task).values(**named, **times, payload=payload, state="waiting"))
            return True
        if found.payload == payload:
            return False
        news = {"payload": payload, "revision": found.revision + 1, "queued_at": now, "changed_at": now}
        fresh = {} if found.state == "asked" else _FRESH | {"not_before": now}
        self._change(found.id, news | fresh)
        return True

    def open_visit(self, place: str, now: datetime) -> str | None:
        """Begin a visit and give its ticket; None while another is under way at the place."""
        self.lock()
        here = pickup_visit.c.system == self.system, pickup_visit.c.place == place, pickup_visit.c.closed_at.is_(None)
        for row in self.connection.execute(select(pickup_visit).where(*here)):
            if row.seen_at > now - QUIET_VISIT:
                return None
            self.close_visit(_visit(row), now)
        ticket = str(uuid4())
        values = {"digest": _digest(ticket), "system": self.system, "place": place, "opened_at": now, "seen_at": now}
        self.connection.execute(insert(pickup_visit).values(**values))
        return ticket

    def visit(self, ticket: str, now: datetime) -> Visit | None:
        """Find an open visit by its ticket and note that it was heard of; None when there is none."""
        self.lock()
        mine = pickup_visit.c.digest == _digest(ticket), pickup_visit.c.system == self.system
        row = self.connection.execute(select(pickup_visit).where(*mine, pickup_visit.c.closed_at.is_(None))).first()
        if row is None:
            return None
        self.connection.execute(update(pickup_visit).where(*mine).values(seen_at=now))
        return _visit(row)

    def introduce(self, visit: Visit, visitor: str) -> None:
        """Note what a visitor says of itself."""
        self.connection.execute(
            update(pickup_visit).where(pickup_visit.c.digest == visit.digest).values(visitor=visitor)
        )

    def say(self, visit: Visit, said: str) -> None:
        """Note what a visitor is told when it asks what is wrong."""
        self.connection.execute(update(pickup_visit).where(pickup_visit.c.digest == visit.digest).values(said=said))

    def close_visit(self, visit: Visit, now: datetime) -> None:
        """End a visit; a task that it was asked waits again, from its first step."""
        ended = update(pickup_visit).where(pickup_visit.c.digest == visit.digest).values(closed_at=now)
        self.connection.execute(ended)
        left = pickup_task.c.visit == visit.digest, pickup_task.c.state == "asked"
        self.connection.execute(update(pickup_task).where(*left).values(_FRESH | {"changed_at": now}))

    def forget_visits(self, before: datetime) -> int:
        """Delete visits that ended before a moment, and say how many those were."""
        old = pickup_visit.c.system == self.system, pickup_visit.c.closed_at < before
        return self.connection.execute(delete(pickup_visit).where(*old)).rowcount

    def asked(self, visit: Visit) -> Task | None:
        """Give the task whose answer a visit owes."""
        mine = pickup_task.c.visit == visit.digest, pickup_task.c.state == "asked"
        row = self.connection.execute(select(pickup_task).where(*mine)).first()
        return None if row is None else _task(row)

    def next(self, place: str, now: datetime) -> Task | None:
        """Give the task that has waited longest of those that may be asked now."""
        due = (*self._waiting(place), pickup_task.c.not_before <= now)
        row = self.connection.execute(select(pickup_task).where(*due).order_by(pickup_task.c.id).limit(1)).first()
        return None if row is None else _task(row)

    def left(self, place: str) -> int:
        """Count the tasks of a place that are not ended."""
        unfinished = self._at(place), pickup_task.c.state.in_(OPEN)
        return self.connection.execute(select(func.count()).select_from(pickup_task).where(*unfinished)).scalar_one()

    def next_at(self, place: str) -> datetime | None:
        """Say when the next task of a place may be asked; None when none waits."""
        moments = select(pickup_task.c.not_before).where(*self._waiting(place))
        return self.connection.execute(moments.order_by(pickup_task.c.not_before).limit(1)).scalar_one_or_none()

    def _at(self, place: str) -> ColumnElement[bool]:
        return and_(pickup_task.c.system == self.system, pickup_task.c.place == place)

    def _waiting(self, place: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._at(place), pickup_task.c.state == "waiting"

    def ask(self, task: Task, visit: Visit, step: str, memory: Mapping[str, str], now: datetime) -> None:
        """Note that a visit is asked the next step of a task, as the task is now."""
        values = {
            "state": "asked", "visit": visit.digest, "step": step, "memory": json.dumps(dict(memory)),
            "asked_revision": task.revision, "changed_at": now,
        }  # fmt: skip
        self._change(task.id, values)

    def go_on(self, task: Task, step: str, memory: Mapping[str, str], now: datetime) -> None:
        """Note that a step was answered and another comes next."""
        self._change(task.id, {"state": "waiting", "step": step, "memory": json.dumps(dict(memory)), "changed_at": now})

    def again(self, task: Task, message: str, not_before: datetime, now: datetime) -> None:
        """Let a task begin anew after an attempt that failed for a passing reason."""
        values = {"attempts": task.attempts + 1, "message": message, "not_before": not_before, "changed_at": now}
        self._change(task.id, _FRESH | values)

    def done(self, task: Task, visit: Visit, reference: str, now: datetime) -> None:
        """Note that a task is done; when it was changed while it was asked, it waits anew."""
        values = {"state": "done", "reference": reference, "visit": "", "message": "", "changed_at": now}
        stale = task.asked_revision != task.revision
        self._change(task.id, values | (_FRESH if stale else {}))
        self._count(visit)

    def fail(self, task: Task, visit: Visit, error: RecordRejected, now: datetime) -> None:
        """Note that a task cannot be done until somebody mends something; one changed meanwhile waits anew."""
        values = {
            "state": "failed", "visit": "", "code": error.code, "message": error.message, "remedy": error.remedy,
            "attempts": task.attempts + 1, "changed_at": now,
        }  # fmt: skip
        stale = task.asked_revision != task.revision
        self._change(task.id, values | (_FRESH if stale else {}))
        self._count(visit)

    def _count(self, visit: Visit) -> None:
        mine = pickup_visit.c.digest == visit.digest
        self.connection.execute(update(pickup_visit).where(mine).values(done=pickup_visit.c.done + 1))

    def put_back(self, number: int, now: datetime) -> Task:
        """Let a task that failed wait anew, and give it; raise NotThere when there is none of that number."""
        found = self.find(number)
        if found.state != "failed":
            raise RecordRejected(
                f"is {found.state}, not failed", record=f"{found.kind} {found.key}",
                remedy="Only what has failed is tried again by hand.",
            )  # fmt: skip
        self._change(number, _FRESH | {"attempts": 0, "not_before": now, "changed_at": now})
        return found

    def find(self, number: int) -> Task:
        """Give a task by its number; raise NotThere when there is none."""
        mine = pickup_task.c.id == number, pickup_task.c.system == self.system
        row = self.connection.execute(select(pickup_task).where(*mine).with_for_update()).first()
        if row is None:
            raise NotThere(f"there is no task {number} for {self.system}", remedy="List what waits.")
        return _task(row)

    def tasks(self, *, place: str = "", states: Sequence[str] = (*OPEN, "failed"), limit: int = 100) -> list[Task]:
        """Give the tasks in these states, in the order in which they came."""
        wanted = select(pickup_task).where(pickup_task.c.system == self.system, pickup_task.c.state.in_(states))
        if place:
            wanted = wanted.where(pickup_task.c.place == place)
        return [_task(row) for row in self.connection.execute(wanted.order_by(pickup_task.c.id).limit(limit))]

    def _change(self, number: int, values: Mapping[str, object]) -> None:
        self.connection.execute(update(pickup_task).where(pickup_task.c.id == number).values(**values))


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


def _visit(row: Row[tuple[object, ...]]) -> Visit:
    return Visit(row.digest, row.place, row.done, row.said, row.visitor)


def _task(row: Row[tuple[object, ...]]) -> Task:
    return Task(
        id=row.id, place=row.place, kind=row.kind, key=row.key, payload=row.payload, revision=row.revision,
        state=row.state, step=row.step, memory=json.loads(row.memory), asked_revision=row.asked_revision,
        attempts=row.attempts, not_before=row.not_before, reference=row.reference, code=row.code, message=row.message,
        remedy=row.remedy, queued_at=row.queued_at, changed_at=row.changed_at,
    )  # fmt: skip
