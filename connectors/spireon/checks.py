"""What `drawbar doctor` asks of Spireon: log-in, and that trucks are seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from drawbar.connectors.spireon.client import NAME, SpireonClient
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class SpireonChecks:
    """Implements `Checkable`, at the cost of two calls and perhaps a log-in."""

    client: SpireonClient

    def checks(self, now: datetime) -> Iterator[Check]:  # noqa: ARG002  (nothing here depends on the time)
        """Check that we are let in, and that the user sees trucks."""
        try:
            self.client.identity()
            seen = next(self.client.assets(), None)
        except DrawbarError as error:
            yield Check(NAME, "log-in", ok=False, detail=error.message, remedy=error.remedy)
            return
        yield Check(NAME, "log-in", ok=True, detail="Spireon accepts us")
        yield Check(
            NAME,
            "trucks",
            ok=seen is not None,
            detail="the user sees trucks" if seen is not None else "the user sees no truck",
            remedy="" if seen is not None else "Have Spireon assign the account's trucks to the user.",
        )
