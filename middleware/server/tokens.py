"""Access tokens for OAuth2 client credentials (RFC 6749, 4.4): signed, short, never good for longer than the key."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from drawbar.middleware.server.callers import Caller

_ISSUER: Final = "drawbar"
_ALGORITHM: Final = "HS256"
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says: the key that it stands for, and until when."""

    key_id: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads tokens; `seconds` is how long one is good."""

    key: OctKey
    seconds: int

    def issue(self, caller: Caller, now: datetime) -> str:
        """Give a token that stands for the caller's key; what the key may do is looked up whenever it is used."""
        issued = int(now.timestamp())
        claims = {"iss": _ISSUER, "sub": caller.key_id, "iat": issued, "exp": issued + self.seconds}
        return jwt.encode({"alg": _ALGORITHM}, claims, self.key)

    def read(self, token: str, now: datetime) -> Grant | None:
        """Give what a token stands for; None when it is not ours, or has ended."""
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()), leeway=0, iss={"essential": True, "value": _ISSUER}, sub={"essential": True},
            exp={"essential": True},
        )  # fmt: skip
        try:
            claims = jwt.decode(token, self.key, algorithms=[_ALGORITHM]).claims
            rules.validate(claims)
        except (JoseError, ValueError):
            return None
        return Grant(str(claims["sub"]), datetime.fromtimestamp(claims["exp"], UTC))


def token_key(secret: str | None, file: Path) -> OctKey:
    """Give the key that signs: the one of the settings, or else one of this machine, made when there is none yet."""
    if secret is None:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w", encoding="ascii") as made:
                made.write(secrets.token_hex(_KEY_BYTES))
        secret = file.read_text(encoding="ascii")
    return OctKey.import_key(secret)
