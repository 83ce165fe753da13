"""Callers of SOAP are those of the whole server: `drawbar clients`. Their password is their API key.

A digest can only be compared by who knows the password itself, and of an API key the hub keeps a hash alone. So clients
whose programs send digests get a password of their own in the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import Engine

from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import NotThere
from drawbar.middleware.server.callers import Callers


@dataclass(frozen=True, slots=True)
class ClientAccounts:
    """Clients with a scope; `passwords` are those of the settings, by name."""

    engine: Engine
    scope: str
    passwords: Mapping[str, SecretStr]

    def is_right(self, name: str, password: str, now: datetime) -> bool:
        with reading(self.engine) as connection:
            caller = Callers(connection).by_key(password, now)
        return caller is not None and caller.name == name and self.scope in caller.scopes

    def password(self, name: str, now: datetime) -> SecretStr | None:
        known = self.passwords.get(name)
        if known is None:
            return None
        try:
            with reading(self.engine) as connection:
                client = Callers(connection).get(name)
        except NotThere:
            return None
        alive = client.revoked_at is None or client.revoked_at > now
        return known if alive and self.scope in client.scopes else None
