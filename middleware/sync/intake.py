"""Takes a source in: decides what has changed, then maps and queues exactly that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nsmallest
from itertools import compress
from typing import Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection
from xxhash import xxh3_64_intdigest

from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.errors import RecordRejected, StopRun
from drawbar.middleware.ports import RowSource
from drawbar.middleware.records import SourceRow, TargetRecord
from drawbar.middleware.sync.codec import columns_of, write
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters, Failure
from drawbar.middleware.sync.failure_desk import FailureDesk, FailureReporter
from drawbar.middleware.sync.feeds import FeedState
from drawbar.middleware.sync.fingerprints import ALL_KEYS, FingerprintIndex, Fingerprints, KeyRange, hash_keys
from drawbar.middleware.sync.outbox import Change, Outbox
from drawbar.middleware.sync.survey import Balance, Kept, Survey, rows_to_look_at, survey

Record = TypeVar("Record", bound=BaseModel)
_KEEP_BYTES = 32_000_000
"""Rows to look at that are kept in memory; beyond that the source is read a second time."""
_CHUNK = 500
"""Rows that are understood and committed at once; few enough that they stay in the processor's cache."""


class SourceShrank(StopRun):
    """A source lost more of its keys than the settings allow; nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class Intake(Generic[Record]):
    """How one entity of one system is taken in.

    `object` is the target's object that holds one record per row, "" when there is none; `concerns` the one whose
    record a failure of a row is shown on. `to_target` maps a record to what shall stand there, None for no object;
    `bookkeeping` names target fields that do not make a record different. `absorb` lets the domain rules see the
    changed records, in the same transaction. `on_gone` gives what shall happen to keys that a complete source no
    longer holds. `version` changes when layout or mapping do: every row is then understood again. `max_shrink_percent`
    takes the place of the settings' for an entity whose keys come and go (promises).
    """

    feed: str
    entity: str
    object: str
    concerns: str
    version: str
    to_target: Callable[[Record, datetime], TargetRecord | None]
    bookkeeping: frozenset[str] = frozenset()
    max_shrink_percent: float | None = None
    absorb: Callable[[Connection, Sequence[Record]], None] | None = None
    on_gone: Callable[[Connection, Sequence[str], datetime], Sequence[TargetRecord]] | None = None


FATES = ("unchanged", "created", "changed", "refused", "gone")
"""What may become of a row; counted by the fields of `IntakeResult` that are named so."""


@dataclass(slots=True)
class IntakeResult:
    """What taking a source in came to, in rows; `examples` are the first changes with their former values."""

    entity: str
    object: str
    source: str
    rows: int = 0
    unchanged: int = 0
    created: int = 0
    changed: int = 0
    refused: int = 0
    gone: int = 0
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IntakeRun:
    """The surroundings of an intake: transaction, run, time, limits; `progress` hears rows done and rows in all.

    Up to `shrink_floor` keys may go whatever share that is, unless nothing is left of an entity whose keys stay.
    `apart` says that others take other keys of the same source at the same time.
    """

    connection: Connection
    target: str
    reporter: FailureReporter
    run_id: str
    now: datetime
    max_shrink_percent: float
    shrink_floor: int
    accept_shrink: bool
    sample: int
    commit: Callable[[], None]
    progress: Callable[[int, int], None]
    apart: bool = False


def examine(intake: Intake[Record], source: RowSource[Record], state: FeedState, keys: KeyRange = ALL_KEYS) -> Survey:
    """Compare a source with what is known of it, without understanding it, and give what was found for `take`.

    `state` holds the fingerprints of the range of keys that is compared.
    """
    version_changed = bool(len(state.index)) and state.version != intake.version
    return survey(state.index, source, keys, everything=version_changed, keep_bytes=_KEEP_BYTES)


def take(
    intake: Intake[Record],
    source: RowSource[Record],
    state: FeedState,
    found: Survey,
    former: RowSource[Record] | None,
    run: IntakeRun,
) -> tuple[IntakeResult, Fingerprints]:
    """Take in what `examine` found: what changed goes to the outbox, what cannot go on to the dead letters.

    Gives the result and the next fingerprints, which the caller saves in the transaction that ends the intake, after
    `end_mended`. `former` is the source that was taken the last time, when it is still there: it tells what a changed
    row said before and which keys have gone.
    """
    result = IntakeResult(intake.entity, intake.object, source.description)
    result.notices += [state.notice] if state.notice else []
    result.rows = found.rows
    _take_changes(intake, source, found, former, run, result)
    if source.complete:
        result.gone = _take_gone(intake, found, former, run, result)
    result.unchanged = result.rows - result.created - result.changed - result.refused
    return result, found.successor(keep_gone=not source.complete)


def refuse_shrunken(intake: Intake[Record], source: RowSource[Record], found: Balance, run: IntakeRun) -> None:
    """Raise SourceShrank when a source that holds every record has lost too many; before anything of it is taken."""
    known, gone = found.known, found.gone
    allowed = run.max_shrink_percent if intake.max_shrink_percent is None else intake.max_shrink_percent
    keys_come_and_go = intake.max_shrink_percent is not None
    if not source.complete or run.accept_shrink or (gone <= run.shrink_floor and (found.rows or keys_come_and_go)):
        return
    lost = 100 * gone / known if known else 0
    if lost > allowed:
        raise SourceShrank(
            f"{source.description} has {found.rows:,} rows; {gone:,} of the {known:,} known keys "
            f"({lost:.1f} %) are gone, more than the {allowed:g} % that are allowed; nothing was taken",
            record=intake.entity,
            remedy="Ask whether the delivery is whole. If it is, run again with --accept-shrink.",
        )


def _take_changes(
    intake: Intake[Record],
    source: RowSource[Record],
    found: Survey,
    former: RowSource[Record] | None,
    run: IntakeRun,
    result: IntakeResult,
) -> None:
    desk = FailureDesk(run.connection, run.target, run.reporter, run.apart)
    open_letters = {} if source.complete else _open_letters(intake, run)
    before = _Former(intake, former, found, run)
    refused: set[str] = set()
    mended: dict[str, DeadLetter] = {}
    failed: list[Failure] = []
    done = 0
    for rows in in_chunks(rows_to_look_at(found, source), _CHUNK):
        differing, failures = _understand(intake, source, found, rows, done, run)
        changes = [before.complete(each) for each in differing if each.change is not None]
        Outbox(run.connection, run.target, run.apart).put(
            [change for change in changes if change is not None], run_id=run.run_id, now=run.now
        )
        if intake.absorb is not None:
            intake.absorb(run.connection, [each.record for each in differing])
        failed += failures
        if len(failed) >= _CHUNK:
            desk.fail(failed, run_id=run.run_id, now=run.now)
            failed.clear()
        _count(result, differing, failures)
        refused.update(map(_name, failures))
        mended.update({row.key: open_letters[row.key] for row in rows if row.key in open_letters})
        done += len(rows)
        run.commit()
        run.progress(done, len(found.numbers))
    desk.fail(failed, run_id=run.run_id, now=run.now)
    right = [letter for name, letter in mended.items() if name not in refused]
    desk.end(right, "resolved", by="drawbar", why=f"right in {source.description}", run_id=run.run_id, now=run.now)


def _open_letters(intake: Intake[Record], run: IntakeRun) -> dict[str, DeadLetter]:
    return {_name(each.failure): each for each in DeadLetters(run.connection).find(place=intake.feed)}


def end_mended(intake: Intake[Record], source: RowSource[Record], run: IntakeRun) -> None:
    """End the failures of a feed that a source which holds every record did not bring again; after all was taken."""
    if not source.complete:
        return
    right = [
        letter
        for letter in DeadLetters(run.connection).find(place=intake.feed)
        if (letter.run_id, letter.failure.source) != (run.run_id, source.description)
    ]
    desk = FailureDesk(run.connection, run.target, run.reporter)
    desk.end(right, "resolved", by="drawbar", why=f"right in {source.description}", run_id=run.run_id, now=run.now)


@dataclass(frozen=True, slots=True)
class _Difference(Generic[Record]):
    """A row that was understood and says something new; `change` is None when the target has no record for it."""

    row: SourceRow
    record: Record
    known: bool
    change: Change | None


def _understand(
    intake: Intake[Record],
    source: RowSource[Record],
    found: Survey,
    rows: Sequence[SourceRow],
    first: int,
    run: IntakeRun,
) -> tuple[list[_Difference[Record]], list[Failure]]:
    """Give what differs and what failed of some rows, the `first`-th to look at and those behind it.

    Nothing of the other rows outlives its turn, so that they stay cheap.
    """
    differing: list[_Difference[Record]] = []
    failures: list[Failure] = []
    place = source.description
    for at, row in enumerate(rows, first):
        try:
            _refuse_duplicate(found, row, source)
            record = source.parse(row)
            mapped = intake.to_target(record, run.now)
        except RecordRejected as error:
            if row.number not in found.duplicates:
                found.refuse(at)
            failures.append(_failure(intake, source, row, error))
            continue
        difference = _compare(intake, place, found, at, row, record, mapped)
        if difference is not None:
            differing.append(difference)
    return differing, failures


def _compare(
    intake: Intake[Record],
    place: str,
    found: Survey,
    at: int,
    row: SourceRow,
    record: Record,
    mapped: TargetRecord | None,
) -> _Difference[Record] | None:
    written = None if mapped is None else write(columns_of(mapped), bookkeeping=intake.bookkeeping)
    digest = _digest(record) if written is None else written.digest
    verdict = found.settle(at, digest)
    if verdict == "same":
        return None
    change, known = None, verdict == "changed"
    if mapped is not None:
        change = Change(mapped, creates=not known, why=f"row {row.number} of {place}", written=written)
    return _Difference(row, record, known, change)


def _digest(record: BaseModel) -> int:
    """Hash a record that no target holds; equal values give equal hashes."""
    return xxh3_64_intdigest(record.model_dump_json(exclude={"updated_at"}).encode())


def _refuse_duplicate(found: Survey, row: SourceRow, source: RowSource[Record]) -> None:
    first = found.duplicates.get(row.number)
    if first is not None:
        raise RecordRejected(
            f"key {row.key} stands in row {first} already; that row was taken, this one was not",
            record=f"row {row.number} of {source.description}",
            remedy="Have the sender say which of the two is right and deliver one.",
            code="DUPLICATE_KEY",
        )


def _failure(intake: Intake[Record], source: RowSource[Record], row: SourceRow, error: RecordRejected) -> Failure:
    return Failure(
        kind="row", place=intake.feed, object=intake.concerns, key=_printed(row.key), row_number=row.number,
        source=source.description, code=error.code, field=error.field, message=_printed(error.message),
        remedy=error.remedy, payload=row_text(row.raw),
    )  # fmt: skip


def row_text(raw: bytes) -> str:
    """Give a raw row as a dead letter keeps it; bytes that are no text, and NUL, look like `\\xe9`."""
    return _printed(raw.decode("utf-8", "backslashreplace"))


def _printed(text: str) -> str:
    return text.replace("\0", "\\x00")


def _count(result: IntakeResult, differing: Sequence[_Difference[Record]], failures: Sequence[Failure]) -> None:
    result.created += sum(1 for each in differing if not each.known)
    result.changed += sum(1 for each in differing if each.known)
    result.refused += len(failures)


def _name(failure: Failure) -> str:
    """Name what a row's failure is about: its key, or its number when it has none."""
    return failure.key or f"row {failure.row_number}"


