"""Takes failures up again: rows, and records whose row is kept, as layout and mapping are now; others as they were.

Messages go back into the inbox, to be handled as their handler is now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from drawbar.jobs.catalogue import job_that_empties
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.inbound import LeaseWorksSource, opened
from drawbar.jobs.inbox import DELIVER_JOB, INBOX_JOB
from drawbar.jobs.intakes import AnyIntake, leaseworks_intakes
from drawbar.jobs.remapping import KeptRows
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import SourceRow
from drawbar.middleware.sync.codec import decode_refused
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters, Failure
from drawbar.middleware.sync.failure_desk import FailureDesk
from drawbar.middleware.sync.failure_search import numbered
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.inbox import Inbox
from drawbar.middleware.sync.intake import IntakeRun, replay_row, row_text
from drawbar.middleware.sync.outbox import Outbox
from drawbar.middleware.sync.tables import source_delivery

AS_STORED: Final = "the record as it was refused"
"""What a replay uses when no kept delivery holds the record's row."""

AS_SENT: Final = "the message as it was sent"
"""What a replay of a message uses: its handler understands it anew."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one failure: queued again, or why not.

    `used` says what the record was made from, `job` which job goes on with what was queued.
    """

    number: int
    queued: bool
    reason: str = ""
    used: str = ""
    job: str = DELIVER_JOB


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays and discards failures on behalf of a person; every act is audited.

    A failure is replayed at most once: whoever comes second finds it settled.
    """

    hub: Hub
    actor: str
    run_id: str
    now: datetime

    def replay(self, numbers: Sequence[int], report: Callable[[int, int], None] | None = None) -> list[Replayed]:
        """Queue failures again, in the order in which they first failed, each in a transaction of its own.

        `report` hears after each how many are done, and of how many; it may take its time.
        """
        ordered = sorted(set(numbers))
        kept = self._kept_rows(ordered)
        results = []
        for done, number in enumerate(ordered, 1):
            results.append(self._replay_one(number, kept))
            if report is not None:
                report(done, len(ordered))
        return results

    def _kept_rows(self, numbers: Sequence[int]) -> KeptRows:
        with reading(self.hub.engine) as connection:
            letters = numbered(connection, numbers)
        return KeptRows.of(self.hub, letters, self.now)

    def discard(self, numbers: Sequence[int], reason: str) -> list[Replayed]:
        """Give failures up, for a reason; their Sync Errors go."""
        results = []
        with self.hub.engine.begin() as connection:
            Outbox(connection, TARGET).lock()
            for number in sorted(numbers):
                letter = DeadLetters(connection).get(number)
                if letter.state != "open":
                    results.append(self._settled(connection, "discard failure", letter))
                    continue
                self._desk(connection).end(
                    [letter], "discarded", by=self.actor, why=reason, run_id=self.run_id, now=self.now
                )
                self._audit(connection, "discard failure", letter, reason)
                results.append(Replayed(number, queued=False, reason="discarded"))
        return results

    def _replay_one(self, number: int, kept: KeptRows) -> Replayed:
        with self.hub.engine.begin() as connection:
            Outbox(connection, TARGET).lock()
            letter = DeadLetters(connection).get(number)
            if letter.state != "open":
                return self._settled(connection, "replay failure", letter)
            try:
                used = self._queue(connection, letter, kept)
            except RecordRejected as error:
                return Replayed(number, queued=False, reason=str(error))
            self._desk(connection).end(
                [letter], "replayed", by=self.actor, why="replayed", run_id=self.run_id, now=self.now
            )
            self._audit(connection, "replay failure", letter, "", used)
        return Replayed(number, queued=True, used=used, job=_job_after(letter.failure))

    def _queue(self, connection: Connection, letter: DeadLetter, kept: KeptRows) -> str:
        """Queue what a failure leads to now; gives what it was made from."""
        failure = letter.failure
        if failure.kind == "message":
            Inbox(connection).put_back(failure.source, self.now)
            return AS_SENT
        if failure.kind == "row":
            self._queue_row(connection, letter)
            return f"row {failure.row_number} of {failure.source}, as it is mapped now"
        operation, record = decode_refused(failure.object, failure.key, failure.payload)
        remapped = kept.remap(connection, record) if operation == "upsert" else None
        Outbox(connection, failure.place).put_again(
            record if remapped is None else remapped.record, "delete" if operation == "delete" else "upsert",
            f"replay of failure {letter.id}", run_id=self.run_id, now=self.now,
        )  # fmt: skip
        return AS_STORED if remapped is None else f"{remapped.made_from}, as it is mapped now"

    def _queue_row(self, connection: Connection, letter: DeadLetter) -> None:
        failure = letter.failure
        if not failure.place.startswith(f"{SYSTEM}."):
            raise RecordRejected(
                "it is not replayed: the job that reads it reads it anew",
                record=failure.source,
                remedy="Mend the cause; the next run of that job ends the failure.",
            )
        entity = failure.place.removeprefix(f"{SYSTEM}.")
        source, day = self._source(connection, failure, entity)
        row = SourceRow(failure.row_number, failure.key, _raw(failure, source))
        index = Feeds(connection).load(failure.place).index
        replay_row(self._intake(entity, day), source, row, self._run(connection), index)

    def _source(self, connection: Connection, failure: Failure, entity: str) -> tuple[LeaseWorksSource, date]:
        """Find the delivery in which the row failed: its header tells how to read the row."""
        statement = (
            select(source_delivery.c.name, source_delivery.c.business_date)
            .where(source_delivery.c.system == SYSTEM)
            .order_by(source_delivery.c.changed_at.desc())
        )
        for name, day in connection.execute(statement).all():
            kept = opened(self.hub, name)
            if kept is not None and entity in kept.entities:
                source = kept.source(entity)
                if source.description == failure.source:
                    return source, day
        raise RecordRejected(
            "the delivery that tells how to read the row is not kept any more",
            record=failure.source,
            remedy="Wait for the next delivery: it holds the row again.",
        )

    def _intake(self, entity: str, day: date) -> AnyIntake:
        return leaseworks_intakes(self.hub, day, self.now)[entity]

    def _run(self, connection: Connection) -> IntakeRun:
        return IntakeRun(
            connection=connection, target=TARGET, reporter=self.hub.reporter, run_id=self.run_id, now=self.now,
            max_shrink_percent=100, shrink_floor=0, accept_shrink=True, sample=0, commit=lambda: None,
            progress=lambda _done, _total: None,
        )  # fmt: skip

    def _desk(self, connection: Connection) -> FailureDesk:
        return FailureDesk(connection, TARGET, self.hub.reporter)

    def _settled(self, connection: Connection, action: str, letter: DeadLetter) -> Replayed:
        reason = f"is {letter.state} already"
        self._audit(connection, action, letter, reason)
        return Replayed(letter.id, queued=False, reason=reason)

    def _audit(self, connection: Connection, action: str, letter: DeadLetter, reason: str, used: str = "") -> None:
        subject = f"failure {letter.id}"
        detail = {"object": letter.failure.object, "key": letter.failure.key, "reason": reason}
        detail |= {"used": used} if used else {}
        Audit(connection).note(actor=self.actor, action=action, subject=subject, detail=detail, now=self.now)


def _raw(failure: Failure, source: LeaseWorksSource) -> bytes:
    """Give the bytes of a row: what its dead letter keeps, or, where that lacks some, what was delivered."""
    if "\\x" not in failure.payload:
        return failure.payload.encode()
    for batch in source.batches():
        position = failure.row_number - batch.first_number
        if position < len(batch.raws):
            if row_text(batch.raws[position]) == failure.payload:
                return batch.raws[position]
            break
    raise RecordRejected(
        "the row is not kept byte for byte any more",
        record=failure.source,
        remedy="Wait for the next delivery: it holds the row again.",
    )


def _job_after(failure: Failure) -> str:
    """Name the job that goes on with a failure that was queued again."""
    if failure.kind == "message":
        return INBOX_JOB
    return job_that_empties(failure.place if failure.kind == "record" else TARGET)
