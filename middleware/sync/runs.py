"""Runs of jobs as people see them: state, progress and summary."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from drawbar.middleware.errors import NotThere
from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget
from drawbar.middleware.sync.tables import run

RunState = Literal["queued", "running", "succeeded", "incomplete", "paused", "stopped", "failed"]
"""How a run stands.

`incomplete`: done, but some records failed and wait as dead letters. `paused`: goes on by itself later (quota, an
unreachable system). `stopped`: a person has to decide or mend something. `failed`: an error in Drawbar.
"""

ENDED: frozenset[str] = frozenset({"succeeded", "incomplete", "paused", "stopped", "failed"})
DONE: frozenset[str] = frozenset({"succeeded", "incomplete"})
"""The run did all that it could; what it could not do are failures of single records."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job; `summary` and `parameters` are JSON objects, `error` says why it did not succeed."""

    id: str
    job: str
    state: RunState
    parameters: Mapping[str, Any]
    requested_by: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    phase: str
    done: int
    total: int
    summary: Mapping[str, Any]
    error: str


def new_run_id(job: str, now: datetime) -> str:
    """Make an id that sorts by time within a job: `accounts-20260302T060000-1f3a`."""
    return f"{job}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs, inside the caller's transaction."""

    connection: Connection

    def queue(self, run_id: str, job: str, parameters: Mapping[str, Any], *, by: str, now: datetime) -> None:
        """Note a run that shall start; nothing happens when it is noted already (a schedule's tick that came twice)."""
        values = {"id": run_id, "job": job, "state": "queued", "requested_by": by, "queued_at": now}
        with suppress(IntegrityError), self.connection.begin_nested():
            self.connection.execute(insert(run).values(**values, parameters=json.dumps(parameters)))

    def start(self, run_id: str, now: datetime) -> None:
        started = {"state": "running", "started_at": now, "finished_at": None, "error": "", "reported_at": now}
        self.connection.execute(update(run).where(run.c.id == run_id).values(started))

    def report(
        self, run_id: str, phase: str, done: int, total: int, *, now: datetime, budget: ApiBudget = UNKNOWN_BUDGET
    ) -> None:
        """Note how far a run is, and the target's budget as its last answer told it, where it has told one.

        A `total` of 0 means that the end is not known.
        """
        values: dict[str, object] = {"phase": phase, "done": done, "total": total, "reported_at": now}
        if budget.used is not None and budget.allowed is not None:
            values |= {"api_used": budget.used, "api_allowed": budget.allowed}
        self.connection.execute(update(run).where(run.c.id == run_id).values(values))

    def finish(
        self, run_id: str, state: RunState, summary: Mapping[str, Any], *, error: str = "", now: datetime
    ) -> None:
        values = {"state": state, "summary": json.dumps(summary), "error": error, "finished_at": now, "phase": ""}
        self.connection.execute(update(run).where(run.c.id == run_id).values(values))

    def get(self, run_id: str) -> Run:
        """Give one run; raise NotThere when there is none of that id."""
        row = self.connection.execute(select(run).where(run.c.id == run_id)).first()
        if row is None:
            raise NotThere(f"there is no run {run_id}", remedy="List them with: drawbar runs")
        return _run(row)

    def queued(self) -> list[Run]:
        """Give the runs that have not started, oldest first."""
        statement = select(run).where(run.c.state == "queued").order_by(run.c.queued_at)
        return [_run(row) for row in self.connection.execute(statement)]

    def unfinished(self) -> list[Run]:
        """Give the runs that have not ended, oldest first."""
        statement = select(run).where(run.c.state.not_in(ENDED)).order_by(run.c.queued_at)
        return [_run(row) for row in self.connection.execute(statement)]

    def ended_after(self, moment: datetime) -> list[Run]:
        """Give the runs that ended after a moment, oldest first."""
        statement = select(run).where(run.c.finished_at > moment).order_by(run.c.finished_at)
        return [_run(row) for row in self.connection.execute(statement)]

    def latest(self, *, job: str = "", limit: int = 20) -> list[Run]:
        statement = select(run).order_by(run.c.queued_at.desc(), run.c.id.desc()).limit(limit)
        if job:
            statement = statement.where(run.c.job == job)
        return [_run(row) for row in self.connection.execute(statement)]


def _run(row: Row[tuple[object, ...]]) -> Run:
    return Run(
        row.id, row.job, row.state, json.loads(row.parameters), row.requested_by, row.queued_at, row.started_at,
        row.finished_at, row.phase, row.done, row.total, json.loads(row.summary), row.error,
    )  # fmt: skip
