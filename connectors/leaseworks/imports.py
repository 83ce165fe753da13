"""Imports as the hub sees them: rows of several kinds become the files of one import, and answers become verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drawbar.connectors.leaseworks.import_answers import RowAnswer, read_answer
from drawbar.connectors.leaseworks.import_places import FolderImports, ImportPlace, SftpImports
from drawbar.connectors.leaseworks.import_records import ImportRow
from drawbar.connectors.leaseworks.settings import ImportSettings, LeaseWorksSettings
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.manifest import MANIFEST_FILE, ManifestEntry, manifest_text, sha256_of_bytes
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class LeaseWorksImports:
    """LeaseWorks as something that takes imports; holds no connection open between calls."""

    settings: ImportSettings
    place: ImportPlace

    def files(self, rows: Mapping[str, Sequence[ImportRow]]) -> dict[str, bytes]:
        """Write the files of an import, one per kind that has rows, the manifest last; equal rows give equal bytes."""
        layout = self.settings.layout
        written = {kind: layout.written(kind, some) for kind, some in rows.items() if some}
        files = {layout.file_of(kind): content for kind, content in written.items()}
        entries = [
            ManifestEntry(layout.file_of(kind), len(rows[kind]), sha256_of_bytes(content))
            for kind, content in written.items()
        ]
        return {**files, MANIFEST_FILE: manifest_text(entries).encode()}

    def send(self, name: str, files: Mapping[str, bytes]) -> None:
        """Leave an import where LeaseWorks finds it; sending it twice is the same as sending it once."""
        self.place.send(name, files)

    def answers(self) -> dict[str, bytes]:
        """Give the answers that lie there, by the name of the import, not understood yet."""
        return self.place.answers()

    def understood(self, name: str, content: bytes) -> list[RowAnswer] | None:
        """Understand an answer; None while it is still being written, RecordRejected when it cannot be."""
        return read_answer(name, content)

    def put_away(self, name: str) -> None:
        """Move an answer that was taken in to the archive."""
        self.place.put_away(name)

    def checks(self, now: datetime) -> Iterator[Check]:  # noqa: ARG002  (what is checked has no age)
        """Whether imports can be left and answers read, for `drawbar doctor`."""
        yield from self.place.checks()


def open_imports(settings: LeaseWorksSettings) -> LeaseWorksImports | None:
    """Open the way for imports; None when the settings have no [leaseworks.imports]."""
    if settings.imports is None:
        return None
    if settings.sftp is not None and settings.surface != "folder":
        return LeaseWorksImports(settings.imports, SftpImports(settings.sftp, settings.imports))
    if settings.folder is not None:
        return LeaseWorksImports(settings.imports, FolderImports(settings.folder, settings.imports))
    raise ConfigError(
        "there is no way to bring imports to LeaseWorks", remedy="Add [leaseworks.sftp] or [leaseworks.folder]."
    )
