"""A plan: what a run would do, told record by record, and bound to the world that it was made against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.jobs.inbound import Waiting, look_out
from drawbar.jobs.plan_changes import FormerValues, PlannedChange, Tally, complete, outbox_tally, planned_changes
from drawbar.jobs.rehearsal import Progress, Rehearsal, told
from drawbar.middleware.sync.tables import dead_letter, feed, source_delivery

Json = dict[str, Any]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The head of a plan: what it takes, what it comes to, and the world that it was made against.

    `deliveries` are name, business date and SHA-256 of the content; `objects` counts per object; `state` digests of
    what the changes depend on, by name; `digest` that of all changes; `content` that of all that will be sent.
    """

    id: str
    made_at: datetime
    made_by: str
    drawbar: str
    database: str
    accept_shrink: bool
    masked: bool
    deliveries: tuple[Mapping[str, str], ...]
    objects: Mapping[str, Mapping[str, int]]
    records: int
    refused_deliveries: tuple[Mapping[str, str], ...]
    notices: tuple[str, ...]
    not_listed: tuple[str, ...]
    state: Mapping[str, str]
    digest: str
    content: str
    format: int = FORMAT

    def as_json(self) -> Json:
        return {**asdict(self), "made_at": self.made_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Json) -> Plan:
        """Read what `as_json` gave; raise TypeError, KeyError or ValueError for anything else."""
        lists = {name: tuple(stored[name]) for name in ("deliveries", "refused_deliveries", "notices", "not_listed")}
        return cls(**{**stored, **lists, "made_at": datetime.fromisoformat(stored["made_at"])})

    @property
    def waiting(self) -> list[Waiting]:
        return [Waiting.from_json(dict(each)) for each in self.deliveries]


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan whose rehearsal is still open, so that its changes can be read as often as wanted, in small memory."""

    plan: Plan
    changes: Callable[[], Iterator[PlannedChange]]


@contextmanager
def planning(hub: Hub, *, by: str, accept_shrink: bool, progress: Progress) -> Iterator[OpenPlan]:
    """Rehearse what waits and give its plan; what the rehearsal did is undone when the block ends."""
    now = hub.clock()
    lookout = look_out(hub, now, tidy=False)
    rehearsal = Rehearsal(hub, "plan", now, lookout.ready, accept_shrink, progress)
    with rehearsed(rehearsal, by) as (found, connection):
        trouble = {name: tuple(value) for name, value in told(lookout).items()}
        plan = Plan(**{**asdict(found), **trouble})
        yield OpenPlan(plan, lambda: planned_changes(connection))


@contextmanager
def rehearsed(rehearsal: Rehearsal, by: str) -> Iterator[tuple[Plan, Connection]]:
    """Rehearse given deliveries; gives the plan that they lead to, and the connection that still sees its changes."""
    with rehearsal.opened() as work:
        state, former = state_of(work.connection), FormerValues.now(work.connection)
        summary = rehearsal.perform(work)
        complete(work, former)
        rehearsal.progress("reading the changes", 0, 0)
        digest, records = _changes(work.connection)
        yield _plan(rehearsal, by, summary, state, (digest, outbox_tally(work.connection), records)), work.connection


def _changes(connection: Connection) -> tuple[str, int]:
    total, records = Tally(), 0
    for change in planned_changes(connection):
        total.add(change.line)
        records += 1
    return total.hex, records


def _plan(
    rehearsal: Rehearsal, by: str, summary: Json, state: Mapping[str, str], changes: tuple[str, str, int]
) -> Plan:
    digest, content, records = changes
    return Plan(
        id=digest[:12], made_at=rehearsal.now, made_by=by, drawbar=version("drawbar"),
        database=database_of(rehearsal.hub), accept_shrink=rehearsal.accept_shrink, masked=False,
        deliveries=tuple({name: each[name] for name in _OF_DELIVERY} for each in summary["deliveries"]),
        objects=summary["objects"], records=records, refused_deliveries=(), notices=(),
        not_listed=tuple(sorted({each for names in BOOKKEEPING.values() for each in names})),
        state=state, digest=digest, content=content,
    )  # fmt: skip


_OF_DELIVERY: Sequence[str] = ("name", "business_date", "content")


def database_of(hub: Hub) -> str:
    """Tell this hub's database from any other, without its user and password (SHA-256)."""
    url = hub.engine.url
    place = str(Path(url.database or "").resolve()) if hub.engine.dialect.name == "sqlite" else str(url.database)
    return _sha256([hub.engine.dialect.name, url.host or "", url.port or 0, place])


def state_of(connection: Connection) -> dict[str, str]:
    """Give digests of what the changes of a run depend on, by a name that a person understands."""
    feeds = select(feed.c.name, feed.c.generation, feed.c.version, feed.c.source_file, feed.c.cursor)
    taken = select(source_delivery.c.name, source_delivery.c.state, source_delivery.c.detail)
    failures = select(func.count(), func.max(dead_letter.c.id), func.max(dead_letter.c.last_at))
    begun = taken.add_columns(source_delivery.c.entities_done).where(source_delivery.c.system == SYSTEM)
    return {
        "what was taken from LeaseWorks": _rows(connection, feeds.order_by(feed.c.name)),
        "which deliveries were taken": _rows(connection, begun.order_by(source_delivery.c.name)),
        "what waits to be sent": outbox_tally(connection),
        "which failures are open": _rows(connection, failures.where(dead_letter.c.state == "open")),
    }


def _rows(connection: Connection, statement: Any) -> str:
    return _sha256([[str(cell) for cell in row] for row in connection.execute(statement)])


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
