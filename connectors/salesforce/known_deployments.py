"""Which deployments have been sent and had not ended when they were last looked at, in a file of the data folder.

So a command that was interrupted goes on with its deployment when it is given again, and sends nothing twice.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drawbar.connectors.salesforce.metadata.archive import Archive

FILE: Final = "deployments.json"


@dataclass(frozen=True, slots=True)
class KnownDeployments:
    """Ids of deployments by org, zip and whether it was a check."""

    folder: Path
    org: str

    def get(self, archive: Archive, *, check_only: bool) -> str | None:
        """Give the id under which this zip was sent to this org; None when it was not, or has ended."""
        return self._read().get(self._key(archive, check_only=check_only))

    def keep(self, archive: Archive, deployment_id: str, *, check_only: bool) -> None:
        """Note that a zip has been sent."""
        self._write(self._read() | {self._key(archive, check_only=check_only): deployment_id})

    def forget(self, archive: Archive, *, check_only: bool) -> None:
        """Note that a deployment has ended."""
        key = self._key(archive, check_only=check_only)
        self._write({name: each for name, each in self._read().items() if name != key})

    def drop(self, deployment_id: str) -> None:
        """Note that a deployment has ended, whatever it was of."""
        self._write({name: each for name, each in self._read().items() if each != deployment_id})

    def _key(self, archive: Archive, *, check_only: bool) -> str:
        facts = json.dumps([self.org, archive.digest, check_only])
        return hashlib.sha256(facts.encode()).hexdigest()

    def _read(self) -> dict[str, str]:
        path = self.folder / FILE
        if not path.exists():
            return {}
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return known

    def _write(self, known: dict[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self.folder / f"{FILE}.tmp"
        unfinished.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(self.folder / FILE)
