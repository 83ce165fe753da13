"""What the sync core asks of a connector; the core knows no more of any system than this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, TypeGuard, TypeVar

from drawbar.middleware.records import Outcome, RowBatch, Scalar, SourceRow, TargetRecord

Record_co = TypeVar("Record_co", covariant=True)


class RowSource(Protocol[Record_co]):
    """Rows of one entity, streamed in the order in which they stand.

    A `complete` source holds every record of the entity, so a key that has gone means that the record has gone.
    Whatever can be known before the first row (wrong encoding, missing column) raises StopRun from `batches`.
    """

    @property
    def entity(self) -> str: ...

    @property
    def complete(self) -> bool: ...

    @property
    def description(self) -> str:
        """Where the rows come from, for people: `accounts.csv of delivery LW-20260105-001`."""
        ...

    def batches(self) -> Iterator[RowBatch]: ...

    def meanings(self, raws: Sequence[bytes]) -> Iterable[bytes]:
        """Give of each raw row what its cells say, alike for rows that differ only in how they are written."""
        ...

    def parse(self, row: SourceRow) -> Record_co:
        """Understand one row; raise RecordRejected with row, field, reason and remedy when it cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """API calls of the target's rolling window: spent so far and allowed; None when not yet known."""

    used: int | None
    allowed: int | None


UNKNOWN_BUDGET = ApiBudget(None, None)


BulkState = Literal["open", "running", "complete", "failed", "aborted", "gone"]


class RecordTarget(Protocol):
    """A system that takes records by external key, a few at once."""

    @property
    def name(self) -> str: ...

    @property
    def chunk_size(self) -> int:
        """How many records one call of `upsert` or `delete` can take."""
        ...

    @property
    def budget(self) -> ApiBudget: ...

    def upsert(self, records: Sequence[TargetRecord]) -> list[Outcome]:
        """Write at most `chunk_size` records of one object in one call; one outcome per record, in order.

        Raises RetryLater when nothing is known to have been written (safe to repeat), StopRun when the target
        will take no more in this window or refuses our credentials.
        """
        ...

    def delete(self, object_name: str, keys: Sequence[str]) -> list[Outcome]: ...

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        """Read fields of records by external key; keys that do not exist are left out."""
        ...


class Target(RecordTarget, Protocol):
    """A target that also takes many records, as a job that outlives this process."""

    def open_bulk_upsert(self, object_name: str) -> str:
        """Create a bulk job and give its id; the caller stores the id before it uploads."""
        ...

    def upload_bulk(self, job_id: str, records: Iterable[TargetRecord]) -> int:
        """Upload those of the records that can travel in one job, let it begin, and say how many they are.

        The same records always give the same upload, also after a crash.
        """
        ...

    def bulk_state(self, job_id: str) -> BulkState: ...

    def wait_for_bulk(self, job_id: str) -> BulkState: ...

    def bulk_outcomes(self, job_id: str, object_name: str) -> Iterator[Outcome]:
        """Stream the outcome of every row of a finished job; rows that the job never reached are `retry`."""
        ...

    def abort_bulk(self, job_id: str) -> None: ...


def takes_bulk(target: RecordTarget) -> TypeGuard[Target]:
    """Say whether a target takes bulk jobs."""
    return hasattr(target, "open_bulk_upsert")


@dataclass(frozen=True, slots=True)
class Within:
    """Only records whose field lies at `first` or later, and before `before`."""

    field: str
    first: date | datetime
    before: date | datetime


@dataclass(frozen=True, slots=True)
class OneOf:
    """Only records whose field has one of some values."""

    field: str
    values: tuple[str, ...]


Condition = Within | OneOf
"""What a record must fulfil to be read."""


class BulkReader(Protocol):
    """A target read in full: all records of an object, by a job that outlives this process."""

    @property
    def calls(self) -> int:
        """How many calls the target has answered for this process, by whatever way."""
        ...

    def daily_calls(self) -> ApiBudget:
        """Ask the target for its budget, at the cost of one call."""
        ...

    def keys_of(self, object_name: str, ids: Sequence[str]) -> dict[str, str]:
        """Ask for the external keys of records by the target's own ids; one that is gone or has no key is left out."""
        ...

    def open_bulk_read(self, object_name: str, fields: Sequence[str], where: Sequence[Condition] = ()) -> str:
        """Ask for these fields of all records that have an external key and fulfil every condition, and give the
        job's id; raises StopRun when the budget is spent.
        """
        ...

    def wait_for_bulk_read(self, job_id: str) -> int:
        """Wait until the job has its result, and give the number of records."""
        ...

    def bulk_read(self, job_id: str, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Stream every record's key and the text of each field, "" for none, in the order of `fields`."""
        ...


FieldValues = Mapping[str, object]
"""Fields by name, as a system answers them: text, numbers, truth values, None for empty."""


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record as it stands at the target now; `fields` by the names that were asked for, as the target gives them.

    `key` is our external key, "" when it has none. `created_by` and `modified_by` are the target's ids of users,
    `modified_by_name` is for people, who may change their names; `modified_by_login` is the name that they log in with,
    which they may not. `modified_at` is when anything of the record last changed (UTC).
    """

    object: str
    id: str
    key: str
    fields: FieldValues
    created_by: str
    modified_by: str
    modified_by_name: str
    modified_by_login: str
    modified_at: datetime
    deleted: bool = False


class RecordFinder(Protocol):
    """A target whose records can be looked up by its own ids, and by when they changed."""

    def own_user(self) -> str:
        """Give the target's id of the user that the hub itself writes as; asked once."""
        ...

    def found(self, object_name: str, record_id: str, fields: Sequence[str]) -> FoundRecord | None:
        """Look a record up by the target's id, a deleted one too; None when there is none such."""
        ...

    def changed_since(self, object_name: str, fields: Sequence[str], since: datetime) -> Iterator[FoundRecord]:
        """Give the records that changed at a time or later, deleted ones too, oldest change first, each once."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `drawbar doctor`: what was checked, whether it holds, and what to do when it does not."""

    system: str
    name: str
    ok: bool
    detail: str
    remedy: str = ""


class Checkable(Protocol):
    """A connector that can say whether it is ready for work."""

    def checks(self, now: datetime) -> Iterator[Check]: ...
