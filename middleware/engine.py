"""The job engine: durable, resumable runs on DBOS. The only module that imports it.

What DBOS leaves to its user, and how it is done here (measured under kill -9; see docs/adr/0004-dbos.md):
every process works under a fresh executor id and holds a lock of that name; a sweeper that twice obtains the lock of
another executor takes over its work; a watchdog ends a process whose work has hung. What a process still commits after
others took over is refused by the database. The application version is pinned, since it says which process may go on
with a run, and the state is JSON.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import sqlalchemy
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    SetEnqueueOptions,
    SetWorkflowID,
    WorkflowHandle,
)
from dbos._context import current_owner_xid
from dbos._error import DBOSWorkflowConflictIDError
from sqlalchemy import column, select, table
from sqlalchemy.exc import DBAPIError

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.outages import is_outage, through_outages
from drawbar.middleware.engine_tables import runs_table
from drawbar.middleware.locks import IN_USE, HeldLock, Locks
from drawbar.middleware.watchdog import Watchdog

RUN_FORMAT: Final = "2"
"""Raised when a job's steps change so that a run begun by the former release could not go on."""

JOBS_QUEUE: Final = "jobs"
PARTS_QUEUE: Final = "parts"
QUEUES: Final = (JOBS_QUEUE, PARTS_QUEUE)
"""Runs of jobs, and parts of runs; a process works on both unless it is told otherwise."""

_JOB: Final = "drawbar.job"
_PART: Final = "drawbar.part"
_APPLICATION: Final = "drawbar"
_SWEEP_SECONDS: Final = 1.0
_GRACE_SWEEPS: Final = 2
_WAIT_SECONDS: Final = 0.1
_RECOVERIES: Final = 10_000
"""How often a run may be taken over; DBOS would give one up for good after a hundred killed processes."""

_WORKFLOWS: Final = table("workflow_status", column("workflow_uuid"), column("owner_xid"), schema="dbos")
"""The engine's list of workflows on PostgreSQL; `owner_xid` names the execution that a workflow belongs to."""

_ENDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_KEEP_DAYS: Final = 30
_SUBSECOND_SQLITE: Final = (3, 42)
"""From here on SQLite knows unixepoch('subsec'), which DBOS takes for granted on Python 3.12 and later."""

_FORGET_AT_ONCE: Final = 10_000

Answer = TypeVar("Answer")


Submit = Callable[[str, str, Mapping[str, Any]], None]
"""Queues a run by its id, job and parameters."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job's body gets: its run, its parameters, and a way to make steps durable."""

    run_id: str
    job: str
    parameters: Mapping[str, Any]
    submit: Submit = field(kw_only=True)
    """Queues another run, which does not wait for this one; safe to repeat."""

    def step(self, name: str, action: Callable[[], Answer]) -> Answer:
        """Run one step, or give its recorded answer when this run did it before a crash.

        The answer must be plain JSON. A step may run twice when the process dies between its end and its record,
        so its effects have to be safe to repeat. It does so too while the database is away, for a minute.
        """
        return DBOS.run_step({"name": name}, lambda: through_outages(action))

    def in_parts(
        self, kind: str, name: str, parts: Sequence[Mapping[str, Any]], ended: Callable[[int], None]
    ) -> list[Any]:
        """Have parts of this run done, by whichever processes work on the queue of parts; gives their answers in order.

        `kind` says which part body does them, each with one of `parts` (plain JSON); `name` tells the group from the
        others of this run. `ended` hears how many have ended. A part may be done twice, as a step may. All parts have
        ended, well or not, before this does: then it raises the error of the first that failed.
        """
        names = [f"{self.run_id}/{name}/{number}" for number in range(1, len(parts) + 1)]
        handles = [self._part(each, kind, part) for each, part in zip(names, parts, strict=True)]
        self.step(f"wait for {name}", lambda: _wait_for_all(names, ended))
        return [each.get_result() for each in handles]

    def _part(self, part_id: str, kind: str, part: Mapping[str, Any]) -> WorkflowHandle[Any]:
        options: EnqueueOptions = {
            "workflow_name": _PART, "queue_name": PARTS_QUEUE, "workflow_id": part_id, "app_version": RUN_FORMAT
        }  # fmt: skip
        return DBOS.enqueue_workflow_with_options(options, self.run_id, part_id, kind, dict(part))


