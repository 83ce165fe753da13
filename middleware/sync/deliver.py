"""Delivers the outbox to a target: parents first, few records by calls, many by bulk jobs that survive a crash."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, delete, insert, select, update

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.engine import reading
from drawbar.middleware.database.rows import insert_rows
from drawbar.middleware.errors import DrawbarError, RetryLater
from drawbar.middleware.observe import ChunkActivity, Observer, Observers, RecordsSettled
from drawbar.middleware.ports import RecordTarget, Target, takes_bulk
from drawbar.middleware.records import Outcome, Reference
from drawbar.middleware.sync.codec import decode_refused, encode_refused
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters, Failure
from drawbar.middleware.sync.failure_desk import WRITTEN, FailureDesk, FailureReporter
from drawbar.middleware.sync.outbox import Operation, Outbox, Waiting
from drawbar.middleware.sync.tables import bulk_job, delivery

_BULK_ROWS = 350_000
_ROWS_AT_ONCE = 2_000
_PATIENCE_SECONDS = 60.0
_TALLIES = {"created": "created", "updated": "updated", "deleted": "deleted", "retry": "retried", "refused": "refused"}


@dataclass(slots=True)
class Tally:
    """What became of the records of one object, and how they travelled."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    refused: int = 0
    retried: int = 0
    calls: int = 0
    bulk_jobs: int = 0


@dataclass(slots=True)
class DeliveryResult:
    """What a delivery came to per object; `paused` says why it ended before the outbox was empty."""

    objects: dict[str, Tally] = field(default_factory=dict)
    paused: str = ""

    def of(self, object_name: str) -> Tally:
        return self.objects.setdefault(object_name, Tally())


