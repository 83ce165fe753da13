"""Takes in records that a system gives when it is asked: what differs from the last time is queued, the rest is not.

For interfaces that answer with records, page by page, as long as there are no more than a million of a kind: what was
sent is remembered field by field (`middleware/sync/derived.py`). Exports of whole books go through `intake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.sync.dead_letters import DeadLetters, Failure
from drawbar.middleware.sync.derived import Conclusion, DerivedRecords
from drawbar.middleware.sync.failure_desk import FailureDesk, FailureReporter
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.intake import row_text

Record = TypeVar("Record")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that the connector could not understand: its key as far as it is known, why, and what was answered."""

    key: str
    error: RecordRejected
    answer: bytes


@dataclass(frozen=True, slots=True)
class PolledFeed(Generic[Record]):
    """How the records of one kind of one system are taken in.

    `name` names the feed (`passtime.positions`), `concerns` the object whose record a failure is shown on, `key_of`
    the record's key there. `to_targets` maps one record to all that shall stand in the target because of it; `own`
    names the objects whose records this feed makes, as opposed to those that it only adds fields to. `absorb` lets the
    domain rules see every record that was read, in the same transaction. What was sent is remembered under `part`, the
    feed's name when that is empty: feeds that make the same records by different ways name one part. `known_as` gives
    other keys under which a failure of the record may stand, from a time when its own key was not known.
    """

    name: str
    concerns: str
    key_of: Callable[[Record], str]
    to_targets: Callable[[Record, datetime], Iterable[TargetRecord]]
    own: frozenset[str]
    absorb: Callable[[Connection, Sequence[Record]], None] | None = None
    part: str = ""
    known_as: Callable[[Record], Iterable[str]] = lambda _record: ()


@dataclass(slots=True)
class PolledResult:
    """What a reading came to, in records of the system (`read`, `refused`) and of the target (the rest)."""

    feed: str
    source: str
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PolledRun:
    """The surroundings of a reading; `commit` ends a transaction and begins the next (nothing in a dry run)."""

    connection: Connection
    target: str
    bookkeeping: Mapping[str, frozenset[str]]
    reporter: FailureReporter
    run_id: str
    now: datetime
    commit: Callable[[], None]
    progress: Callable[[int], None]

    def cursor(self, feed: str) -> str:
        """Give how far a feed was read the last time, "" when it never was."""
        return Feeds(self.connection).load(feed).cursor

    def take(
        self,
        feed: PolledFeed[Record],
        answers: Iterable[Record | Refused],
        *,
        source: str,
        cursor: Callable[[], str] = lambda: "",
    ) -> PolledResult:
        """Take the records in as they come, a chunk per transaction; gives the counts.

        `cursor` is asked once all are read, and stored with the last of them. When the system fails on the way, what
        was taken stays, the cursor does not move, and the next reading takes the same records again, to no effect.
        `source` says where the records come from, for people. A failure that is open for a record ends when the
        record comes and is right.
        """
        result = PolledResult(feed.name, source)
        for chunk in in_chunks(answers, _CHUNK):
            self._take_chunk(feed, chunk, result)
            self.commit()
            self.progress(result.read)
        Feeds(self.connection).move_cursor(feed.name, cursor(), source, self.now)
        self.commit()
        return result

    def _take_chunk(self, feed: PolledFeed[Record], chunk: Sequence[Record | Refused], result: PolledResult) -> None:
        conclusions: list[Conclusion] = []
        understood: list[Record] = []
        failures: list[Failure] = []
        for number, each in enumerate(chunk, start=result.read + 1):
            try:
                if isinstance(each, Refused):
                    raise each.error
                conclusions += self._concluded(feed, each, result.source)
                understood.append(each)
            except RecordRejected as error:
                failures.append(_failure(feed, each, number, result.source, error))
        if feed.absorb is not None:
            feed.absorb(self.connection, understood)
        self._conclude(conclusions, result)
        self._report(feed, understood, failures, result)
        result.read += len(chunk)
        result.refused += len(failures)

    def _concluded(self, feed: PolledFeed[Record], record: Record, source: str) -> list[Conclusion]:
        part, why = feed.part or feed.name, f"{feed.key_of(record)} of {source}"
        return [
            Conclusion(each, part=part, why=why, own=each.object in feed.own)
            for each in feed.to_targets(record, self.now)
        ]

    def _conclude(self, conclusions: Sequence[Conclusion], result: PolledResult) -> None:
        remembered = DerivedRecords(self.connection, self.target, self.bookkeeping)
        latest = {(each.record.object, each.record.key): each for each in conclusions}
        for counts in remembered.conclude(latest.values(), run_id=self.run_id, now=self.now).values():
            for name, count in asdict(counts).items():
                setattr(result, name, getattr(result, name) + count)

    def _report(
        self, feed: PolledFeed[Record], understood: Sequence[Record], failures: Sequence[Failure], result: PolledResult
    ) -> None:
        desk = FailureDesk(self.connection, self.target, self.reporter)
        desk.fail(failures, run_id=self.run_id, now=self.now)
        keys = {key for each in understood for key in (feed.key_of(each), *feed.known_as(each))}
        right = keys - {each.key for each in failures}
        opened = DeadLetters(self.connection).open_of(feed.concerns, right)
        ended = [each for each in opened if each.failure.place == feed.name]
        desk.end(ended, "resolved", by="drawbar", why=f"right in {result.source}", run_id=self.run_id, now=self.now)


def _failure(
    feed: PolledFeed[Record], each: Record | Refused, number: int, source: str, error: RecordRejected
) -> Failure:
    key, answer = (each.key, each.answer) if isinstance(each, Refused) else (feed.key_of(each), repr(each).encode())
    return Failure(
        kind="row", place=feed.name, object=feed.concerns, key=key, row_number=number, source=source,
        code=error.code, field=error.field, message=error.message, remedy=error.remedy, payload=row_text(answer),
    )  # fmt: skip
