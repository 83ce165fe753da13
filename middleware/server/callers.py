"""Who may call the hub: systems with keys and scopes. A key is shown once and kept as a hash alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Select, insert, or_, select, update

from drawbar.middleware.errors import NotThere, StopRun
from drawbar.middleware.repossession.roles import MAY
from drawbar.middleware.server.tables import api_client, api_key

SYNC_REQUESTS: Final = "sync-requests"
REPOSSESSION_ROLES: Final = {f"repo-{role.replace(' ', '-')}": role for role in MAY}
"""The scopes that let a caller act on repossessions, each in one role (F20)."""

AUCTION_INVOICES: Final = "auction-invoices"
AUCTION_ACCOUNTING: Final = "auction-accounting"
AUCTION: Final = "auction"
RECORDS: Final = "records:read"
PERSONAL_RECORDS: Final = "records:read-personal"
SCOPES: Final = {
    SYNC_REQUESTS: "ask that a record is brought into step, and how that went",
    RECORDS: "ask what the hub knows of a record, with people's data blotted out",
    PERSONAL_RECORDS: "beside records:read: the same in clear",
    AUCTION_INVOICES: "hand in invoices of the auctions that it acts for, and ask for them",
    AUCTION_ACCOUNTING: "decide and post invoices of auctions, ask what vehicles brought, record refunds",
    AUCTION: "get and put the remarketing requests of the vendors that the client acts for",
    **{scope: f"act on repossessions and remarketing as {role}" for scope, role in REPOSSESSION_ROLES.items()},
}
"""What a caller may be allowed to do."""

_KEY: Final = re.compile(r"dbk_([0-9a-f]{12})_([\w-]{43})")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Caller:
    """A system that has shown who it is, by the key of this id."""

    name: str
    scopes: frozenset[str]
    key_id: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it may be shown: without its secret; `ends_at` is None while it is good."""

    id: str
    created_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Client:
    """A system that may call, or might once (`revoked_at`), with the keys that it has ever had, oldest first."""

    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers, inside the caller's transaction. Methods that make a key give it; it can never be had again."""

    connection: Connection

    def add(self, name: str, scopes: Sequence[str], now: datetime) -> str:
        """Let a system call; raises StopRun when the name cannot be had, NotThere for an unknown scope."""
        self._refuse_bad(name, scopes)
        values = {"name": name, "scopes": " ".join(sorted(set(scopes))), "created_at": now}
        self.connection.execute(insert(api_client).values(values))
        return self._new_key(name, now)

    def _refuse_bad(self, name: str, scopes: Sequence[str]) -> None:
        if not _NAME.fullmatch(name):
            raise StopRun(f"{name!r} is no name for a client", remedy="Use up to 63 small letters, digits and hyphens.")
        for unknown in sorted(set(scopes) - set(SCOPES)):
            raise NotThere(f"there is no scope {unknown}", remedy=f"There is: {', '.join(SCOPES)}.")
        if self._row_exists(name):
            raise StopRun(
                f"there is a client {name} already",
                remedy="Rotate its key with: drawbar clients rotate; or choose another name.",
            )

    def _row_exists(self, name: str) -> bool:
        return self.connection.execute(select(api_client.c.name).where(api_client.c.name == name)).first() is not None

    def rotate(self, name: str, keep_for: timedelta, now: datetime) -> str:
        """Make a new key; those that are good now stay so for a while at most."""
        client = self.get(name)
        if client.revoked_at is not None:
            raise StopRun(f"client {name} was revoked", remedy="Add one under another name.")
        self._end_keys(name, now + keep_for)
        return self._new_key(name, now)

    def revoke(self, name: str, now: datetime) -> None:
        """Let a system call no more, from now on."""
        self.get(name)
        self._end_keys(name, now)
        gone = update(api_client).where(api_client.c.name == name, api_client.c.revoked_at.is_(None))
        self.connection.execute(gone.values(revoked_at=now))

    def _end_keys(self, name: str, at: datetime) -> None:
        good_longer = or_(api_key.c.ends_at.is_(None), api_key.c.ends_at > at)
        self.connection.execute(update(api_key).where(api_key.c.client == name, good_longer).values(ends_at=at))

    def _new_key(self, name: str, now: datetime) -> str:
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        values = {"id": key_id, "client": name, "hash": _hash(secret), "created_at": now}
        self.connection.execute(insert(api_key).values(values))
        return f"dbk_{key_id}_{secret}"

    def get(self, name: str) -> Client:
        """Give one client; raise NotThere when there is none of that name."""
        found = next((each for each in self.all() if each.name == name), None)
        if found is None:
            raise NotThere(f"there is no client {name}", remedy="List them with: drawbar clients list")
        return found

    def all(self) -> list[Client]:
        """Give all clients by name, the revoked ones too."""
        keys: dict[str, list[Key]] = {}
        for row in self.connection.execute(select(api_key).order_by(api_key.c.created_at)):
            keys.setdefault(row.client, []).append(Key(row.id, row.created_at, row.ends_at))
        return [
            Client(
                row.name, tuple(row.scopes.split()), row.created_at, row.revoked_at, tuple(keys.get(row.name, []))
            )
            for row in self.connection.execute(select(api_client).order_by(api_client.c.name))
        ]  # fmt: skip

    def by_key(self, key: str, now: datetime) -> Caller | None:
        """Give whose key this is; None when it is nobody's, or not good any more."""
        parts = _KEY.fullmatch(key)
        if parts is None:
            return None
        row = self.connection.execute(_good_key(parts[1], now)).first()
        right = hmac.compare_digest(row.hash if row else "", _hash(parts[2]))
        return Caller(row.name, frozenset(row.scopes.split()), parts[1]) if row and right else None

    def by_key_id(self, key_id: str, now: datetime) -> Caller | None:
        """Give whose key has this id; None when it is not good any more."""
        row = self.connection.execute(_good_key(key_id, now)).first()
        return None if row is None else Caller(row.name, frozenset(row.scopes.split()), key_id)


def lapsed_callers(connection: Connection, proofs: Collection[Hashable], now: datetime) -> set[Hashable]:
    """Give those of these callers that are not good any more, or may do other things than they could."""
    key_ids = [each.key_id for each in proofs if isinstance(each, Caller)]
    good = connection.execute(_good_keys(now).where(api_key.c.id.in_(key_ids)))
    known = {Caller(row.name, frozenset(row.scopes.split()), row.id) for row in good}
    return {each for each in proofs if each not in known}


def _good_key(key_id: str, now: datetime) -> Select[str, str, str, str]:
    return _good_keys(now).where(api_key.c.id == key_id)


def _good_keys(now: datetime) -> Select[str, str, str, str]:
    """Select name and scopes of clients by keys that are good now, with each key's hash and id."""
    statement = select(api_client.c.name, api_client.c.scopes, api_key.c.hash, api_key.c.id)
    joined = statement.join(api_key, api_key.c.client == api_client.c.name)
    return joined.where(or_(api_key.c.ends_at.is_(None), api_key.c.ends_at > now), api_client.c.revoked_at.is_(None))


def _hash(secret: str) -> str:
    """Hash a secret of 32 random bytes; nobody can guess such a one, so that a slow hash would help nobody."""
    return hashlib.sha256(secret.encode()).hexdigest()
