"""What a write is told and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.values import Source

Operation = Literal["create", "update", "upsert", "delete", "hardDelete", "undelete"]


@dataclass(frozen=True, slots=True)
class WriteContext:
    """Who writes and how.

    `auto_assign` is the `Sforce-Auto-Assign` header: unless it is FALSE, the assignment rule takes a Case's owner.
    `source` says whether values are JSON values or the texts of a CSV file. An upsert with `update_only`
    creates nothing.
    """

    user_id: str
    auto_assign: bool = True
    source: Source = "json"
    update_only: bool = False


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row; `id` is None when nothing was found or made."""

    id: str | None
    created: bool
    success: bool
    errors: tuple[SalesforceError, ...] = ()


class RowWriter(Protocol):
    """Writes rows inside a transaction: the org's rules of writing, or something that stands before them."""

    def write(
        self,
        transaction: Transaction,
        operation: Operation,
        object_name: str,
        rows: Sequence[Mapping[str, object]],
        *,
        external_id: str | None,
        all_or_none: bool,
        context: WriteContext,
    ) -> list[RowResult]:
        """Write rows and give one result per row, in order."""
        ...


def refused(*errors: SalesforceError, record_id: str | None = None) -> RowResult:
    """The result of a row that the org refuses."""
    return RowResult(record_id, created=False, success=False, errors=errors)


ROLLED_BACK = SalesforceError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
"""Why a good row of an all-or-none request was not written."""
