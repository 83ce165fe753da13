"""What targets have alike that act on one record after the other, and whose records cannot be deleted."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget
from drawbar.middleware.records import Outcome, TargetRecord


@dataclass(frozen=True, slots=True)
class Lasting:
    """Why a target deletes nothing, and what to do instead."""

    code: str
    message: str
    remedy: str


class OneByOne(ABC):
    """The half of `RecordTarget` that is the same for all of them; `lasting` says why nothing is deleted."""

    __slots__ = ()
    chunk_size: int
    lasting: ClassVar[Lasting]

    @property
    def budget(self) -> ApiBudget:
        return UNKNOWN_BUDGET

    def delete(self, object_name: str, keys: Sequence[str]) -> list[Outcome]:
        """Refuse each; raises ValueError for too many at once."""
        self.must_fit(keys)
        why = self.lasting
        return [
            Outcome(object_name, key, "refused", code=why.code, message=why.message, remedy=why.remedy) for key in keys
        ]

    def must_fit(self, records: Sequence[object]) -> None:
        """Raise ValueError for more than fit into one call."""
        if len(records) > self.chunk_size:
            raise ValueError(f"{len(records)} records do not fit into one call of {self.chunk_size}")


def refused(record: TargetRecord, error: RecordRejected, *, remedy: str = "") -> Outcome:
    """Give the outcome of a record that is refused; `remedy` counts where the error has none."""
    return Outcome(
        record.object, record.key, "refused", code=error.code, message=error.message,
        fields=(error.field,) if error.field else (), remedy=error.remedy or remedy,
    )  # fmt: skip
