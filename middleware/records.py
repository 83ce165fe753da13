"""What travels through the hub: rows as they were read, records as they shall stand, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Scalar = str | int | bool | Decimal | date | datetime | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a source as it was read: its number (the first data row is 1), its key, and its raw bytes."""

    number: int
    key: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows that follow each other in a source, held as parallel lists so that a million of them stay cheap.

    `keys[i]` and `raws[i]` are the key and the raw bytes (without line end) of row `first_number + i`.
    """

    first_number: int
    keys: list[bytes]
    raws: list[bytes]


@dataclass(frozen=True, slots=True)
class Reference:
    """A parent named by its own external key."""

    object: str
    key: str


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A record as it shall stand in the target: object, external key, and only the fields that Drawbar sets.

    `fields` is keyed by the target's field names and holds neither the key nor parents; None means "make it empty".
    `references` is keyed by the target's relationship names (`Lease_Account__r`). `parent` is the key of the
    record that the target locks while it writes this one ("" when none): records with one parent are never
    delivered concurrently.
    """

    object: str
    key: str
    fields: Mapping[str, Scalar]
    references: Mapping[str, Reference | None] = field(default_factory=dict)
    parent: str = ""


OutcomeStatus = Literal["created", "updated", "deleted", "retry", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record at the target.

    `retry` says that the same record may succeed later (a lock, a time-out); `refused` that it will not until
    somebody mends it, as `remedy` says.
    """

    object: str
    key: str
    status: OutcomeStatus
    target_id: str = ""
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()
    remedy: str = ""