def _take_gone(
    intake: Intake[Record], found: Survey, former: RowSource[Record] | None, run: IntakeRun, result: IntakeResult
) -> int:
    if not found.gone_count or intake.on_gone is None:
        return found.gone_count
    if former is None:
        result.notices.append(
            f"{found.gone_count:,} keys are gone, but the source that named them is not kept any more: "
            "nothing was done about them"
        )
        return found.gone_count
    named = 0
    for keys in in_chunks(_gone_keys(found, former), _CHUNK):
        named += len(keys)
        records = intake.on_gone(run.connection, keys, run.now)
        why = f"no longer in {result.source}"
        changes = [Change(record, creates=False, why=why) for record in records]
        Outbox(run.connection, run.target, run.apart).put(changes, run_id=run.run_id, now=run.now)
        run.commit()
    if named < found.gone_count:
        result.notices.append(
            f"{found.gone_count:,} keys are gone, but {former.description} names only {named:,} of them: "
            "nothing was done about the others"
        )
    return found.gone_count


def _gone_keys(found: Survey, former: RowSource[Record]) -> Iterator[str]:
    """Give each key that is gone once, as the former source names it; read no further than the last of them."""
    left, named = found.gone(), set[bytes]()
    for batch in former.batches():
        gone = left.find(*hash_keys(batch.keys))[1]
        for position in gone.nonzero()[0].tolist():
            key = batch.keys[position]
            if key not in named:
                named.add(key)
                yield key.decode("utf-8", "replace")
        if len(named) == len(left):
            return


