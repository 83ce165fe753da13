"""SFTP servers of others: one verified connection per call, every wait bounded, each failure in words."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import asyncssh

from drawbar.middleware.errors import ConfigError, DrawbarError, RetryLater, StopRun
from drawbar.middleware.ports import Check
from drawbar.middleware.settings import SftpServer

_STEPS = ("reachable", "host key", "login", "folders")

ResultT = TypeVar("ResultT")


class HostKeyRefused(StopRun):
    """The server did not show the host key that we know: a new server, or somebody in between."""


class LoginRefused(ConfigError):
    """The server does not accept our user, password or key."""


@dataclass(frozen=True, slots=True)
class SftpHost:
    """The way to one SFTP server.

    `partner` runs it (LeaseWorks), `section` is the table of the settings that describes it (`leaseworks.sftp`), and
    `folders` names the settings that hold the folders there, as a remedy says it (`outbound and archive`).
    """

    settings: SftpServer
    partner: str
    section: str
    folders: str

    @property
    def address(self) -> str:
        return f"{self.settings.host}:{self.settings.port}"

    def run(self, work: Coroutine[object, object, ResultT]) -> ResultT:
        """Do the work; raise RetryLater while the server does not answer, StopRun or ConfigError when it never will."""
        try:
            return asyncio.run(work)
        except asyncssh.HostKeyNotVerifiable as error:
            raise HostKeyRefused(
                f"{self.address} does not show the host key that {self.settings.known_hosts} holds.",
                remedy=f"Ask {self.partner} whether it changed and do not connect before you know. {self._how_to_know}",
            ) from error
        except asyncssh.PermissionDenied as error:
            raise LoginRefused(
                f"{self.address} does not let user {self.settings.user} in.",
                remedy=f"Correct user, password or private_key under [{self.section}], or ask {self.partner}.",
            ) from error
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise LoginRefused(
                f"private key {self.settings.private_key} cannot be used ({error}).",
                remedy=f"Correct private_key or private_key_passphrase under [{self.section}].",
            ) from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPPermissionDenied) as error:
            raise StopRun(
                f"{self.address} refuses a path ({error.reason}).",
                remedy=f"Check {self.folders} under [{self.section}], and the rights of our user there.",
            ) from error
        except (asyncssh.Error, OSError, socket.gaierror, TimeoutError) as error:
            raise RetryLater(
                f"{self.address} does not answer ({str(error) or type(error).__name__}).",
                remedy=f"It is tried again; if it lasts, check the network and ask {self.partner}.",
            ) from error

    def checks(self, place: str, folders: Sequence[str]) -> Iterator[Check]:
        """Check, step by step, that the folders can be listed; `place` is what is said of a step that holds."""
        try:
            self.run(self._look(folders))
            failed, error = len(_STEPS), None
        except DrawbarError as caught:
            failed, error = self._failed_step(caught), caught
        for number, step in enumerate(_STEPS[: failed + 1]):
            ok = error is None or number < failed
            detail = place if ok or error is None else error.message
            yield Check(self.partner, f"sftp {step}", ok, detail, "" if ok or error is None else error.remedy)

    async def timed(self, step: Awaitable[ResultT]) -> ResultT:
        """Wait for one answer of the server, as long as the settings allow."""
        async with asyncio.timeout(self.settings.timeout_seconds):
            return await step

    async def names(self, sftp: asyncssh.SFTPClient, folder: str) -> list[str]:
        """List a folder, in order."""
        names = await self.timed(sftp.listdir(folder))
        return sorted(str(name) for name in names if name not in {".", ".."})

    async def read(self, file: asyncssh.SFTPClientFile, size: int, offset: int) -> bytes:
        """Read a part of a file that was opened in binary mode."""
        return cast("bytes", await self.timed(file.read(size, offset)))  # its types cannot tell the mode

    @asynccontextmanager
    async def opened(
        self, sftp: asyncssh.SFTPClient, path: str, mode: str = "rb"
    ) -> AsyncIterator[asyncssh.SFTPClientFile]:
        """Open a file for a block, in binary mode."""
        file = await self.timed(sftp.open(path, mode))
        yield file
        await self.timed(file.close())  # after a failure the session ends, and the file with it

    @asynccontextmanager
    async def session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Connect for a block."""
        connection = await self._connect()
        try:
            yield await self.timed(connection.start_sftp_client())
            connection.close()
            await self.timed(connection.wait_closed())
        finally:
            connection.abort()  # a server that hangs is not waited for a second time

    async def _look(self, folders: Sequence[str]) -> None:
        async with self.session() as sftp:
            for folder in folders:
                await self.timed(sftp.listdir(folder))

    @staticmethod
    def _failed_step(error: DrawbarError) -> int:
        steps: tuple[type[DrawbarError], ...] = (RetryLater, HostKeyRefused, LoginRefused)
        return next((number for number, kind in enumerate(steps) if isinstance(error, kind)), len(steps))

    async def _connect(self) -> asyncssh.SSHClientConnection:
        settings = self.settings
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
        path = self.settings.known_hosts.expanduser()
        if not path.is_file():
            raise ConfigError(f"there is no known_hosts file {path}.", remedy=self._how_to_know)
        return path

    @property
    def _how_to_know(self) -> str:
        settings = self.settings
        return (
            f"Run: ssh-keyscan -p {settings.port} {settings.host} >> {settings.known_hosts}"
            f" and compare the fingerprint (ssh-keygen -lf) with the one that {self.partner} gives you by telephone."
        )
