"""What the counting server counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LOG_IN = "log in"


@dataclass(slots=True)
class Counts:
    """Calls by kind, records by how they came (`Lease_Account__c by Bulk`), bytes of bodies both ways, seconds.

    `late` is the time that answers were held back, `waited` the time from a Bulk job's start to the question after
    which its client knew that it was done: no work of the client can change either.
    """

    calls: dict[str, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    bytes_in: int = 0
    bytes_out: int = 0
    late: float = 0.0
    waited: float = 0.0

    @property
    def api_calls(self) -> int:
        """All calls that count against the org's limit: a log-in does not."""
        return sum(self.calls.values()) - self.calls.get(LOG_IN, 0)

    @property
    def sent(self) -> int:
        return sum(self.records.values())

    def note_call(self, kind: str) -> None:
        self.calls[kind] = self.calls.get(kind, 0) + 1

    def note_records(self, object_name: str, way: str, count: int) -> None:
        name = f"{object_name} by {way}"
        self.records[name] = self.records.get(name, 0) + count

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Counts:
        return cls(**stored)
