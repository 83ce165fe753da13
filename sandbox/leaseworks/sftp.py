"""The SFTP server from which deliveries are fetched; it listens on loopback and shows one folder and nothing else."""

from __future__ import annotations

import asyncio
import hmac
import os
import posixpath
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn, cast

import asyncssh
from anyio.from_thread import start_blocking_portal

from drawbar.sandbox.leaseworks.delivery import ARCHIVE, IMPORT_ANSWERS, IMPORTS, INBOUND, OUTBOUND, prepare_root
from drawbar.sandbox.leaseworks.login import KNOWN_HOSTS_FILE, SftpLogin, known_hosts_line, open_host_key
from drawbar.sandbox.leaseworks.taking import take_imports
from drawbar.sandbox.leaseworks.transfer_faults import TransferFaults

LOOPBACK = "127.0.0.1"

_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC | asyncssh.FXF_EXCL


@dataclass(frozen=True, slots=True)
class LeaseWorksServer:
    """A running server: where it listens, who may come in, and the file by which clients know its host key."""

    host: str
    port: int
    login: SftpLogin
    known_hosts: Path
    faults: TransferFaults = field(default_factory=TransferFaults)


@asynccontextmanager
async def serve_leaseworks(
    root: Path, keys: Path, login: SftpLogin, *, port: int = 0, faults: TransferFaults | None = None
) -> AsyncIterator[LeaseWorksServer]:
    """Serve the folder `root` (with `outbound`, `archive` and `inbound` below it) until the block ends.

    `keys` is the folder, outside of `root`, that keeps the host key and gets a `known_hosts` file for clients. Port 0
    takes a free one. Clients may read everything, move deliveries from `outbound` to `archive`, and write below
    `inbound`. An import that is left there is taken in at once, and answered. Raises OSError when the port is taken,
    `asyncssh.KeyImportError` for a line that is no public key.
    """
    prepare_root(root)
    host_key = open_host_key(keys)
    armed = faults or TransferFaults()
    guests: set[asyncssh.SSHServerConnection] = set()
    acceptor = await asyncssh.listen(
        LOOPBACK,
        port,
        server_host_keys=[host_key],
        server_factory=partial(_Door, login, _trusted_keys(login), guests),
        sftp_factory=partial(_SharedFolder, root, armed),
        sftp_version=3,
        login_timeout=30,
    )
    known_hosts = keys / KNOWN_HOSTS_FILE
    known_hosts.write_text(known_hosts_line(LOOPBACK, acceptor.get_port(), host_key), encoding="utf-8")
    try:
        yield LeaseWorksServer(LOOPBACK, acceptor.get_port(), login, known_hosts, armed)
    finally:
        acceptor.close()
        for guest in tuple(guests):
            guest.abort()
        await acceptor.wait_closed()


@contextmanager
def leaseworks_beside(root: Path, keys: Path, login: SftpLogin, *, port: int = 0) -> Iterator[LeaseWorksServer]:
    """Do as `serve_leaseworks` does, on a thread of its own, for callers that do not run an event loop."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serve_leaseworks(root, keys, login, port=port)) as server,
    ):
        yield server


class _Door(asyncssh.SSHServer):
    """Lets in the one user, by password or by key; all comparisons take the same time."""

    def __init__(self, login: SftpLogin, keys: frozenset[bytes], guests: set[asyncssh.SSHServerConnection]) -> None:
        self._login = login
        self._keys = keys
        self._guests = guests
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._guests.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (why it went does not matter)
        if self._connection is not None:
            self._guests.discard(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002  (everyone has to prove who they are)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        right_user = hmac.compare_digest(username.encode(), self._login.user.encode())
        return hmac.compare_digest(password.encode(), self._login.password.encode()) and right_user

    def public_key_auth_supported(self) -> bool:
        return bool(self._keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._login.user and key.public_data in self._keys


class _SharedFolder(asyncssh.SFTPServer):
    """One folder as clients see it: outbound and archive to read and to move deliveries, inbound to write."""

    def __init__(self, root: Path, faults: TransferFaults, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(channel, os.fsencode(root))
        self._root = os.fsencode(os.path.realpath(root))
        self._faults = faults

    def map_path(self, path: bytes) -> bytes:
        """Map a client's path to a local one; refuse what a link leads out of the folder, and what a fault denies."""
        if self._faults.denies(os.fsdecode(_plain(path))):
            _refuse()
        mapped = super().map_path(path)
        if os.path.commonpath([self._root, os.path.realpath(mapped)]) != self._root:
            _refuse()
        return mapped

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & _WRITING:
            _require(_below(path, INBOUND))
        return super().open(path, pflags, attrs)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read a part of a file, as slowly as is armed, unless the connection is to be cut."""
        content = cast(bytes, super().read(file_obj, offset, size))
        if self._faults.cuts(len(content)):
            self.connection.abort()
            raise asyncssh.SFTPConnectionLost("Connection lost")
        await asyncio.sleep(self._faults.seconds_for(len(content)))
        return content

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        _require(_is_move(oldpath, newpath))
        super().rename(oldpath, newpath)
        if _below(newpath, IMPORTS):
            take_imports(Path(os.fsdecode(self._root)), datetime.now(UTC))

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        _require(_is_move(oldpath, newpath))
        super().rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        _require(_below(path, INBOUND))
        super().remove(path)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        _require(_below(path, INBOUND))
        super().mkdir(path, attrs)

    def rmdir(self, path: bytes) -> None:
        _require(_below(path, INBOUND))
        super().rmdir(path)

    def _never(self, *_given: object, **_named: object) -> NoReturn:
        _refuse()

    setstat = lsetstat = fsetstat = symlink = link = _never


def _trusted_keys(login: SftpLogin) -> frozenset[bytes]:
    return frozenset(asyncssh.import_public_key(line).public_data for line in login.authorized_keys)


def _plain(path: bytes) -> bytes:
    return b"/" + posixpath.normpath(posixpath.join(b"/", path)).lstrip(b"/")


def _below(path: bytes, folder: str) -> bool:
    return _plain(path).startswith(b"/" + folder.encode() + b"/")


def _is_move(old: bytes, new: bytes) -> bool:
    """Say whether clients may rename so: a delivery or an answer into the archive, or anything within inbound."""
    fetched = (_below(old, OUTBOUND) or _below(old, IMPORT_ANSWERS)) and _below(new, ARCHIVE)
    return fetched or (_below(old, INBOUND) and _below(new, INBOUND))


def _require(allowed: bool) -> None:
    if not allowed:
        _refuse()


def _refuse() -> NoReturn:
    raise asyncssh.SFTPPermissionDenied("Permission denied")
