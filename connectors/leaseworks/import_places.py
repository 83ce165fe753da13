"""Where imports are left for LeaseWorks and its answers are found: the same few steps over SFTP and in a folder.

An import is a folder of files with a manifest. It is uploaded under another name and then renamed, so that LeaseWorks
sees all of it or nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import asyncssh

from drawbar.connectors.leaseworks.settings import FolderSettings, ImportSettings, SftpSettings
from drawbar.connectors.leaseworks.transport import PARTIAL, SYSTEM, archive_name
from drawbar.middleware.errors import ConfigError, RetryLater, StopRun
from drawbar.middleware.manifest import MANIFEST_FILE, MAX_MANIFEST_BYTES
from drawbar.middleware.ports import Check
from drawbar.middleware.sftp import SftpHost

_SUFFIX: Final = ".csv"
_CHUNK_BYTES: Final = 1 << 20


class ImportPlace(Protocol):
    """Where imports go. Every method raises RetryLater while the place does not answer, StopRun or ConfigError when
    it never will until somebody acts."""

    @property
    def description(self) -> str: ...

    def send(self, name: str, files: Mapping[str, bytes]) -> None:
        """Leave an import there; one of that name and content that is there already is left alone.

        Raises StopRun when another content is there under that name.
        """
        ...

    def answers(self) -> dict[str, bytes]:
        """Give the answers that are there, by the name of the import."""
        ...

    def put_away(self, name: str) -> None:
        """Move an answer that was taken in to the archive."""
        ...

    def checks(self) -> Iterator[Check]: ...


class FolderImports:
    """Imports in a local or mounted folder."""

    def __init__(self, folder: FolderSettings, settings: ImportSettings) -> None:
        root = folder.path.expanduser()
        self._imports, self._answers = root / settings.folder, root / settings.answers
        self._archive = root / folder.archive

    @property
    def description(self) -> str:
        return str(self._imports)

    def send(self, name: str, files: Mapping[str, bytes]) -> None:
        final, part = self._imports / name, self._imports / f"{name}{PARTIAL}"
        if final.exists():
            _require_same(self.description, name, (final / MANIFEST_FILE).read_bytes(), files[MANIFEST_FILE])
            return
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for file, content in files.items():
                (part / file).write_bytes(content)
            part.rename(final)
        except OSError as error:
            raise _unwritable(self._imports, error) from error

    def answers(self) -> dict[str, bytes]:
        try:
            return {path.stem: path.read_bytes() for path in sorted(self._answers.glob(f"*{_SUFFIX}"))}
        except OSError as error:
            raise RetryLater(
                f"{self._answers} cannot be read ({error.strerror})", remedy="See that the folder is mounted."
            ) from error

    def put_away(self, name: str) -> None:
        try:
            taken = [path.name for path in self._archive.iterdir()]
            shutil.move(self._answers / f"{name}{_SUFFIX}", self._archive / archive_name(f"{name}{_SUFFIX}", taken))
        except OSError as error:
            raise _unwritable(self._archive, error) from error

    def checks(self) -> Iterator[Check]:
        for what, folder, right in (("imports", self._imports, os.W_OK), ("answers", self._answers, os.R_OK)):
            ok = folder.is_dir() and os.access(folder, right | os.X_OK)
            remedy = "" if ok else f"Create {folder} and give Drawbar's user rights to it."
            yield Check(SYSTEM, f"folder {what}", ok, str(folder), remedy)


class SftpImports:
    """Imports on LeaseWorks' SFTP server; one connection per call."""

    def __init__(self, sftp: SftpSettings, settings: ImportSettings) -> None:
        self._sftp, self._settings = sftp, settings
        self._host = SftpHost(sftp, SYSTEM, "leaseworks.imports", "folder and answers")

    @property
    def description(self) -> str:
        return f"sftp://{self._sftp.user}@{self._host.address}/{self._settings.folder}"

    def send(self, name: str, files: Mapping[str, bytes]) -> None:
        self._host.run(self._send(name, files))

    def answers(self) -> dict[str, bytes]:
        return self._host.run(self._read_answers())

    def put_away(self, name: str) -> None:
        self._host.run(self._put_away(f"{name}{_SUFFIX}"))

    def checks(self) -> Iterator[Check]:
        yield from self._host.checks(self.description, (self._settings.folder, self._settings.answers))

    async def _send(self, name: str, files: Mapping[str, bytes]) -> None:
        final, part = f"{self._settings.folder}/{name}", f"{self._settings.folder}/{name}{PARTIAL}"
        async with self._host.session() as sftp:
            if await self._host.timed(sftp.exists(final)):
                async with self._host.opened(sftp, f"{final}/{MANIFEST_FILE}") as file:
                    there = await self._host.read(file, MAX_MANIFEST_BYTES, 0)
                _require_same(self.description, name, there, files[MANIFEST_FILE])
                return
            if await self._host.timed(sftp.exists(part)):
                await self._host.timed(sftp.rmtree(part))  # of an upload that broke off
            await self._host.timed(sftp.mkdir(part))
            for each, content in files.items():
                await self._upload(sftp, f"{part}/{each}", content)
            await self._host.timed(sftp.rename(part, final))

    async def _upload(self, sftp: asyncssh.SFTPClient, path: str, content: bytes) -> None:
        async with self._host.opened(sftp, path, "wb") as target:
            for offset in range(0, len(content), _CHUNK_BYTES):
                await self._host.timed(target.write(content[offset : offset + _CHUNK_BYTES], offset))

    async def _read_answers(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        async with self._host.session() as sftp:
            for name in await self._host.names(sftp, self._settings.answers):
                if name.endswith(_SUFFIX):
                    found[name.removesuffix(_SUFFIX)] = await self._whole(sftp, f"{self._settings.answers}/{name}")
        return found

    async def _whole(self, sftp: asyncssh.SFTPClient, path: str) -> bytes:
        content = b""
        async with self._host.opened(sftp, path) as file:
            while chunk := await self._host.read(file, _CHUNK_BYTES, len(content)):
                content += chunk
        return content

    async def _put_away(self, file: str) -> None:
        async with self._host.session() as sftp:
            taken = await self._host.names(sftp, self._sftp.archive)
            target = f"{self._sftp.archive}/{archive_name(file, taken)}"
            await self._host.timed(sftp.rename(f"{self._settings.answers}/{file}", target))


def _require_same(place: str, name: str, there: bytes, ours: bytes) -> None:
    if hashlib.sha256(there).digest() != hashlib.sha256(ours).digest():
        raise StopRun(
            f"is at {place} already, with other content", record=name,
            remedy="Look who put it there, move it away, and run the job again.",
        )  # fmt: skip


def _unwritable(folder: Path, error: OSError) -> ConfigError | RetryLater:
    if isinstance(error, PermissionError | FileNotFoundError):
        return ConfigError(
            f"{folder} cannot be written ({error.strerror})", remedy="Create it and give Drawbar's user rights to it."
        )
    return RetryLater(f"{folder} cannot be written now ({error.strerror})", remedy="See that it has room.")
