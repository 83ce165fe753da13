"""Tokens that change with each use, kept in the database, encrypted; whoever renews one does so alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Engine, delete, insert, select

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.locks import HeldLock, Locks
from drawbar.middleware.settings import Secret
from drawbar.middleware.sync.tables import rotating_token

_TURN_SECONDS: Final = 0.05
_REMEDY: Final = "Give encryption_key the key that the tokens were stored with, or connect the system again."


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens; `access` is "" when only the refresh token is known."""

    refresh: str = field(repr=False)
    access: str = field(default="", repr=False)
    access_ends_at: datetime | None = None
    refresh_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenVault:
    """The tokens of one system (`name`), for all processes of the hub.

    `key` is a Fernet key (32 bytes, URL-safe base64); several with commas between let a key be changed: the first
    encrypts, all decrypt.
    """

    engine: Engine
    locks: Locks
    name: str
    key: Secret = field(repr=False)
    sleep: Callable[[float], None] = time.sleep

    def load(self) -> Tokens | None:
        """Give the tokens as they are stored now; ConfigError when the key does not fit them."""
        with reading(self.engine) as connection:
            row = connection.execute(select(rotating_token).where(rotating_token.c.name == self.name)).first()
        if row is None:
            return None
        return Tokens(
            self._decrypted(row.refresh), self._decrypted(row.access), row.access_ends_at, row.refresh_ends_at
        )

    def store(self, tokens: Tokens, *, now: datetime) -> None:
        """Replace the tokens, in one transaction that is on the disk before it returns."""
        box = self._box()
        values = {
            "name": self.name, "refresh": box.encrypt(tokens.refresh.encode()).decode(),
            "access": box.encrypt(tokens.access.encode()).decode(), "access_ends_at": tokens.access_ends_at,
            "refresh_ends_at": tokens.refresh_ends_at, "changed_at": now,
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(delete(rotating_token).where(rotating_token.c.name == self.name))
            connection.execute(insert(rotating_token).values(values))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other process or thread renews these tokens, and keep others out for a block."""
        while (lock := self._take()) is None:
            self.sleep(_TURN_SECONDS)
        try:
            yield
        finally:
            lock.release()

    def _take(self) -> HeldLock | None:
        return self.locks.take(f"tokens {self.name}")

    def _box(self) -> MultiFernet:
        keys = [each.strip() for each in self.key.get_secret_value().split(",")]
        try:
            return MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ConfigError(
                f"the encryption key for the tokens of {self.name} is not one",
                remedy="Make one with: drawbar quickbooks key",
            ) from None

    def _decrypted(self, text: str) -> str:
        try:
            return self._box().decrypt(text.encode()).decode()
        except InvalidToken:
            raise ConfigError(f"the tokens of {self.name} were stored with another key", remedy=_REMEDY) from None
