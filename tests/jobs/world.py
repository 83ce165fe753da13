"""A hub, LeaseWorks' folder and a local org, put together as the command line does it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.jobs.catalogue import JOBS
from drawbar.jobs.hub import Hub
from drawbar.jobs.parts import intake_parts
from drawbar.jobs.replay import Replay
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.database.engine import reading
from drawbar.middleware.engine import JobContext, PartBody, PartContext
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters
from drawbar.middleware.sync.runs import Run, Runs, new_run_id
from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.leaseworks.delivery import OUTBOUND, delivery_name
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.tables import quoted
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.under_way import CallsUnderWay

Answer = TypeVar("Answer")
Record = dict[str, Any]

_SEEDED = {
    "Organization", "Profile", "User", "Group", "QueueSobject", "PermissionSet", "PermissionSetGroup",
    "PermissionSetAssignment", "RecordType", "_sequences",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlainContext(JobContext):
    """Runs steps at once; their answers pass through JSON, as they do in the engine."""

    bodies: Mapping[str, PartBody] = field(default_factory=dict)
    recorded: dict[str, Any] = field(default_factory=dict)

    def step(self, name: str, action: Callable[[], Answer]) -> Answer:
        if name not in self.recorded:
            self.recorded[name] = json.loads(json.dumps(action()))
        answer: Answer = self.recorded[name]
        return answer

    def in_parts(
        self, kind: str, name: str, parts: Sequence[Mapping[str, Any]], ended: Callable[[int], None]
    ) -> list[Any]:
        contexts = [
            PartContext(self.run_id, f"{self.run_id}/{name}/{number}", part) for number, part in enumerate(parts)
        ]
        answers = [self.step(each.part_id, partial(self.bodies[kind], each)) for each in contexts]
        ended(len(answers))
        return answers


class ServedOrg:
    """A local org that is served over HTTP, seen from behind: its records, its meter, its faults."""

    def __init__(self, local: LocalOrg, url: str, calls: CallsUnderWay) -> None:
        self.local = local
        self.url = url
        self._calls = calls

    def empty(self) -> None:
        """Forget all records, faults and counts, and what calls of a client that was killed still write."""
        self.local.faults.clear()
        self.settle()
        with self.local.org.transaction() as transaction:
            tables = transaction.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                if name not in _SEEDED and not name.startswith("sqlite_"):
                    transaction.connection.execute(f"DELETE FROM {quoted(name)}")
        self.local.meter.clear(limit_too=True)
        self.local.meter.daily_limit = 100_000

    def records(self, object_name: str, *, deleted: bool = False) -> dict[str, Record]:
        """Give all records by external key; a lookup to an object with such a key shows the parent's."""
        sobject = self.local.org.schema.get(object_name)
        assert sobject is not None
        keys = {name: self._keys(name) for name in EXTERNAL_IDS}
        alive = "" if deleted else ' WHERE "IsDeleted" = 0'
        with self.local.org.reading() as connection:
            cursor = connection.execute(f"SELECT * FROM {quoted(object_name)}{alive}")
            names = [each[0] for each in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
        for each in sobject.fields:
            parents = [name for name in each.reference_to if name in keys]
            for row in rows if parents else ():
                row[each.name] = keys[parents[0]].get(row[each.name], row[each.name])
        return {row[EXTERNAL_IDS[object_name]] or row["Id"]: row for row in rows}

    def record(self, object_name: str, key: str) -> Record:
        return self.records(object_name)[key]

    def everything(self) -> dict[str, dict[str, Record]]:
        """Give all records that Drawbar keeps, without what the org itself adds to them."""
        return {name: {key: ours(row) for key, row in self.records(name).items()} for name in EXTERNAL_IDS}

    def _keys(self, object_name: str) -> dict[str, str]:
        rows = self.local.org.read(f'SELECT "Id", "{EXTERNAL_IDS[object_name]}" FROM {quoted(object_name)}')
        return {str(record_id): str(key) for record_id, key in rows if key}

    def change(self, object_name: str, key: str, **fields: object) -> None:
        """Change a record as a person in Salesforce does."""
        found = self.records(object_name)[key]
        context = WriteContext(INTEGRATION_USER_ID, auto_assign=False)
        (result,) = self.local.org.write("update", object_name, [{"Id": found["Id"], **fields}], context=context)
        assert result.success, result.errors

    @property
    def calls_begun(self) -> int:
        """How many calls have reached the org."""
        return self._calls.begun

    def settle(self) -> None:
        """Wait until every call has ended and is counted, also a call that outlives its client."""
        self._calls.wait_until_none(self.url)

    def metered(self, name: str = "calls", *kinds: str) -> int:
        """Give a count of the meter since it was cleared: calls, records_in ...; of some kinds of calls, or of all."""
        self.settle()
        counts: Mapping[str, Mapping[str, int]] = self.local.meter.snapshot()["kinds"]  # type: ignore[assignment]
        return sum(each[name] for kind, each in counts.items() if not kinds or kind in kinds)

    def sent(self) -> int:
        """Give how many records were sent to be written."""
        return self.metered("records_in", "collections", "bulk ingest", "rest write", "composite")

    def forget_counts(self) -> None:
        self.settle()
        self.local.meter.clear(limit_too=True)


_OF_THE_ORG = {
    "Id", "OwnerId", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById",
    "SystemModstamp", "CaseNumber", "RecordTypeId", "ClosedDate", "LastActivityDate", "LastViewedDate",
    "LastReferencedDate", "Last_Synced__c",
}  # fmt: skip


def ours(row: Record) -> Record:
    """Leave out what the org sets (automatic numbers too), and what is empty."""
    kept = {name: value for name, value in row.items() if name not in _OF_THE_ORG and value is not None}
    if str(kept.get("Name", "")).startswith(("NOTE-", "ERR-", "LINE-")):
        del kept["Name"]
    return kept


class Ticking:
    """A clock that goes on by 20 seconds whenever somebody looks, so that no back-off is waited for."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=20)
        return self.time


class World:
    """The hub between LeaseWorks' folder `files` and an org."""

    def __init__(self, settings: Settings, org: ServedOrg, files: Path, clock: Ticking) -> None:
        self.settings = settings
        self.org = org
        self.files = files
        self.clock = clock
        self.hub: Hub = replace(open_hub(settings), clock=self.clock)
        self.submitted: dict[str, str] = {}
        """The runs that jobs have queued, which nobody works on: their job by their id."""

    def close(self) -> None:
        self.hub.engine.dispose()

    def _submitted(self, run_id: str, job: str, _parameters: Mapping[str, Any]) -> None:
        self.submitted[run_id] = job

    def context(self, job: str, parameters: Mapping[str, Any]) -> PlainContext:
        """Note a run and give the context to run it in."""
        run_id = new_run_id(job, self.clock())
        with self.hub.engine.begin() as connection:
            Runs(connection).queue(run_id, job, parameters, by="test", now=self.clock())
        return PlainContext(run_id, job, parameters, intake_parts(self.hub), submit=self._submitted)

    def run(self, job: str = "accounts", **parameters: Any) -> Run:
        """Run a job's body from beginning to end, and give how it went."""
        context = self.context(job, parameters)
        JOBS[job].body(self.hub)(context)
        return self.outcome(context.run_id)

    def outcome(self, run_id: str) -> Run:
        with reading(self.hub.engine) as connection:
            return Runs(connection).get(run_id)

    def letters(self, **filters: Any) -> list[DeadLetter]:
        with reading(self.hub.engine) as connection:
            return DeadLetters(connection).find(**filters)

    def replay(self, actor: str = "ada") -> Replay:
        return Replay(self.hub, actor, "replay-1", self.clock())

    def deliver(self, source: Path, *, name: str = "") -> Path:
        """Let LeaseWorks deliver a copy of a delivery."""
        (self.files / OUTBOUND).mkdir(parents=True, exist_ok=True)
        return Path(shutil.copytree(source, self.files / OUTBOUND / (name or source.name)))

    def waiting(self) -> list[str]:
        return sorted(path.name for path in (self.files / OUTBOUND).iterdir())

    def archived(self) -> list[str]:
        return sorted(path.name for path in (self.files / "archive").iterdir())


def next_sequence(delivery: Path, sequence: int) -> str:
    """Name a second delivery of the same day."""
    day = datetime.strptime(delivery.name.split("-")[1], "%Y%m%d").date()  # noqa: DTZ007
    return delivery_name(day, sequence)


def next_second() -> None:
    """Wait for Salesforce's next second: its times have no finer ones, by which two edits are told apart."""
    time.sleep(1 - time.time() % 1)
