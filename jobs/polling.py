"""What jobs that ask a system for its records have in common: readings, each a step, and then the delivery."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from sqlalchemy import Connection

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING, SYNCED_OBJECTS
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.jobs.summaries import refusals, samples
from drawbar.middleware.engine import JobContext
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.sync.polled import PolledResult, PolledRun

Progress = Callable[[str, int, int], None]


@runtime_checkable
class Rehearsed(Protocol):
    """A job that can say what a run would do; `drawbar run JOB --dry-run` asks for it."""

    def rehearse(self, run_id: str, progress: Progress) -> Json: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One kind of records that a job asks for; `take` asks and takes in, and is safe to repeat."""

    name: str
    take: Callable[[PolledRun], PolledResult]


@dataclass(frozen=True, slots=True)
class PollingJob(ABC):
    """A job that asks a system for records and delivers what they changed.

    What had been read when the system failed is delivered; the run ends as paused or stopped all the same.
    """

    hub: Hub

    @abstractmethod
    def readings(self, now: datetime) -> Sequence[Reading]:
        """Give what is read, in order: parents before children."""

    def send(self, steps: RunSteps) -> Json:
        """Write back what waits for the system, before it is read; gives what it came to, for the run's summary."""
        del steps
        return {}

    def hand_on(self, steps: RunSteps) -> Json:
        """Let what was read go on: deliver what it changed; gives what it came to, for the run's summary."""
        return {"delivered": steps.deliver("what was read")}

    def __call__(self, context: JobContext) -> None:
        steps = RunSteps.begin(self.hub, context)
        summary: Json = {"read": {}}
        end: RunEnded | None = None
        try:
            summary |= self.send(steps)
            for reading in self._readings(steps.now):
                summary["read"][reading.name] = steps.guarded(f"read {reading.name}", self._taking(reading, steps))
        except RunEnded as early:
            end = early
        try:
            summary |= self.hand_on(steps)
        except RunEnded as undelivered:
            end = end or undelivered
        if end is None:
            steps.finish("incomplete" if _left_something(summary) else "succeeded", summary, "")
        else:
            steps.finish(end.state, summary, end.reason)

    def _readings(self, now: datetime) -> Sequence[Reading]:
        try:
            return self.readings(now)
        except DrawbarError as error:
            raise RunEnded("stopped", str(error)) from error

    def rehearse(self, run_id: str, progress: Progress) -> Json:
        """Do everything short of delivering in one transaction, give what it came to, and undo it."""
        now = self.hub.clock()
        read: dict[str, Json] = {}
        with self.hub.engine.connect() as connection:
            try:
                for each in self.readings(now):
                    run = self._run(connection, run_id, now, lambda: None, _telling(each, progress))
                    read[each.name] = asdict(each.take(run))
                return {
                    "read": read,
                    "samples": samples(connection, SYNCED_OBJECTS, self.hub.sync.sample),
                    "refusals": refusals(connection, SYNCED_OBJECTS, run_id, self.hub.sync.sample),
                }
            finally:
                connection.rollback()

    def _taking(self, reading: Reading, steps: RunSteps) -> Callable[[], Json]:
        def take() -> Json:
            with self.hub.engine.connect() as connection:
                told = _telling(reading, steps.progress)
                run = self._run(connection, steps.context.run_id, steps.now, connection.commit, told)
                return asdict(reading.take(run))

        return take

    def _run(
        self,
        connection: Connection,
        run_id: str,
        now: datetime,
        commit: Callable[[], None],
        progress: Callable[[int], None],
    ) -> PolledRun:
        return PolledRun(
            connection=connection, target=TARGET, bookkeeping=BOOKKEEPING, reporter=self.hub.reporter, run_id=run_id,
            now=now, commit=commit, progress=progress,
        )  # fmt: skip


def _telling(reading: Reading, progress: Progress) -> Callable[[int], None]:
    return lambda done: progress(f"reading {reading.name}", done, 0)


def _left_something(summary: Json) -> bool:
    tallies = [tally for part in ("delivered", "sent") for tally in summary.get(part, _NOTHING)["objects"].values()]
    return any(each["refused"] for each in (*summary["read"].values(), *tallies))


_NOTHING: Final[Json] = {"objects": {}}
