"""Deliveries to Orion by SFTP: each file under a name of its own until it is there in full, the manifest last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncssh

from drawbar.connectors.orion.bundle import Bundle
from drawbar.connectors.orion.settings import SYSTEM, OrionSftpSettings
from drawbar.middleware.errors import StopRun
from drawbar.middleware.manifest import MANIFEST_FILE, MAX_MANIFEST_BYTES
from drawbar.middleware.ports import Check
from drawbar.middleware.sftp import SftpHost

PARTIAL: Final = ".part"
CHUNK_BYTES: Final = 1 << 20


class SftpInbox:
    """Orion's folder for deliveries; one connection per call."""

    def __init__(self, settings: OrionSftpSettings) -> None:
        self._settings = settings
        self._host = SftpHost(settings, SYSTEM, "orion.sftp", "folder")

    @property
    def description(self) -> str:
        return f"sftp://{self._settings.user}@{self._host.address}/{self._settings.folder}"

    def send(self, bundle: Bundle) -> None:
        """Upload a bundle; one that is there in full already is left alone.

        Raises StopRun when a delivery of that name with other content is there, RetryLater when the transfer breaks
        off: the next call begins again, and Orion sees no manifest until all files are there.
        """
        self._host.run(self._send(bundle))

    def checks(self) -> Iterator[Check]:
        yield from self._host.checks(self.description, (self._settings.folder,))

    async def _send(self, bundle: Bundle) -> None:
        folder = f"{self._settings.folder}/{bundle.name}"
        async with self._host.session() as sftp:
            if await self._host.timed(sftp.exists(f"{folder}/{MANIFEST_FILE}")):
                await self._require_same(sftp, folder, bundle)
                return
            if not await self._host.timed(sftp.exists(folder)):
                await self._host.timed(sftp.mkdir(folder))
            for name in bundle.files:
                await self._upload(sftp, bundle.folder / name, f"{folder}/{name}")

    async def _require_same(self, sftp: asyncssh.SFTPClient, folder: str, bundle: Bundle) -> None:
        async with self._host.opened(sftp, f"{folder}/{MANIFEST_FILE}") as file:
            there = await self._host.read(file, MAX_MANIFEST_BYTES, 0)
        if hashlib.sha256(there).hexdigest() != bundle.digest:
            raise StopRun(
                f"is at {self.description} already, with other content",
                record=bundle.name,
                remedy=f"Deliver under the next number: drawbar orion deliver --date {bundle.business_date} --again",
            )

    async def _upload(self, sftp: asyncssh.SFTPClient, local: Path, remote: str) -> None:
        async with self._host.opened(sftp, remote + PARTIAL, "wb") as target:
            with local.open("rb") as source:
                offset = 0
                while chunk := source.read(CHUNK_BYTES):
                    await self._host.timed(target.write(chunk, offset))
                    offset += len(chunk)
        if await self._host.timed(sftp.exists(remote)):
            await self._host.timed(sftp.remove(remote))  # of an upload that broke off before its manifest
        await self._host.timed(sftp.rename(remote + PARTIAL, remote))