class _Former(Generic[Record]):
    """Looks up what the first few changed rows said the last time, so that a run can show old and new."""

    def __init__(self, intake: Intake[Record], former: RowSource[Record] | None, found: Survey, run: IntakeRun) -> None:
        self._intake = intake
        self._now = run.now
        self._rows = self._look_up(former, found, run.sample) if former is not None else {}
        self._former = former

    def complete(self, difference: _Difference[Record]) -> Change | None:
        """Give the change with the values that the former source led to, where they are known."""
        change, row = difference.change, self._rows.get(difference.row.key)
        if change is None or row is None or self._former is None:
            return change
        try:
            mapped = self._intake.to_target(self._former.parse(row), self._now)
        except RecordRejected:
            return change
        return change if mapped is None else replace(change, before=columns_of(mapped))

    @staticmethod
    def _look_up(former: RowSource[Record], found: Survey, sample: int) -> dict[str, SourceRow]:
        kept = found.kept or Kept()
        wanted = set(nsmallest(sample, compress(kept.keys, found.known.tolist())))
        rows: dict[str, SourceRow] = {}
        for batch in former.batches() if wanted else ():
            for position, key in enumerate(batch.keys):
                if key in wanted:
                    number = batch.first_number + position
                    name = key.decode("utf-8", "replace")
                    rows[name] = SourceRow(number, name, batch.raws[position])
            if len(rows) == len(wanted):
                break
        return rows


def replay_row(
    intake: Intake[Record], source: RowSource[Record], row: SourceRow, run: IntakeRun, index: FingerprintIndex
) -> TargetRecord | None:
    """Understand one row again, as layout and mapping are now, and queue what it leads to; gives what was queued.

    Raises RecordRejected when it still cannot be understood.
    """
    record = source.parse(row)
    mapped = intake.to_target(record, run.now)
    if intake.absorb is not None:
        intake.absorb(run.connection, [record])
    if mapped is not None:
        known = index.contains(row.key.encode())
        change = Change(mapped, creates=not known, why=f"replay of row {row.number} of {source.description}")
        Outbox(run.connection, run.target).put([change], run_id=run.run_id, now=run.now)
    return mapped
