"""What `drawbar doctor` asks of PassTime: log-in, and that exports come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from drawbar.connectors.passtime.client import NAME, PassTimeClient
from drawbar.connectors.passtime.connector import PassTime
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class PassTimeChecks:
    """Implements `Checkable`, at the cost of one log-in."""

    passtime: PassTime

    def checks(self, now: datetime) -> Iterator[Check]:
        """Check the surfaces that are configured."""
        if self.passtime.interface is not None:
            yield self._log_in(self.passtime.interface)
        if self.passtime.settings.portal.folder is not None:
            yield self._exports(now)

    def _log_in(self, client: PassTimeClient) -> Check:
        try:
            client.log_in()
        except DrawbarError as error:
            return Check(NAME, "log-in", ok=False, detail=error.message, remedy=error.remedy)
        return Check(NAME, "log-in", ok=True, detail="PassTime accepts us")

    def _exports(self, now: datetime) -> Check:
        folder = self.passtime.settings.portal.folder
        if folder is None or not folder.is_dir():
            remedy = "Make the folder, or mend passtime.portal.folder."
            return Check(NAME, "portal exports", ok=False, detail=f"there is no folder {folder}", remedy=remedy)
        exports = self.passtime.exports()
        if not exports:
            remedy = "Export the devices at PassTime's portal, and put the file there."
            return Check(NAME, "portal exports", ok=False, detail=f"no export in {folder}", remedy=remedy)
        age = now - datetime.fromtimestamp(exports[-1].stat().st_mtime, UTC)
        return Check(NAME, "portal exports", ok=True, detail=f"{exports[-1].name} is {age.days} days old")
