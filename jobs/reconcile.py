"""Compares what the hub says every record should be with what is in Salesforce, and repairs it (P25, P30)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

from sqlalchemy import func, select

from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS
from drawbar.connectors.salesforce.records.gps_alert_task import TASK
from drawbar.connectors.salesforce.records.gps_position import GPS_POSITION
from drawbar.connectors.salesforce.records.stored import compared_fields
from drawbar.connectors.salesforce.records.sync_error import SYNC_ERROR
from drawbar.jobs.findings import Findings, Strangers
from drawbar.jobs.hub import TARGET, Hub
from drawbar.jobs.standing import NothingTaken, NotKept, Standing, standing
from drawbar.jobs.steps import Json, RunEnded, RunSteps
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobContext
from drawbar.middleware.sync.reconcile import Comparer, Comparison
from drawbar.middleware.sync.runs import RunState
from drawbar.middleware.sync.tables import outbox

RECONCILED: tuple[str, ...] = tuple(
    name for name in SYNCED_OBJECTS if name not in {SYNC_ERROR.api_name, TASK.api_name, GPS_POSITION.api_name}
)
"""The objects that are compared, parents before children. Sync Errors tell of failures and come and go with them, a
task is its owner's once it was made, and positions never change: the hub forgets them after some weeks."""

EXAMPLES = 10
"""Examples of each kind per object, unless the run asks for another number."""


@dataclass(frozen=True, slots=True)
class ReconcileJob:
    """Compares object by object; with the parameter `repair` queues and delivers what is missing or differs.

    Parameters: `objects` (all when empty), `repair`, `limit` (examples of each kind per object). A run that was
    interrupted goes on with the Bulk queries that it had asked for.
    """

    hub: Hub

    def __call__(self, context: JobContext) -> None:
        steps = ReconcileSteps.begin(self.hub, context)
        summary: Json = {"compared": {}}
        try:
            asked = {name: steps.ask(name) for name in context.parameters.get("objects") or RECONCILED}
            for name, job_id in asked.items():
                summary["compared"][name] = steps.compare(name, job_id)
            if any(each.get("queued") for each in summary["compared"].values()):
                summary["delivered"] = steps.deliver("repairs")
        except RunEnded as end:
            steps.finish(end.state, summary, end.reason)
        else:
            steps.finish(_state(summary), summary, "")


class ReconcileSteps(RunSteps):
    """The steps of one comparison, each of them durable and safe to repeat."""

    def ask(self, name: str) -> str:
        """Ask Salesforce for all records of an object, and give the job's id."""
        paths = [each.path for each in compared_fields(name)]
        return self.guarded(f"ask for {name}", lambda: self.hub.reader().open_bulk_read(name, paths), about=name)

    def compare(self, name: str, job_id: str) -> Json:
        """Compare one object with the answer, and queue its repairs."""
        return self.guarded(f"compare {name}", lambda: self._compare(name, job_id), about=name)

    def _compare(self, name: str, job_id: str) -> Json:
        try:
            wanted = standing(self.hub, name, self.now)
        except (NothingTaken, NotKept) as reason:
            return {"not_compared": str(reason), "expected": isinstance(reason, NothingTaken)}
        asked = self.context.parameters
        limit = int(asked.get("limit", EXAMPLES))
        findings = Findings(
            self.hub, name, self.context.run_id, self.now, limit, repair=bool(asked.get("repair"))
        )  # fmt: skip
        result = self._passed(wanted, job_id, findings)
        findings.audit(result)
        findings.known_failures()
        return self._summed(wanted, result, findings)

    def _passed(self, wanted: Standing, job_id: str, findings: Findings) -> Comparison:
        compared, reader = compared_fields(wanted.object), self.hub.reader()
        comparer = Comparer(
            compared, wanted.chunks, Strangers(self.hub, wanted).reasons, findings.limit,
            lambda phase, done: self.progress(f"{wanted.object}: {phase}", done, 0),
        )  # fmt: skip
        self.progress(f"{wanted.object}: waiting for Salesforce", 0, 0)
        reader.wait_for_bulk_read(job_id)
        held = reader.bulk_read(job_id, wanted.object, [each.path for each in compared])
        return comparer.compare(held, findings.take)

    def _summed(self, wanted: Standing, result: Comparison, findings: Findings) -> Json:
        notices = [wanted.notice] if wanted.notice else []
        if waiting := self._waiting(wanted.object):
            notices.append(f"{waiting:,} changes still wait in the outbox; they count as differences")
        return {
            **_counts(result), "origin": wanted.origin, "queued": findings.queued, "notices": notices,
            "examples": {"missing": findings.missing, "differing": findings.differing},
        }  # fmt: skip

    def _waiting(self, name: str) -> int:
        """Count the changes of others than this run that have not been delivered."""
        statement = select(func.count()).where(
            outbox.c.target == TARGET, outbox.c.object == name, outbox.c.run_id != self.context.run_id
        )
        with reading(self.hub.engine) as connection:
            return int(connection.execute(statement).scalar_one())


def _counts(result: Comparison) -> Json:
    values = {each.name: getattr(result, each.name) for each in fields(result)}
    return {name: dict(value) if isinstance(value, Counter) else value for name, value in values.items()}


def _state(summary: Json) -> RunState:
    """A comparison that leaves differences, or could not be made, is `incomplete`."""
    remaining = any(_remains(each) for each in summary["compared"].values())
    tallies = summary.get("delivered", {}).get("objects", {}).values()
    return "incomplete" if remaining or any(tally["refused"] for tally in tallies) else "succeeded"


def _remains(compared: Json) -> bool:
    if "not_compared" in compared:
        return not compared["expected"]
    unrepaired = compared["missing"] + compared["differing"] - compared["queued"]
    return bool(unrepaired or compared["extra"])
