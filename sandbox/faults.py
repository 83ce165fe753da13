"""Faults on demand: which are armed, when each fires, and on what."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

HttpFaultKind = Literal[
    "latency",
    "reset-before",
    "reset-after",
    "401",
    "429",
    "500",
    "503",
    "request-limit",
    "truncate",
    "malformed",
]
FaultKind = Literal[HttpFaultKind, "lock-row", "bulk-failed", "bulk-slow"]

HTTP_FAULTS: frozenset[str] = frozenset(get_args(HttpFaultKind))
_ONLY_FOR: Mapping[str, frozenset[str]] = {
    "seconds": frozenset({"latency", "bulk-slow"}),
    "retry_after": frozenset({"429", "503"}),
    "share": frozenset({"lock-row", "bulk-failed"}),
    "keys": frozenset({"lock-row"}),
    "message": frozenset({"bulk-failed"}),
    "method": HTTP_FAULTS,
    "path": HTTP_FAULTS,
}
_NEEDS: Mapping[str, tuple[str, ...]] = {"latency": ("seconds",), "bulk-slow": ("seconds",)}
_OBJECT_IN_PATH = re.compile(r"/sobjects/([A-Za-z]\w*)")
_BULK_FAILURE = (
    "InternalServerError : The job was stopped after repeated failures; the other records were not processed."
)


class Fault(BaseModel):
    """One armed fault.

    `seconds` is the latency, or the time added to a Bulk job; `retry_after` the seconds of a `Retry-After` header.
    `share` is the part of the rows that are locked, or of the rows that a failing Bulk job still processes.
    `keys` are ids or external ids of the rows to lock. `method`, `path` (a glob over the whole path) and `object`
    choose what it fires on; it fires `times` times (None: until cleared) after the first `skip` matches, each time
    with the given probability, drawn from `seed`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    retry_after: Annotated[int, Field(ge=0)] | None = None
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    keys: frozenset[str] = frozenset()
    message: str | None = None
    method: str | None = None
    path: str | None = None
    object: str | None = None
    times: Annotated[int, Field(ge=1)] | None = 1
    skip: Annotated[int, Field(ge=0)] = 0
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int = 0

    @model_validator(mode="after")
    def _options_fit_the_kind(self) -> Self:
        for name in self.model_fields_set & _ONLY_FOR.keys():
            if self.kind not in _ONLY_FOR[name]:
                raise ValueError(f"{name} has no meaning for {self.kind}; it goes with {', '.join(_ONLY_FOR[name])}")
        for name in _NEEDS.get(self.kind, ()):
            if getattr(self, name) is None:
                raise ValueError(f"{self.kind} needs {name}")
        return self

    def is_on_call(self, method: str, path: str) -> bool:
        """Say whether this is a fault of HTTP calls that this call is one of."""
        if self.kind not in HTTP_FAULTS or (self.method or method).upper() != method.upper():
            return False
        if not fnmatchcase(path, self.path or "/services/data/*"):
            return False
        return self.object is None or self.is_on_object(object_in(path))

    def is_on_object(self, name: str | None) -> bool:
        return self.object is None or (name is not None and self.object.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class BulkFailure:
    """How a Bulk job shall fail: the share of its rows (0 to 1) processed before, and its error message."""

    share: float
    message: str


class _Armed:
    """A fault with its counters."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.matched = 0
        self.fired = 0
        self.random = random.Random(fault.seed)  # noqa: S311 - a repeatable draw, not a secret

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times

    def fires(self) -> bool:
        """Take one match into account and say whether the fault fires on it."""
        if self.spent:
            return False
        self.matched += 1
        if self.matched <= self.fault.skip or self.random.random() >= self.fault.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The armed faults; thread-safe, in memory, none after a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._next_number = 1

    def arm(self, fault: Fault) -> int:
        """Arm a fault and give its number."""
        with self._lock:
            armed = _Armed(self._next_number, fault)
            self._next_number += 1
            self._armed.append(armed)
            return armed.number

    def listed(self) -> list[dict[str, object]]:
        """Give all faults, also spent ones, as JSON values with `number`, `matched`, `fired` and `spent`."""
        with self._lock:
            return [
                {
                    "number": each.number,
                    **each.fault.model_dump(mode="json", exclude_unset=True),
                    "matched": each.matched,
                    "fired": each.fired,
                    "spent": each.spent,
                }
                for each in self._armed
            ]

    def clear(self, number: int | None = None) -> int:
        """Disarm one fault, or all; give how many there were."""
        with self._lock:
            kept = [each for each in self._armed if number is not None and each.number != number]
            cleared = len(self._armed) - len(kept)
            self._armed = kept
            return cleared

    def on_call(self, method: str, path: str) -> list[Fault]:
        """Give the faults that fire on an HTTP call: latencies first met, up to the first that answers it."""
        firing: list[Fault] = []
        with self._lock:
            for each in self._armed:
                if each.fault.is_on_call(method, path) and each.fires():
                    firing.append(each.fault)
                    if each.fault.kind != "latency":
                        break
        return firing

    def locked_rows(self, object_name: str, rows: Sequence[Mapping[str, object]]) -> frozenset[int]:
        """Give the positions of the rows that shall fail with UNABLE_TO_LOCK_ROW in this write.

        One write (a REST call, or a chunk of a Bulk job) is one match. A fault with `keys` looks only at writes that
        have one of them; one without takes `share` of the rows, or all.
        """
        locked: set[int] = set()
        with self._lock:
            for each in self._of_object("lock-row", object_name):
                chosen = _rows_with_keys(each.fault.keys, rows)
                if chosen and each.fires():
                    share = 1.0 if each.fault.share is None else each.fault.share
                    locked.update(row for row in chosen if share >= 1 or each.random.random() < share)
        return frozenset(locked)

    def bulk_failure(self, object_name: str) -> BulkFailure | None:
        """Say whether and how a Bulk job on this object shall fail; asked once per job."""
        fault = self._first("bulk-failed", object_name)
        if fault is None:
            return None
        return BulkFailure(0.5 if fault.share is None else fault.share, fault.message or _BULK_FAILURE)

    def bulk_delay(self, object_name: str) -> float:
        """Give the seconds to add to a Bulk job on this object; asked once per job."""
        fault = self._first("bulk-slow", object_name)
        return 0.0 if fault is None or fault.seconds is None else fault.seconds

    def _first(self, kind: FaultKind, object_name: str) -> Fault | None:
        with self._lock:
            return next((each.fault for each in self._of_object(kind, object_name) if each.fires()), None)

    def _of_object(self, kind: FaultKind, object_name: str) -> list[_Armed]:
        return [each for each in self._armed if each.fault.kind == kind and each.fault.is_on_object(object_name)]


RowLocks = Callable[[str, Sequence[Mapping[str, object]]], frozenset[int]]
"""What a writer asks before it writes rows of an object: `Faults.locked_rows`."""


def object_in(path: str) -> str | None:
    """Find the object that a path names: `/services/data/v67.0/sobjects/Case/5003…` → `Case`."""
    found = _OBJECT_IN_PATH.search(path)
    return found.group(1) if found else None


def _rows_with_keys(keys: frozenset[str], rows: Sequence[Mapping[str, object]]) -> list[int]:
    if not keys:
        return list(range(len(rows)))
    return [position for position, row in enumerate(rows) if any(_is_key(keys, value) for value in row.values())]


def _is_key(keys: frozenset[str], value: object) -> bool:
    return isinstance(value, str) and value in keys
