"""What `drawbar doctor` asks of FleetRock: the log-in, and whether it lets us see units and orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drawbar.connectors.fleetrock.client import FleetRockClient
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class FleetRockChecks:
    """Implements `Checkable`, with three calls."""

    client: FleetRockClient
    system: str = "FleetRock"

    def checks(self, now: datetime) -> Iterator[Check]:
        """Log in and read a little; what depends on the log-in ends with it."""
        units = self._check("log-in and units", lambda: f"{len(self.client.units())} units")
        yield units
        if units.ok:
            day = now - timedelta(days=1)
            yield self._check(
                "repair orders", lambda: f"{len(self.client.orders('started', day, now))} begun in the last 24 hours"
            )

    def _check(self, name: str, ask: Callable[[], str]) -> Check:
        try:
            return Check(self.system, name, ok=True, detail=ask())
        except DrawbarError as error:
            return Check(self.system, name, ok=False, detail=error.message, remedy=error.remedy)
        finally:
            self.client.close()