@dataclass(frozen=True, slots=True)
class Courier:
    """Empties the outbox of one target; only one process at a time may do so for a target (the caller's lock).

    `order` lists the target's objects, parents before children. `sleep` waits for rows that may be tried again
    within a minute; `progress` hears the object, records done and records waiting at the start. `shown_at` names the
    target at which people see failures, where that is another one.
    """

    engine: Engine
    target: RecordTarget
    reporter: FailureReporter
    order: Sequence[str]
    bulk_above: int
    max_attempts: int
    run_id: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    progress: Callable[[str, int, int], None] = lambda _object, _done, _total: None
    observer: Observer = field(default_factory=Observers)
    shown_at: str = ""
    orphans: dict[Reference, list[DeadLetter]] = field(default_factory=dict, init=False, repr=False)

    def deliver(self) -> DeliveryResult:
        """Deliver everything that may be delivered now; raises StopRun when the target takes no more.

        Rows that failed for a passing reason are tried again after 1, 2, 4 ... seconds, at most `max_attempts`
        times, then become dead letters. A record that was refused before because its parent was missing is sent
        again as soon as the parent is written. When the target is out of reach the result says so and nothing is lost.
        """
        result = DeliveryResult()
        self._find_orphans()
        try:
            self._recover(result)
            while self._round(result):
                pass
        except RetryLater as error:
            result.paused = str(error)
        return result

    def _find_orphans(self) -> None:
        """Note which refused records name which parents that are not known to be at the target."""
        self.orphans.clear()
        with reading(self.engine) as connection:
            desk = self._desk(connection)
            for letter in DeadLetters(connection).find(place=self.target.name):
                _, record = decode_refused(letter.failure.object, letter.failure.key, letter.failure.payload)
                for parent in filter(None, record.references.values()):
                    self.orphans.setdefault(parent, []).append(letter)
            there = desk.known_at_target((parent.object, parent.key) for parent in self.orphans)
        for name, key in there:
            del self.orphans[Reference(name, key)]

    @property
    def _bulk(self) -> Target:
        if not takes_bulk(self.target):
            raise TypeError(f"{self.target.name} takes no bulk jobs")
        return self.target

    def _desk(self, connection: Connection) -> FailureDesk:
        return FailureDesk(connection, self.shown_at or self.target.name, self.reporter)

    def _round(self, result: DeliveryResult) -> bool:
        """Deliver what is ready of the first object that waits; False when nothing is left that could be tried soon.

        Children wait while a row of a parent object has to be tried again: Salesforce would refuse them without it.
        """
        with self.engine.begin() as connection:
            outbox = Outbox(connection, self.target.name)
            earliest, now = outbox.earliest(), self.clock()
            if not earliest:
                return False
            name = self._first(earliest)
            groups = outbox.ready(name, now)
        if not groups:
            return self._wait_until(earliest[name], name, result)
        large = large_groups(groups, self.bulk_above) if takes_bulk(self.target) else []
        settled = [self._by_bulk(name, each, result) for each in large]
        if any(settled):  # what the jobs could not hold waits again, and may be enough for another job
            return True
        for operation in ("upsert", "delete"):
            self._by_calls(name, operation, result)
        return True

    def _first(self, names: Iterable[str]) -> str:
        ranks = {name: position for position, name in enumerate(self.order)}
        return min(names, key=lambda name: (ranks.get(name, len(ranks)), name))

    def _wait_until(self, next_attempt: datetime, object_name: str, result: DeliveryResult) -> bool:
        wait = (next_attempt - self.clock()).total_seconds()
        if wait > _PATIENCE_SECONDS:
            result.paused = f"{object_name} has rows that are tried again at {next_attempt:%Y-%m-%d %H:%M:%S} UTC"
            return False
        self.sleep(max(wait, 0.0))
        return True

    def _by_calls(self, object_name: str, operation: Operation, result: DeliveryResult) -> None:
        started, done = self.clock(), 0
        while rows := list(self._rows(self._claim(object_name, operation, self.target.chunk_size, started)[0])):
            try:
                outcomes = self._call(object_name, operation, rows)
            except DrawbarError:
                self._give_back(rows)
                raise
            result.of(object_name).calls += 1
            self._settle(rows, outcomes, result)
            done += len(rows)
            self.progress(object_name, done, 0)

    def _call(self, object_name: str, operation: Operation, rows: Sequence[Waiting]) -> list[Outcome]:
        chunk = ChunkActivity("call", object_name, len(rows))
        with self.observer.during(chunk):
            if operation == "delete":
                outcomes = self.target.delete(object_name, [row.key for row in rows])
            else:
                outcomes = self.target.upsert([row.record for row in rows])
            chunk.outcomes = Counter(each.status for each in outcomes)
        return outcomes

    def _claim(
        self, object_name: str, operation: Operation, limit: int, now: datetime, columns: Collection[str] = ()
    ) -> tuple[str, int]:
        with self.engine.begin() as connection:
            claim, count = Outbox(connection, self.target.name).claim(object_name, operation, limit, now, columns)
            if columns and count:
                connection.execute(insert(bulk_job).values(self._job_row(claim, object_name)))
        return claim, count

    def _rows(self, claim: str) -> Iterator[Waiting]:
        """Give the rows of a claim page by page, so that a job of any size needs the memory of a page."""
        last = None
        while True:
            with reading(self.engine) as connection:
                page = Outbox(connection, self.target.name).claimed(claim, _ROWS_AT_ONCE, after=last)
            yield from page
            if len(page) < _ROWS_AT_ONCE:
                return
            last = page[-1]

    def _job_row(self, claim: str, object_name: str) -> dict[str, object]:
        return {
            "claim": claim, "target": self.target.name, "object": object_name, "job_id": "", "uploaded": False,
            "run_id": self.run_id, "created_at": self.clock(),
        }  # fmt: skip

    def _by_bulk(self, object_name: str, group: Mapping[str, int], result: DeliveryResult) -> int:
        """Deliver rows that may share jobs, and say of how many the target told an outcome."""
        started, done, settled, count = self.clock(), 0, 0, sum(group.values())
        while count - done > self.bulk_above:
            claim, claimed = self._claim(object_name, "upsert", _BULK_ROWS, started, group)
            if not claimed:
                break
            job_id = self._bulk.open_bulk_upsert(object_name)
            self._note(claim, job_id=job_id)
            self._upload(claim, job_id, object_name)
            done += claimed
            settled += self._finish_job(claim, job_id, object_name, result)
            self.progress(object_name, settled, count)
        return settled

    def _upload(self, claim: str, job_id: str, object_name: str) -> None:
        upload = ChunkActivity("bulk upload", object_name, 0)
        with self.observer.during(upload):
            upload.records = self._bulk.upload_bulk(job_id, (row.record for row in self._rows(claim)))
        self._note(claim, uploaded=True)

    def _note(self, claim: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(bulk_job).where(bulk_job.c.claim == claim).values(values))

    def _finish_job(self, claim: str, job_id: str, object_name: str, result: DeliveryResult) -> int:
        """Wait for a bulk job, settle its rows, and forget it; rows that it did not hold wait again.

        Gives the number of rows that it told of.
        """
        job = ChunkActivity("bulk job", object_name, 0)
        with self.observer.during(job):
            state = self._bulk.wait_for_bulk(job_id)
            result.of(object_name).bulk_jobs += 1
            found: Counter[str] = Counter()
            if state != "gone":
                for outcomes in in_chunks(self._bulk.bulk_outcomes(job_id, object_name), _ROWS_AT_ONCE):
                    self._settle_part(claim, object_name, outcomes, result)
                    found.update(each.status for each in outcomes)
            job.records, job.outcomes = found.total(), found
        self._forget_job(claim)
        return job.records

    def _settle_part(self, claim: str, object_name: str, outcomes: Sequence[Outcome], result: DeliveryResult) -> None:
        """Record some outcomes of a bulk job; rows that were settled before a crash are in its claim no longer."""
        self._settle_written(claim, object_name, [each for each in outcomes if each.status in WRITTEN], result)
        others = [each for each in outcomes if each.status not in WRITTEN]
        if others:
            with reading(self.engine) as connection:
                keys = [each.key for each in others]
                rows = Outbox(connection, self.target.name).claimed_of(claim, object_name, keys)
            self._settle(rows, others, result)

    def _settle_written(self, claim: str, object_name: str, written: Sequence[Outcome], result: DeliveryResult) -> None:
        """Record that rows of a claim were written, in one transaction, without reading them."""
        now, counts = self.clock(), Counter[str]()
        with self.engine.begin() as connection:
            outbox = Outbox(connection, self.target.name)
            for status in WRITTEN:
                some = [each for each in written if each.status == status]
                counts[status] = outbox.settle_written(claim, object_name, some, run_id=self.run_id, now=now)
            self._mend(connection, self._desk(connection), object_name, [each.key for each in written], now)
            self._adopt(outbox, written, now)
        _add(result.of(object_name), counts)
        self.observer.happened(RecordsSettled(object_name, +counts))

    def _recover(self, result: DeliveryResult) -> None:
        """Go on where a process died: bulk jobs are finished, claims that no job stands for wait again."""
        with reading(self.engine) as connection:
            claims = Outbox(connection, self.target.name).orphaned_claims()
            mine = select(bulk_job).where(bulk_job.c.target == self.target.name).order_by(bulk_job.c.created_at)
            jobs = connection.execute(mine).all()
        for claim in claims:
            self._put_back(claim)
        for job in jobs:
            self._resume(job.claim, job.job_id, job.object, result)

    def _resume(self, claim: str, job_id: str, object_name: str, result: DeliveryResult) -> None:
        if not job_id:
            self._forget_job(claim)
            return
        if self._bulk.bulk_state(job_id) == "open":
            self._upload(claim, job_id, object_name)
        self._finish_job(claim, job_id, object_name, result)

    def _forget_job(self, claim: str) -> None:
        """Let the rows that a job still holds wait again, then forget it: what is cut off between is done anew."""
        self._put_back(claim)
        with self.engine.begin() as connection:
            connection.execute(delete(bulk_job).where(bulk_job.c.claim == claim))

    def _put_back(self, claim: str) -> None:
        for rows in in_chunks(self._rows(claim), _ROWS_AT_ONCE):
            self._give_back(rows)

    def _give_back(self, rows: Sequence[Waiting]) -> None:
        with self.engine.begin() as connection:
            Outbox(connection, self.target.name).put_back(rows, now=self.clock(), failed=False)

    def _settle(self, rows: Sequence[Waiting], outcomes: Sequence[Outcome], result: DeliveryResult) -> None:
        """Record what became of rows that were delivered, in one transaction."""
        by_key = {row.key: row for row in rows}
        pairs = [(by_key[each.key], each) for each in outcomes if each.key in by_key]
        written = [(row, each) for row, each in pairs if each.status not in ("retry", "refused")]
        again = [(row, each) for row, each in pairs if each.status == "retry" and row.attempts + 1 < self.max_attempts]
        final = {row.id for row, _ in (*written, *again)}
        refused = [(row, each) for row, each in pairs if row.id not in final]
        now = self.clock()
        with self.engine.begin() as connection:
            outbox = Outbox(connection, self.target.name)
            desk = self._desk(connection)
            outbox.settle([row.id for row, _ in (*written, *refused)])
            outbox.put_back([row for row, _ in again], now=now, failed=True)
            self._log(connection, pairs, now)
            desk.fail([_failure(self.target.name, row, each) for row, each in refused], run_id=self.run_id, now=now)
            for name in {row.object for row, _ in written}:
                self._mend(connection, desk, name, [row.key for row, _ in written if row.object == name], now)
            self._adopt(outbox, [outcome for _, outcome in written if outcome.status in WRITTEN], now)
        counts = _count(result, pairs, refused)
        for name, outcomes_of in counts.items():
            self.observer.happened(RecordsSettled(name, outcomes_of))

    def _log(self, connection: Connection, pairs: Sequence[tuple[Waiting, Outcome]], now: datetime) -> None:
        insert_rows(connection, delivery, [self._log_row(row, outcome, now) for row, outcome in pairs])

    def _log_row(self, row: Waiting, outcome: Outcome, now: datetime) -> dict[str, object]:
        return {
            "target": self.target.name, "object": outcome.object, "key": outcome.key, "operation": row.operation,
            "status": outcome.status, "target_id": outcome.target_id, "code": outcome.code,
            "message": outcome.message, "fields": row.fields, "before": row.before,
            "why": row.why, "run_id": self.run_id, "at": now,
        }  # fmt: skip

    def _mend(
        self, connection: Connection, desk: FailureDesk, object_name: str, keys: Sequence[str], now: datetime
    ) -> None:
        """End the dead letters of records that have been written now."""
        open_keys = DeadLetters(connection).open_keys(self.target.name, object_name)
        numbers = [open_keys[key] for key in keys if key in open_keys]
        letters = DeadLetters(connection).find(ids=numbers) if numbers else []
        desk.end(letters, "resolved", by="drawbar", why="written at last", run_id=self.run_id, now=now)

    def _adopt(self, outbox: Outbox, written: Sequence[Outcome], now: datetime) -> None:
        """Send the refused children of records that were missing before once more."""
        for outcome in written if self.orphans else ():
            for letter in self.orphans.pop(Reference(outcome.object, outcome.key), []):
                failure = letter.failure
                operation, record = decode_refused(failure.object, failure.key, failure.payload)
                if operation == "upsert":
                    why = f"its parent {outcome.key} has come"
                    outbox.put_again(record, "upsert", why, run_id=self.run_id, now=now)


