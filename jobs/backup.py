"""Backup of a hub on SQLite: one archive with both databases, each with its checksum.

It may be made while a worker runs: SQLite's online backup gives a snapshot. The engine's records are copied before the
hub, so that a step may be done twice after a restore and never counts as done when its effects are not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from drawbar.jobs.hub import ENGINE_FILE, HubDatabase
from drawbar.middleware.database.migrate import require_current
from drawbar.middleware.errors import ConfigError, StopRun

_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_HUB: Final = "drawbar.db"
_MEMBERS: Final = (_HUB, ENGINE_FILE)
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds: bytes per file, by name."""

    made_at: datetime
    drawbar: str
    files: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BackupDesk:
    """Backs up and restores the hub of a data folder."""

    data_folder: Path
    database: HubDatabase

    def back_up(self, archive: Path, now: datetime) -> Backup:
        """Write an archive, readable by its owner alone; a file of that name is replaced when the new one is whole."""
        hub, in_use = self._hub_file(), self.database.locks.use()
        try:
            require_current(self.database.hub)
            with self.database.locks.held("backup", "a backup"), self._workplace() as place:
                if self._engine_file.exists():
                    _snapshot(self._engine_file, place / ENGINE_FILE)
                _snapshot(hub, place / _HUB)
                return _pack(place, archive, now)
        finally:
            in_use.release()

    def restore(self, archive: Path) -> Backup:
        """Put the archive's hub where there is none; raises StopRun when the archive is not what was written."""
        hub = self._hub_file()
        there = [each.name for each in (hub, _beside(hub, "-wal")) if each.exists()]
        if there:
            raise ConfigError(
                f"{self.data_folder} holds a hub already ({there[0]})",
                remedy="Move the whole folder aside, so that nothing of it is lost, and restore again.",
            )
        with self.database.alone(), self._workplace() as place:
            backup = _unpack(archive, place)
            self._put_in_place(place, hub)
        return backup

    @property
    def _engine_file(self) -> Path:
        return self.data_folder / ENGINE_FILE

    def _hub_file(self) -> Path:
        url = self.database.hub.url
        if url.get_backend_name() != "sqlite":
            raise ConfigError(
                "the hub is on PostgreSQL", remedy="Use pg_dump and pg_restore; see the guide, Backup and restore."
            )
        return Path(url.database or "")

    @contextmanager
    def _workplace(self) -> Iterator[Path]:
        """Give a folder on the disk of the data folder; what killed commands have left is removed."""
        self.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self.data_folder.glob("backup-*.part"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="backup-", suffix=".part", dir=self.data_folder) as name:
            yield Path(name)

    def _put_in_place(self, place: Path, hub: Path) -> None:
        """Move what was unpacked to its places, the hub's database last: without it nothing counts as restored."""
        for suffix in ("", "-wal", "-shm"):
            _beside(self._engine_file, suffix).unlink(missing_ok=True)
        if (place / ENGINE_FILE).exists():
            (place / ENGINE_FILE).replace(self._engine_file)
        (place / _HUB).replace(hub)


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _snapshot(source: Path, copy: Path) -> None:
    """Copy a database as it is at one moment; nobody waits for the copying."""
    with closing(_connected(source)) as snapshot, closing(sqlite3.connect(copy)) as target:
        snapshot.execute("BEGIN")
        snapshot.execute("SELECT count(*) FROM sqlite_master").fetchone()
        snapshot.backup(target)


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=30, isolation_level=None)


def _pack(place: Path, archive: Path, now: datetime) -> Backup:
    files = sorted(path for path in place.rglob("*") if path.is_file())
    listed = {path.relative_to(place).as_posix(): path for path in files}
    entries = {name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for name, path in listed.items()}
    made = {"format": _FORMAT, "made_at": now.isoformat(), "drawbar": version("drawbar"), "files": entries}
    unfinished = _beside(archive, ".part")
    with _private(unfinished) as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as packed:
            packed.writestr(_MANIFEST, json.dumps(made, indent=2))
            for name, path in listed.items():
                packed.write(path, name)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(archive)
    return _backup(made)


def _private(path: Path) -> IO[bytes]:
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def _backup(manifest: Mapping[str, Any]) -> Backup:
    sizes = {name: int(entry["bytes"]) for name, entry in manifest["files"].items()}
    return Backup(datetime.fromisoformat(manifest["made_at"]), manifest["drawbar"], sizes)


def _unpack(archive: Path, place: Path) -> Backup:
    try:
        with ZipFile(archive) as packed:
            manifest = json.loads(packed.read(_MANIFEST))
            if manifest["format"] != _FORMAT:
                raise _damaged(archive, f"has format {manifest['format']}, this release reads {_FORMAT}")
            for name, entry in manifest["files"].items():
                _unpack_one(packed, archive, name, entry["sha256"], place)
    except (BadZipFile, KeyError, ValueError, EOFError) as error:
        raise _damaged(archive, f"is not a whole backup ({type(error).__name__})") from None
    for database in (_HUB, ENGINE_FILE):
        if (place / database).exists() and _integrity(place / database) != "ok":
            raise _damaged(archive, f"holds a damaged {database}")
    return _backup(manifest)


def _unpack_one(packed: ZipFile, archive: Path, name: str, sha256: str, place: Path) -> None:
    if name not in _MEMBERS:
        raise _damaged(archive, f"names a file that no backup has: {name}")
    target = place / name
    with packed.open(name) as member, target.open("wb") as file:
        shutil.copyfileobj(member, file, _BLOCK)
        file.flush()
        os.fsync(file.fileno())
    if _sha256(target) != sha256:
        raise _damaged(archive, f"holds a {name} that has not the checksum of its manifest")


def _damaged(archive: Path, problem: str) -> StopRun:
    return StopRun(f"{archive} {problem}; nothing was restored", remedy="Take another backup.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _integrity(path: Path) -> str:
    with closing(_connected(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
