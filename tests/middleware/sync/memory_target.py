"""A target in memory: keyed records, bulk jobs that outlive the object, and trouble on demand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from drawbar.middleware.ports import ApiBudget, BulkState
from drawbar.middleware.records import Outcome, Scalar, TargetRecord
from drawbar.middleware.sync.codec import columns_of

Trouble = Callable[[TargetRecord], Outcome | None]


class Killed(BaseException):
    """The process dies here."""


@dataclass
class MemoryOrg:
    """What stays when a process dies: the records, and the bulk jobs with their uploads."""

    records: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    writes: list[tuple[str, str]] = field(default_factory=list)
    jobs: dict[str, tuple[str, list[TargetRecord] | None, list[Outcome] | None]] = field(default_factory=dict)
    calls: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


@dataclass
class MemoryTarget:
    """Implements `Target`; `trouble` may give another outcome for a record, `dies_at` names a call that kills.

    A bulk job takes at most `job_holds` records.
    """

    org: MemoryOrg = field(default_factory=MemoryOrg)
    trouble: Trouble = lambda _record: None
    dies_at: str = ""
    name: str = "salesforce"
    chunk_size: int = 200
    job_holds: int = 1_000_000
    budget: ApiBudget = field(default_factory=lambda: ApiBudget(None, None))

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        self._call("before upsert")
        outcomes = [self._write(record) for record in records]
        self._call("after upsert", counts=False)
        return outcomes

    def delete(self, object_name: str, keys: Sequence[str]) -> list[Outcome]:
        self._call("before delete")
        for key in keys:
            self.org.records.pop((object_name, key), None)
        return [Outcome(object_name, key, "deleted") for key in keys]

    def open_bulk_upsert(self, object_name: str) -> str:
        self._call("before open")
        job_id = f"750-{next(self.org.numbers)}"
        self.org.jobs[job_id] = (object_name, None, None)
        self._call("after open", counts=False)
        return job_id

    def upload_bulk(self, job_id: str, records: Iterable[TargetRecord]) -> int:
        sent = list(itertools.islice(records, self.job_holds))
        self._call("mid upload")
        name, uploaded, _ = self.org.jobs[job_id]
        if uploaded is not None:
            message = "a job takes one upload"
            raise AssertionError(message)
        self.org.jobs[job_id] = (name, sent, [self._write(record) for record in sent])
        self._call("after upload", counts=False)
        return len(sent)

    def bulk_state(self, job_id: str) -> BulkState:
        self._call("before state")
        job = self.org.jobs.get(job_id)
        return "gone" if job is None else "open" if job[1] is None else "complete"

    def wait_for_bulk(self, job_id: str) -> BulkState:
        return self.bulk_state(job_id)

    def bulk_outcomes(self, job_id: str, object_name: str) -> Iterator[Outcome]:
        self._call("before results")
        outcomes = self.org.jobs[job_id][2] or []
        yield from reversed(outcomes)
        self._call("after results", counts=False)

    def abort_bulk(self, job_id: str) -> None:
        self.org.jobs.pop(job_id, None)

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        found = {key: self.org.records[object_name, key] for key in keys if (object_name, key) in self.org.records}
        return {key: {name: values.get(name) for name in fields} for key, values in found.items()}  # type: ignore[misc]

    def _write(self, record: TargetRecord) -> Outcome:
        other = self.trouble(record)
        if other is not None:
            return other
        place = (record.object, record.key)
        status = "updated" if place in self.org.records else "created"
        self.org.records.setdefault(place, {}).update(columns_of(record))
        self.org.writes.append(place)
        return Outcome(record.object, record.key, "updated" if status == "updated" else "created", f"id-{record.key}")

    def _call(self, moment: str, *, counts: bool = True) -> None:
        self.org.calls += counts
        if moment == self.dies_at:
            self.dies_at = ""
            raise Killed(moment)