def large_groups(counts: Mapping[str | None, int], above: int) -> list[dict[str, int]]:
    """Give the groups of upserts that are large enough for bulk jobs, each as its sets of columns and their rows.

    A job of many columns takes along the rows that have only some of them: what it leaves blank stays as it is.
    """
    left = {columns: count for columns, count in counts.items() if columns is not None}
    groups: list[dict[str, int]] = []
    for widest in sorted(left, key=lambda each: (-each.count("\t"), each)):
        names = set(widest.split("\t"))
        group = {each: count for each, count in left.items() if names.issuperset(each.split("\t"))}
        if sum(group.values()) > above:
            groups.append(group)
            left = {each: count for each, count in left.items() if each not in group}
    return groups


def _failure(target: str, row: Waiting, outcome: Outcome) -> Failure:
    return Failure(
        kind="record", place=target, object=outcome.object, key=outcome.key, row_number=0, source=row.why,
        code=outcome.code, field=", ".join(outcome.fields), message=outcome.message, remedy=outcome.remedy,
        payload=encode_refused(row.record, row.operation),
        attempts=row.attempts + 1,
    )  # fmt: skip


def _count(
    result: DeliveryResult, pairs: Sequence[tuple[Waiting, Outcome]], refused: Sequence[tuple[Waiting, Outcome]]
) -> dict[str, Counter[str]]:
    """Add what became of the records to the result; gives the same counts by object."""
    given_up = {row.id for row, _ in refused}
    counts: dict[str, Counter[str]] = {}
    for row, outcome in pairs:
        status = "refused" if row.id in given_up else _TALLIES[outcome.status]
        counts.setdefault(outcome.object, Counter())[status] += 1
    for name, statuses in counts.items():
        _add(result.of(name), statuses)
    return counts


def _add(tally: Tally, counts: Mapping[str, int]) -> None:
    for status, number in counts.items():
        setattr(tally, status, getattr(tally, status) + number)
