"""Deliveries on an SFTP server. The host key is verified always; transfers go on where they stopped."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

import asyncssh

from drawbar.connectors.leaseworks.manifest import MANIFEST_FILE, MAX_MANIFEST_BYTES
from drawbar.connectors.leaseworks.settings import SftpSettings
from drawbar.connectors.leaseworks.transport import PARTIAL, SYSTEM, RemoteDelivery, RemoteFile, archive_name
from drawbar.middleware.errors import ConfigError, DrawbarError, RetryLater, StopRun
from drawbar.middleware.ports import Check

CHUNK_BYTES = 4 << 20
"""How much is asked for at once; asyncssh splits it into parallel requests."""

_FILES = frozenset({asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN})
_STEPS = ("reachable", "host key", "login", "folders")

ResultT = TypeVar("ResultT")


class HostKeyRefused(StopRun):
    """The server did not show the host key that we know: a new server, or somebody in between."""


class LoginRefused(ConfigError):
    """The server does not accept our user, password or key."""


class SftpTransport:
    """Reads deliveries from `outbound` and moves them to `archive`; one connection per call."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings

    @property
    def description(self) -> str:
        return f"sftp://{self._settings.user}@{self._server}/{self._settings.outbound}"

    def waiting(self, wanted: Callable[[str], bool]) -> list[RemoteDelivery]:
        return self._run(self._waiting(wanted))

    def archived(self) -> list[str]:
        return self._run(self._listed(self._settings.archive))

    def fetch(self, delivery: str, files: Sequence[RemoteFile], into: Path) -> None:
        self._run(self._fetch(delivery, files, into))

    def archive(self, delivery: str) -> None:
        self._run(self._archive(delivery))

    def checks(self) -> Iterator[Check]:
        try:
            self._run(self._look())
            failed, error = len(_STEPS), None
        except DrawbarError as caught:
            failed, error = self._failed_step(caught), caught
        for number, step in enumerate(_STEPS[: failed + 1]):
            ok = error is None or number < failed
            detail = self.description if ok or error is None else error.message
            yield Check(SYSTEM, f"sftp {step}", ok, detail, "" if ok or error is None else error.remedy)

    @property
    def _server(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    @staticmethod
    def _failed_step(error: DrawbarError) -> int:
        steps: tuple[type[DrawbarError], ...] = (RetryLater, HostKeyRefused, LoginRefused)
        return next((number for number, kind in enumerate(steps) if isinstance(error, kind)), len(steps))

    async def _waiting(self, wanted: Callable[[str], bool]) -> list[RemoteDelivery]:
        async with self._session() as sftp:
            names = await self._names(sftp, self._settings.outbound)
            return [await self._survey(sftp, name) for name in names if wanted(name)]

    async def _survey(self, sftp: asyncssh.SFTPClient, name: str) -> RemoteDelivery:
        folder = f"{self._settings.outbound}/{name}"
        entries = await self._timed(sftp.readdir(folder))
        files = {str(entry.filename): entry.attrs.size or 0 for entry in entries if entry.attrs.type in _FILES}
        if MANIFEST_FILE not in files:
            return RemoteDelivery(name, (), None)
        async with self._opened(sftp, f"{folder}/{MANIFEST_FILE}") as opened:
            content = await self._read(opened, MAX_MANIFEST_BYTES, 0)
        listed = tuple(RemoteFile(file, size) for file, size in sorted(files.items()))
        return RemoteDelivery(name, listed, content)

    async def _listed(self, folder: str) -> list[str]:
        async with self._session() as sftp:
            return await self._names(sftp, folder)

    async def _names(self, sftp: asyncssh.SFTPClient, folder: str) -> list[str]:
        names = await self._timed(sftp.listdir(folder))
        return sorted(str(name) for name in names if name not in {".", ".."})

    async def _fetch(self, delivery: str, files: Sequence[RemoteFile], into: Path) -> None:
        async with self._session() as sftp:
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
        async with self._opened(sftp, remote) as source:
            with partial.open("ab") as local:
                while offset < size:
                    chunk = await self._read(source, CHUNK_BYTES, offset)
                    if not chunk:
                        raise RetryLater(f"{remote} ended at {offset} of {size} bytes.")
                    local.write(chunk)
                    offset += len(chunk)
                local.flush()
                os.fsync(local.fileno())
        partial.replace(target)

    async def _read(self, file: asyncssh.SFTPClientFile, size: int, offset: int) -> bytes:
        return cast("bytes", await self._timed(file.read(size, offset)))  # opened "rb", which its types cannot tell

    async def _archive(self, delivery: str) -> None:
        async with self._session() as sftp:
            source = f"{self._settings.outbound}/{delivery}"
            taken = await self._names(sftp, self._settings.archive)
            if await self._timed(sftp.exists(source)):
                target = f"{self._settings.archive}/{archive_name(delivery, taken)}"
                await self._timed(sftp.rename(source, target))
            elif delivery not in taken:
                raise StopRun("is neither in outbound nor in archive.", record=delivery, remedy="Look where it went.")

    async def _look(self) -> None:
        async with self._session() as sftp:
            for folder in (self._settings.outbound, self._settings.archive):
                await self._timed(sftp.listdir(folder))

    async def _timed(self, step: Awaitable[ResultT]) -> ResultT:
        async with asyncio.timeout(self._settings.timeout_seconds):
            return await step

    @asynccontextmanager
    async def _opened(self, sftp: asyncssh.SFTPClient, path: str) -> AsyncIterator[asyncssh.SFTPClientFile]:
        file = await self._timed(sftp.open(path, "rb"))
        yield file
        await self._timed(file.close())  # after a failure the session ends, and the file with it

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        connection = await self._connect()
        try:
            yield await self._timed(connection.start_sftp_client())
            connection.close()
            await self._timed(connection.wait_closed())
        finally:
            connection.abort()  # a server that hangs is not waited for a second time

    async def _connect(self) -> asyncssh.SSHClientConnection:
        settings = self._settings
        secret, passphrase = settings.password, settings.private_key_passphrase
        return await asyncssh.connect(
            settings.host,
            settings.port,
            username=settings.user,
            password=secret.get_secret_value() if secret else None,
            client_keys=[str(settings.private_key.expanduser())] if settings.private_key else None,
            passphrase=passphrase.get_secret_value() if passphrase else None,
            known_hosts=str(self._known_hosts()),
            config=None,
            agent_path=None,
            connect_timeout=settings.connect_timeout_seconds,
            login_timeout=settings.connect_timeout_seconds,
            keepalive_interval=15,
        )

    def _known_hosts(self) -> Path:
        path = self._settings.known_hosts.expanduser()
        if not path.is_file():
            raise ConfigError(f"there is no known_hosts file {path}.", remedy=self._how_to_know())
        return path

    def _how_to_know(self) -> str:
        settings = self._settings
        return (
            f"Run: ssh-keyscan -p {settings.port} {settings.host} >> {settings.known_hosts}"
            " and compare the fingerprint (ssh-keygen -lf) with the one that LeaseWorks gives you by telephone."
        )

    def _run(self, work: Coroutine[object, object, ResultT]) -> ResultT:
        try:
            return asyncio.run(work)
        except asyncssh.HostKeyNotVerifiable as error:
            raise HostKeyRefused(
                f"{self._server} does not show the host key that {self._settings.known_hosts} holds.",
                remedy=f"Ask LeaseWorks whether it changed and do not connect before you know. {self._how_to_know()}",
            ) from error
        except asyncssh.PermissionDenied as error:
            raise LoginRefused(
                f"{self._server} does not let user {self._settings.user} in.",
                remedy="Correct user, password or private_key under [leaseworks.sftp], or ask LeaseWorks.",
            ) from error
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise LoginRefused(
                f"private key {self._settings.private_key} cannot be used ({error}).",
                remedy="Correct private_key or private_key_passphrase under [leaseworks.sftp].",
            ) from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPPermissionDenied) as error:
            raise StopRun(
                f"{self._server} refuses a path ({error.reason}).",
                remedy="Check outbound and archive under [leaseworks.sftp], and the rights of our user there.",
            ) from error
        except (asyncssh.Error, OSError, socket.gaierror, TimeoutError) as error:
            raise RetryLater(
                f"{self._server} does not answer ({str(error) or type(error).__name__}).",
                remedy="It is tried again; if it lasts, check the network and ask LeaseWorks.",
            ) from error
