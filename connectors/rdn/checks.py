"""What `drawbar doctor` asks of RDN: whether the key is good and the FireHose runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from drawbar.connectors.rdn.client import RdnClient
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class RdnChecks:
    """Implements `Checkable`, with one call."""

    client: RdnClient
    system: str = "RDN"

    def checks(self, now: datetime) -> Iterator[Check]:
        del now
        try:
            last = self.client.last_event_id()
        except DrawbarError as error:
            yield Check(self.system, "key and FireHose", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Check(self.system, "key and FireHose", ok=True, detail=f"last event {last}")
