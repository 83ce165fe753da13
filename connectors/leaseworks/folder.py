"""Deliveries in a local or mounted folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from drawbar.connectors.leaseworks.settings import FolderSettings
from drawbar.connectors.leaseworks.transport import PARTIAL, SYSTEM, RemoteDelivery, RemoteFile, archive_name
from drawbar.middleware.errors import ConfigError, RetryLater, StopRun
from drawbar.middleware.manifest import MANIFEST_FILE, MAX_MANIFEST_BYTES
from drawbar.middleware.ports import Check


class FolderTransport:
    """Reads deliveries from `<path>/outbound` and moves them to `<path>/archive`."""

    def __init__(self, settings: FolderSettings) -> None:
        self._outbound = settings.path.expanduser() / settings.outbound
        self._archive = settings.path.expanduser() / settings.archive

    @property
    def description(self) -> str:
        return str(self._outbound)

    def waiting(self, wanted: Callable[[str], bool]) -> list[RemoteDelivery]:
        return [self._survey(folder) for folder in self._folders(self._outbound) if wanted(folder.name)]

    def archived(self) -> list[str]:
        return [folder.name for folder in self._folders(self._archive)] if self._archive.is_dir() else []

    def fetch(self, delivery: str, files: Sequence[RemoteFile], into: Path) -> None:
        for file in files:
            target = into / file.name
            if target.exists() and target.stat().st_size == file.size:
                continue
            partial = target.with_name(target.name + PARTIAL)
            try:
                shutil.copyfile(self._outbound / delivery / file.name, partial)
            except OSError as error:
                raise self._unreadable(error, f"{delivery}/{file.name}") from error
            partial.replace(target)

    def archive(self, delivery: str) -> None:
        source = self._outbound / delivery
        taken = self.archived()
        if not source.exists():
            if delivery in taken:
                return
            raise StopRun("is neither in outbound nor in archive.", record=delivery, remedy="Look where it went.")
        self._archive.mkdir(exist_ok=True)
        try:
            shutil.move(source, self._archive / archive_name(delivery, taken))
        except OSError as error:
            raise StopRun(
                f"cannot be moved to {self._archive} ({error.strerror}).",
                record=delivery,
                remedy="Give Drawbar's user the right to write there, then run it again.",
            ) from error

    def checks(self) -> Iterator[Check]:
        for name, folder, right in (("outbound", self._outbound, os.R_OK), ("archive", self._archive, os.W_OK)):
            ok = folder.is_dir() and os.access(folder, right | os.X_OK)
            remedy = "" if ok else f"Create {folder} and give Drawbar's user rights to it."
            yield Check(SYSTEM, f"folder {name}", ok, str(folder), remedy)

    def _folders(self, parent: Path) -> list[Path]:
        try:
            return sorted(entry for entry in parent.iterdir() if entry.is_dir())
        except OSError as error:
            raise ConfigError(
                f"folder {parent} cannot be read ({error.strerror}).",
                remedy="Create it, or correct [leaseworks.folder] in drawbar.toml.",
            ) from error

    def _survey(self, folder: Path) -> RemoteDelivery:
        try:
            entries = [entry for entry in sorted(folder.iterdir()) if entry.is_file()]
            files = tuple(RemoteFile(entry.name, entry.stat().st_size) for entry in entries)
            manifest = folder / MANIFEST_FILE
            with manifest.open("rb") as opened:
                content = opened.read(MAX_MANIFEST_BYTES)
        except FileNotFoundError:
            return RemoteDelivery(folder.name, (), None)
        except OSError as error:
            raise self._unreadable(error, folder.name) from error
        return RemoteDelivery(folder.name, files, content)

    def _unreadable(self, error: OSError, name: str) -> StopRun | RetryLater:
        if isinstance(error, PermissionError):
            return StopRun("cannot be read.", record=name, remedy="Give Drawbar's user the right to read it.")
        return RetryLater(f"{name} cannot be read now ({error.strerror}).", remedy=f"Look at {self._outbound}.")
