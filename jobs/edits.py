"""What people change in Salesforce: the records that rules look at, and what a rule is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drawbar.middleware.records import Scalar
from drawbar.middleware.sync.inbox_handling import Effect, Handling


@dataclass(frozen=True, slots=True)
class EditedRecord:
    """A record of Salesforce as the org says it is now."""

    object: str
    id: str
    key: str
    fields: Mapping[str, Scalar]
    modified_at: datetime
    modified_by: str


class EditRule(Protocol):
    """What the hub concludes from a change that people made to records of one object."""

    @property
    def object(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]: ...

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Give what the change does, None when nothing of the rule's concern changed; raises RecordRejected."""
        ...
