"""Locks that end with the process that holds them: advisory locks on PostgreSQL, flock beside SQLite."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from xxhash import xxh3_64_hexdigest, xxh3_64_intdigest

from drawbar.middleware.errors import StopRun

IN_USE: Final = "hub in use"
"""Shared by everybody who works on the hub; taken alone by who moves it elsewhere."""

_TURN_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 0.5


class LockTaken(StopRun):
    """Somebody else holds the lock."""


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that this process holds until `release`, until it dies, or until it loses its database (`is_held`)."""

    name: str
    release: Callable[[], None]
    is_held: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Locks:
    """Named locks; `folder` is used beside SQLite only and must be on a local disk.

    A killed process loses its locks at once, a frozen one keeps them: nobody takes over work that may still go on.
    """

    engine: Engine
    folder: Path

    def take(self, name: str) -> HeldLock | None:
        """Take a lock without waiting; None when somebody holds it."""
        return self._take(name, shared=False)

    def share(self, name: str) -> HeldLock | None:
        """Take a lock together with others who share it; None when somebody has taken it alone."""
        return self._take(name, shared=True)

    def _take(self, name: str, *, shared: bool) -> HeldLock | None:
        on_server = self.engine.dialect.name == "postgresql"
        return self._advisory(name, shared=shared) if on_server else self._flock(name, shared=shared)

    @contextmanager
    def held(
        self, name: str, purpose: str, *, patience: float = 0.0, pause: Callable[[float], None] = time.sleep
    ) -> Iterator[None]:
        """Hold a lock for a block; raise LockTaken, which names the purpose, when somebody else does.

        `patience` is how many seconds to wait for the other.
        """
        lock, waited = self.take(name), 0.0
        while lock is None and waited < patience:
            pause(_LOOK_SECONDS)
            lock, waited = self.take(name), waited + _LOOK_SECONDS
        if lock is None:
            raise LockTaken(f"another process is at {purpose}", remedy="Wait until it ends; see: drawbar runs")
        try:
            yield
        finally:
            lock.release()

    def use(self) -> HeldLock:
        """Share the hub with others who work on it; raise LockTaken while somebody moves it elsewhere."""
        lock = self.share(IN_USE)
        if lock is None:
            raise LockTaken("the hub is being moved to another database", remedy="Wait until that has ended.")
        return lock

    def _advisory(self, name: str, *, shared: bool) -> HeldLock | None:
        number = xxh3_64_intdigest(name.encode()) - 2**63
        kind = "_shared" if shared else ""
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = connection.execute(text(f"SELECT pg_try_advisory_lock{kind}(:number)"), {"number": number}).scalar_one()
        if not taken:
            connection.close()
            return None

        def release() -> None:
            if is_held():
                connection.execute(text(f"SELECT pg_advisory_unlock{kind}(:number)"), {"number": number})
            connection.close()

        def is_held() -> bool:
            """Ask over the connection that holds it: the lock ended with it if that is gone."""
            if connection.invalidated:
                return False
            try:
                connection.execute(text("SELECT 1"))
            except DBAPIError:
                connection.invalidate()
                return False
            return True

        return HeldLock(name, release, is_held)

    def _flock(self, name: str, *, shared: bool) -> HeldLock | None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{xxh3_64_hexdigest(name.encode())}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return HeldLock(name, lambda: os.close(descriptor))


@contextmanager
def only_one_here(path: Path) -> Iterator[None]:
    """Wait until no other process of this machine, nor thread of this one, is within the block of this path.

    It waits in turns, so that the watchdog does not take it for hung however long the other needs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while not _locked(file):
            time.sleep(_TURN_SECONDS)
        yield


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