def _wait_for_all(workflow_ids: Sequence[str], ended: Callable[[int], None]) -> None:
    before = -1
    while before < len(workflow_ids):
        done = DBOS.list_workflows(
            workflow_ids=list(workflow_ids), status=list(_ENDED), load_input=False, load_output=False
        )
        if len(done) != before:
            ended(before := len(done))
        if before < len(workflow_ids):
            time.sleep(_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class PartContext:
    """What the body of a part gets: the run that it belongs to, an id of its own, and what it shall do."""

    run_id: str
    part_id: str
    parameters: Mapping[str, Any]


JobBody = Callable[[JobContext], None]
PartBody = Callable[[PartContext], Any]
"""Gives plain JSON."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A schedule: a cron expression of five fields in a named zone, and the job that it starts."""

    job: str
    cron: str
    zone: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a process takes on: work of which queues, and how many runs at the same time.

    Of parts a process does one at a time, since they keep a processor busy. Work that has stood still for
    `hung_after_seconds` ends the process.
    """

    queues: Sequence[str] = QUEUES
    concurrency: int = 2
    hung_after_seconds: float = 900


class JobEngine:
    """Runs jobs; one per process. `start` begins to work on the queues, `stop` lets running steps end.

    `locks` are those of the hub's database: what a run commits there is refused once others have taken the run over.
    """

    def __init__(
        self,
        *,
        database: sqlalchemy.Engine,
        locks: Locks,
        jobs: Mapping[str, JobBody],
        parts: Mapping[str, PartBody],
        lock_of: Callable[[str], str],
        capacity: Capacity,
    ) -> None:
        self._database = database
        self._locks = locks
        self._jobs = jobs
        self._parts = parts
        self._lock_of = lock_of
        self._capacity = capacity
        self._watchdog = Watchdog(capacity.hung_after_seconds)
        self._executor = ""
        self._alive: HeldLock | None = None
        self._in_use: HeldLock | None = None
        self._stopping = threading.Event()
        self._sweeper: threading.Thread | None = None
        self._on_tick: Callable[[str, datetime], str] | None = None
        if not logging.getLogger("dbos").handlers:  # else DBOS adds one of its own, which masks nothing
            logging.getLogger("dbos").addHandler(logging.NullHandler())

    def start(self) -> None:
        """Open the engine's tables, announce this process, take work from the queues and look after dead processes.

        Raises LockTaken while somebody moves the hub to another database.
        """
        self._in_use = self._locks.use()
        self._executor = executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._alive = self._locks.take(_executor_lock(executor))
        DBOS(config=self._configuration(executor))
        self._register()
        DBOS.listen_queues(self._capacity.queues)
        DBOS.launch()
        runs = self._capacity.concurrency
        DBOS.register_queue(JOBS_QUEUE, partition_concurrency=1, worker_concurrency=runs, polling_interval_sec=0.2)
        DBOS.register_queue(PARTS_QUEUE, worker_concurrency=1, polling_interval_sec=0.2)
        if self._locks.engine.dialect.name == "postgresql":
            sqlalchemy.event.listen(self._locks.engine, "commit", self._refuse_after_takeover)
        self._watchdog.start()
        self._sweeper = threading.Thread(target=self._sweep, args=(executor,), name="drawbar-sweeper", daemon=True)
        self._sweeper.start()

    def stop(self, *, drain_seconds: int = 30) -> None:
        """Let steps that run end, at most so long, and give up this process's place."""
        self._stopping.set()
        if self._sweeper is not None:
            self._sweeper.join(timeout=10)
        # DBOS waits a second even when nothing runs.
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_seconds if self._busy() else 0)
        self._watchdog.stop()
        if sqlalchemy.event.contains(self._locks.engine, "commit", self._refuse_after_takeover):
            sqlalchemy.event.remove(self._locks.engine, "commit", self._refuse_after_takeover)
        for lock in filter(None, (self._alive, self._in_use)):
            lock.release()

    def _busy(self) -> bool:
        """Say whether a run is under way in this process."""
        mine = DBOS.list_workflows(
            status="PENDING", executor_id=self._executor, limit=1, load_input=False, load_output=False
        )
        return bool(mine)

    def submit(self, run_id: str, job: str, parameters: Mapping[str, Any]) -> None:
        """Queue a run, once however often it is submitted; runs of one lock come one after the other."""
        with SetWorkflowID(run_id), SetEnqueueOptions(queue_partition_key=self._lock_of(job)):
            DBOS.enqueue_workflow(JOBS_QUEUE, self._workflow, run_id, job, dict(parameters))

    def wait(self, run_id: str) -> None:
        """Wait until a run has ended, well or not, whichever process works on it."""
        while (status := DBOS.get_workflow_status(run_id)) is None or status.status not in _ENDED:
            time.sleep(_WAIT_SECONDS)

    def schedule(self, ticks: list[Tick], on_tick: Callable[[str, datetime], str]) -> None:
        """Start jobs by the clock; `on_tick` notes the run of a tick and gives its id, always the same one."""
        self._on_tick = on_tick
        for stale in {each["schedule_name"] for each in DBOS.list_schedules()} - {tick.job for tick in ticks}:
            DBOS.delete_schedule(stale)
        DBOS.apply_schedules(
            [
                {
                    "schedule_name": tick.job,
                    "workflow_fn": self._tick,
                    "schedule": tick.cron,
                    "context": {"job": tick.job},
                    "cron_timezone": tick.zone,
                }
                for tick in ticks
            ]
        )

    def _configuration(self, executor: str) -> DBOSConfig:
        config: DBOSConfig = {
            "name": _APPLICATION,
            "application_version": RUN_FORMAT,
            "executor_id": executor,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "run_migrations": True,
            "scheduler_polling_interval_sec": 5.0,
            "notification_listener_polling_interval_sec": 0.2,
            "system_database_url": self._database.url.render_as_string(hide_password=False),
            "system_database_engine": self._database,
        }
        return config

    def _register(self) -> None:
        @DBOS.workflow(name=_JOB, max_recovery_attempts=_RECOVERIES)
        def run(run_id: str, job: str, parameters: dict[str, Any]) -> None:
            with self._watchdog.watching(run_id):
                self._jobs[job](JobContext(run_id, job, parameters, submit=self.submit))

        @DBOS.workflow(name=_PART, max_recovery_attempts=_RECOVERIES)
        def part(run_id: str, part_id: str, kind: str, parameters: dict[str, Any]) -> Any:
            with self._watchdog.watching(part_id):
                return through_outages(lambda: self._parts[kind](PartContext(run_id, part_id, parameters)))

        @DBOS.workflow(name="drawbar.tick")
        def tick(scheduled_at: datetime, context: dict[str, Any]) -> None:
            self._fire(scheduled_at, context["job"])

        self._workflow, self._tick = run, tick

    @staticmethod
    def _refuse_after_takeover(connection: sqlalchemy.Connection) -> None:
        """Before a commit within a run: make sure, in the same transaction, that the run is still this execution's.

        A process that was cut off from the database, and is not any more, may have lost its runs to others. Its commit
        would undo what they did since, so it is rolled back, and its thread waits for what the others make of the run.
        The row stays locked until the commit, so nobody can take the run over in between.
        """
        run_id = DBOS.workflow_id
        owner = None if run_id is None else current_owner_xid(run_id)
        if run_id is None or owner is None:
            return
        mine = select(_WORKFLOWS.c.owner_xid).where(_WORKFLOWS.c.workflow_uuid == run_id)
        if connection.execute(mine.with_for_update(key_share=True)).scalar_one_or_none() != owner:
            raise DBOSWorkflowConflictIDError(run_id)

    def _fire(self, scheduled_at: datetime, job: str) -> None:
        if self._on_tick is not None:
            self.submit(self._on_tick(job, scheduled_at), job, {})

    def _sweep(self, own: str) -> None:
        obtained: dict[str, int] = {}
        self._forget_old(datetime.now(UTC))
        while not self._stopping.wait(_SWEEP_SECONDS):
            try:
                self._stay_alive(own)
                obtained = self._sweep_once(own, obtained)
            except DBAPIError as error:
                if not is_outage(error):
                    raise
                obtained = {}  # who is alive is not known until everybody had time to come back

    def _stay_alive(self, own: str) -> None:
        """Announce this process again when its lock ended with a connection that the database has lost."""
        if self._alive is None or not self._alive.is_held():
            self._alive = self._locks.take(_executor_lock(own))
        if self._in_use is None or not self._in_use.is_held():
            self._in_use = self._locks.share(IN_USE)

    def _forget_old(self, now: datetime) -> None:
        """Delete the engine's records of runs that ended long ago; the hub's own list of runs stays."""
        before = (now - timedelta(days=_KEEP_DAYS)).isoformat()
        ended = DBOS.list_workflows(
            status=list(_ENDED), completed_before=before, limit=_FORGET_AT_ONCE,
            load_input=False, load_output=False,
        )  # fmt: skip
        if ended:
            DBOS.delete_workflows([each.workflow_id for each in ended])

    def _sweep_once(self, own: str, obtained: dict[str, int]) -> dict[str, int]:
        """Look at every executor with unfinished runs; recover the work of one whose lock was free twice in a row."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        others = {each.executor_id for each in pending if each.executor_id and each.executor_id != own}
        counts: dict[str, int] = {}
        for executor in others:
            lock = self._locks.take(_executor_lock(executor))
            if lock is None:
                continue
            try:
                counts[executor] = obtained.get(executor, 0) + 1
                if counts[executor] >= _GRACE_SWEEPS:
                    DBOS._recover_pending_workflows([executor])  # noqa: SLF001  (DBOS offers no public way)
            finally:
                lock.release()
        return counts


class JobQueue:
    """Queues runs for workers of whatever process; works on none itself."""

    def __init__(self, database: sqlalchemy.Engine, lock_of: Callable[[str], str]) -> None:
        self._database = database
        self._lock_of = lock_of
        self._client: DBOSClient | None = None

    def submit(self, run_id: str, job: str, parameters: Mapping[str, Any]) -> None:
        """Queue a run, once however often it is submitted."""
        if self._client is None:
            if runs_table(self._database) is None:  # no worker has been here yet
                create_engine_tables(self._database)
            self._client = DBOSClient(
                system_database_engine=self._database, serializer=DBOSPortableJSONSerializer(),
                application_name=_APPLICATION, retry_connection_errors=False,
            )  # fmt: skip
        options: EnqueueOptions = {
            "workflow_name": _JOB, "queue_name": JOBS_QUEUE, "workflow_id": run_id, "app_version": RUN_FORMAT,
            "queue_partition_key": self._lock_of(job),
        }  # fmt: skip
        self._client.enqueue(options, run_id, job, dict(parameters))

    def close(self) -> None:
        if self._client is not None:
            self._client.destroy()
            self._client = None


def _executor_lock(executor: str) -> str:
    return f"executor {executor}"


def open_engine_database(url: str) -> sqlalchemy.Engine:
    """Open the database of the engine's own tables: a SQLite file of its own, or the hub's PostgreSQL database."""
    if not url.startswith("sqlite"):
        return open_database(url)
    engine = sqlalchemy.create_engine(url, hide_parameters=True)
    sqlalchemy.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def create_engine_tables(database: sqlalchemy.Engine) -> None:
    """Create or upgrade the engine's own tables, as the start of an engine does."""
    DBOS.migrate(database.url.render_as_string(hide_password=False))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    if sqlite3.sqlite_version_info < _SUBSECOND_SQLITE:
        connection.create_function("unixepoch", 1, _unixepoch)
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _unixepoch(modifier: str) -> float:
    """Give the time as a newer SQLite would: seconds since 1970 with their fraction."""
    if modifier != "subsec":
        raise ValueError(f"unixepoch({modifier!r}) is not known to this SQLite")
    return time.time()
