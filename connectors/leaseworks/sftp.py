"""Deliveries on an SFTP server. The host key is verified always; transfers go on where they stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncssh

from drawbar.connectors.leaseworks.settings import SftpSettings
from drawbar.connectors.leaseworks.transport import PARTIAL, SYSTEM, RemoteDelivery, RemoteFile, archive_name
from drawbar.middleware.errors import RetryLater, StopRun
from drawbar.middleware.manifest import MANIFEST_FILE, MAX_MANIFEST_BYTES
from drawbar.middleware.ports import Check
from drawbar.middleware.sftp import SftpHost

CHUNK_BYTES = 4 << 20
"""How much is asked for at once; asyncssh splits it into parallel requests."""

_FILES = frozenset({asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN})


class SftpTransport:
    """Reads deliveries from `outbound` and moves them to `archive`; one connection per call."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._host = SftpHost(settings, SYSTEM, "leaseworks.sftp", "outbound and archive")

    @property
    def description(self) -> str:
        return f"sftp://{self._settings.user}@{self._host.address}/{self._settings.outbound}"

    def waiting(self, wanted: Callable[[str], bool]) -> list[RemoteDelivery]:
        return self._host.run(self._waiting(wanted))

    def archived(self) -> list[str]:
        return self._host.run(self._listed(self._settings.archive))

    def fetch(self, delivery: str, files: Sequence[RemoteFile], into: Path) -> None:
        self._host.run(self._fetch(delivery, files, into))

    def archive(self, delivery: str) -> None:
        self._host.run(self._archive(delivery))

    def checks(self) -> Iterator[Check]:
        yield from self._host.checks(self.description, (self._settings.outbound, self._settings.archive))

    async def _waiting(self, wanted: Callable[[str], bool]) -> list[RemoteDelivery]:
        async with self._host.session() as sftp:
            names = await self._host.names(sftp, self._settings.outbound)
            return [await self._survey(sftp, name) for name in names if wanted(name)]

    async def _survey(self, sftp: asyncssh.SFTPClient, name: str) -> RemoteDelivery:
        folder = f"{self._settings.outbound}/{name}"
        entries = await self._host.timed(sftp.readdir(folder))
        files = {str(entry.filename): entry.attrs.size or 0 for entry in entries if entry.attrs.type in _FILES}
        if MANIFEST_FILE not in files:
            return RemoteDelivery(name, (), None)
        async with self._host.opened(sftp, f"{folder}/{MANIFEST_FILE}") as opened:
            content = await self._host.read(opened, MAX_MANIFEST_BYTES, 0)
        listed = tuple(RemoteFile(file, size) for file, size in sorted(files.items()))
        return RemoteDelivery(name, listed, content)

    async def _listed(self, folder: str) -> list[str]:
        async with self._host.session() as sftp:
            return await self._host.names(sftp, folder)

    async def _fetch(self, delivery: str, files: Sequence[RemoteFile], into: Path) -> None:
        async with self._host.session() as sftp:
            for file in files:
                target = into / file.name
                if not target.exists() or target.stat().st_size != file.size:
                    await self._copy(sftp, f"{self._settings.outbound}/{delivery}/{file.name}", file.size, target)

    async def _copy(self, sftp: asyncssh.SFTPClient, remote: str, size: int, target: Path) -> None:
        partial = target.with_name(target.name + PARTIAL)
        offset = partial.stat().st_size if partial.exists() else 0
        if offset > size:
            partial.unlink()
            offset = 0
        async with self._host.opened(sftp, remote) as source:
            with partial.open("ab") as local:
                while offset < size:
                    chunk = await self._host.read(source, CHUNK_BYTES, offset)
                    if not chunk:
                        raise RetryLater(f"{remote} ended at {offset} of {size} bytes.")
                    local.write(chunk)
                    offset += len(chunk)
                local.flush()
                os.fsync(local.fileno())
        partial.replace(target)

    async def _archive(self, delivery: str) -> None:
        async with self._host.session() as sftp:
            source = f"{self._settings.outbound}/{delivery}"
            taken = await self._host.names(sftp, self._settings.archive)
            if await self._host.timed(sftp.exists(source)):
                target = f"{self._settings.archive}/{archive_name(delivery, taken)}"
                await self._host.timed(sftp.rename(source, target))
            elif delivery not in taken:
                raise StopRun("is neither in outbound nor in archive.", record=delivery, remedy="Look where it went.")
