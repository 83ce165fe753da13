"""What `drawbar doctor` asks of MBSi: whether the token is good and the feed shows our orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from drawbar.connectors.mbsi.client import MbsiClient
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class MbsiChecks:
    """Implements `Checkable`, with one call."""

    client: MbsiClient
    system: str = "MBSi"

    def checks(self, now: datetime) -> Iterator[Check]:
        del now
        try:
            some = any(True for _ in islice(self.client.orders(), 1))
        except DrawbarError as error:
            yield Check(self.system, "token and feed", ok=False, detail=error.message, remedy=error.remedy)
        else:
            found = "shows orders" if some else "is empty"
            yield Check(self.system, "token and feed", ok=True, detail=f"the feed {found}")
