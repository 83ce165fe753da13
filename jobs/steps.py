"""What the runs of all jobs have in common: a beginning, steps that are recorded, deliveries, and an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Self, TypeVar

from drawbar.connectors.salesforce.errors import QuotaSpent
from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.jobs.api_budget import OTHER, calls_by_object
from drawbar.jobs.hub import TARGET, Hub
from drawbar.middleware.engine import JobContext
from drawbar.middleware.errors import ConfigError, DrawbarError, RetryLater
from drawbar.middleware.observe import RunEnded as EndOfRun
from drawbar.middleware.observe import StepActivity
from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget, RecordTarget
from drawbar.middleware.sync.deliver import Courier, DeliveryResult
from drawbar.middleware.sync.runs import Runs, RunState

Json = dict[str, Any]
Answer = TypeVar("Answer")

_PATIENCE_SECONDS: Final = 600.0
"""How long a delivery waits for that of another job; jobs with locks of their own run side by side."""


class RunEnded(Exception):
    """The run ends before its time, in a state that says what happens next."""

    def __init__(self, state: RunState, reason: str) -> None:
        super().__init__(reason)
        self.state: RunState = state
        self.reason = reason


def told(action: Callable[[], Any]) -> dict[str, Any]:
    """Do something and tell its answer, or the foreseen end of the run that it leads to, as plain JSON."""
    try:
        return {"value": action()}
    except (QuotaSpent, RetryLater) as error:
        return {"end": ["paused", str(error)]}
    except DrawbarError as error:
        return {"end": ["stopped", str(error)]}


def send(
    hub: Hub,
    target: RecordTarget,
    order: Sequence[str],
    run_id: str,
    progress: Callable[[str, int, int], None] = lambda _phase, _done, _total: None,
) -> DeliveryResult:
    """Empty the outbox of another system than Salesforce, one process at a time."""
    courier = Courier(
        engine=hub.engine, target=target, reporter=hub.reporter, order=order, bulk_above=hub.sync.bulk_above,
        max_attempts=hub.sync.max_attempts, run_id=run_id, clock=hub.clock,
        progress=lambda name, done, total: progress(f"sending {name}", done, total), observer=hub.observers,
        shown_at=TARGET,
    )  # fmt: skip
    with hub.locks.held(f"target {target.name}", f"writing to {target.name}"):
        return courier.deliver()


@dataclass(frozen=True, slots=True)
class RunSteps:
    """The steps of one run; `now` is when it began, also for a run that goes on after a crash.

    `calls` counts the API calls of the steps so far by object, also of steps that were done before a crash.
    """

    hub: Hub
    context: JobContext
    now: datetime
    calls: Counter[str] = field(default_factory=Counter, init=False)

    @classmethod
    def begin(cls, hub: Hub, context: JobContext) -> Self:
        def start() -> str:
            now = hub.clock()
            with hub.engine.begin() as connection:
                Runs(connection).start(context.run_id, now)
            return now.isoformat()

        return cls(hub, context, datetime.fromisoformat(context.step("begin", start)))

    def guarded(self, name: str, action: Callable[[], Answer], *, about: str = OTHER) -> Answer:
        """Do a step whose recorded answer tells a foreseen end as well, so that a resumed run ends the same way.

        `about` is the object for which its calls are counted.

        Raises RunEnded for such an end. Any other error is Drawbar's own: the run is noted as failed, and it goes up.
        """
        answer = self.context.step(name, lambda: self._counted(name, action))
        self.calls[about] += answer.get("calls", 0)
        if "end" in answer:
            raise RunEnded(*answer["end"])
        value: Answer = answer["value"]
        return value

    def _counted(self, name: str, action: Callable[[], Answer]) -> dict[str, Any]:
        before = self._calls_so_far()
        step = StepActivity(self.context.run_id, self.context.job, name)
        with self.hub.observers.during(step):
            answer = self._noting_failure(lambda: told(action))
            step.calls = self._calls_so_far() - before
            step.end = answer.get("end", [""])[0]
        return {**answer, "calls": step.calls}

    def _calls_so_far(self) -> int:
        try:
            return self.hub.reader().calls
        except ConfigError:  # without Salesforce there are no calls
            return 0

    def in_parts(self, kind: str, name: str, parts: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Have parts of the run done by whichever workers are free, and give their answers in order.

        Raises RunEnded for the first that tells a foreseen end; by then all have ended.
        """
        answers = self._noting_failure(
            lambda: self.context.in_parts(kind, name, parts, lambda ended: self.progress(name, ended, len(parts)))
        )
        for answer in answers:
            if "end" in answer:
                raise RunEnded(*answer["end"])
        return [answer["value"] for answer in answers]

    def _noting_failure(self, action: Callable[[], Answer]) -> Answer:
        """Do something; an error that nobody foresaw is Drawbar's own, and is noted as the end of the run."""
        try:
            return action()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            with self.hub.engine.begin() as connection:
                Runs(connection).finish(self.context.run_id, "failed", {}, error=reason, now=self.hub.clock())
            raise

    def deliver(self, occasion: str) -> Json:
        """Empty the outbox; ends the run as paused when Salesforce cannot take everything now."""
        delivered = self.guarded(f"deliver {occasion}", self._deliver)
        by_object = delivered.get("calls", {})
        self.calls.update(by_object)
        self.calls[OTHER] -= sum(by_object.values())
        if delivered["paused"]:
            raise RunEnded("paused", delivered["paused"])
        return delivered

    def _deliver(self) -> Json:
        sync = self.hub.sync
        courier = Courier(
            engine=self.hub.engine, target=self.hub.salesforce(), reporter=self.hub.reporter, order=SYNCED_OBJECTS,
            bulk_above=sync.bulk_above, max_attempts=sync.max_attempts, run_id=self.context.run_id,
            clock=self.hub.clock, progress=lambda name, done, total: self.progress(f"delivering {name}", done, total),
            observer=self.hub.observers,
        )  # fmt: skip
        before = self._calls_so_far()
        with self.hub.locks.held(f"target {TARGET}", "delivering to Salesforce", patience=_PATIENCE_SECONDS):
            result = courier.deliver()
        calls = calls_by_object(self._calls_so_far() - before, result.objects)
        objects = {name: asdict(tally) for name, tally in result.objects.items()}
        return {"objects": objects, "paused": result.paused, "calls": calls}

    def send(self, occasion: str, target: Callable[[], RecordTarget], order: Sequence[str]) -> Json:
        """Empty the outbox of another system than Salesforce; failures are shown in Salesforce all the same.

        Ends the run as paused when that system cannot take everything now.
        """
        sent = self.guarded(f"send {occasion}", lambda: self._send(target(), order))
        if sent["paused"]:
            raise RunEnded("paused", sent["paused"])
        return sent

    def _send(self, target: RecordTarget, order: Sequence[str]) -> Json:
        result = send(self.hub, target, order, self.context.run_id, self.progress)
        return {"objects": {name: asdict(tally) for name, tally in result.objects.items()}, "paused": result.paused}

    def finish(self, state: RunState, summary: Json, error: str) -> None:
        """Note how the run ended, and the API calls that it has cost by object."""
        cost = {name: count for name, count in self.calls.items() if count}

        def end() -> None:
            with self.hub.engine.begin() as connection:
                whole = {**summary, "api_calls": cost}
                Runs(connection).finish(self.context.run_id, state, whole, error=error, now=self.hub.clock())
            self.hub.observers.happened(EndOfRun(self.context.run_id, self.context.job, state))

        self.context.step("end", end)

    def progress(self, phase: str, done: int, total: int) -> None:
        """Note how far the run is, and what is known of the API calls; outside a transaction of the caller."""
        budget = self._budget()
        with self.hub.engine.begin() as connection:
            Runs(connection).report(self.context.run_id, phase, done, total, now=self.hub.clock(), budget=budget)

    def _budget(self) -> ApiBudget:
        try:
            return self.hub.salesforce().budget
        except ConfigError:  # without Salesforce there is none
            return UNKNOWN_BUDGET
