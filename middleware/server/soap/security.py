"""WS-Security UsernameToken: who calls, proven by a password or by its digest with nonce and time.

OASIS Web Services Security UsernameToken Profile 1.1 (2006). A digest needs nonce and creation time; both are checked
wherever they are given. A time may be 300 seconds off; a nonce counts once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from lxml import etree
from pydantic import SecretStr
from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from drawbar.middleware.server.soap.call import SoapCall
from drawbar.middleware.server.soap.envelope import WSSE, WSU, Envelope
from drawbar.middleware.server.soap.faults import FaultSide, SoapFault
from drawbar.middleware.server.soap.tables import soap_nonce

WINDOW: Final = timedelta(seconds=300)
_PROFILE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
DIGEST: Final = f"{_PROFILE}#PasswordDigest"
_LONGEST: Final = 1_024


class Nonces(Protocol):
    """Remembers once-only values."""

    def first_time(self, caller: str, nonce: str, *, forget_at: datetime, now: datetime) -> bool:
        """Remember a nonce; False when it is known already."""
        ...


@dataclass(frozen=True, slots=True)
class StoredNonces:
    """Remembers nonces in the hub's database, for all processes together."""

    engine: Engine

    def first_time(self, caller: str, nonce: str, *, forget_at: datetime, now: datetime) -> bool:
        digest = hashlib.sha256(f"{caller}\n{nonce}".encode()).hexdigest()
        try:
            with self.engine.begin() as connection:
                connection.execute(delete(soap_nonce).where(soap_nonce.c.forget_at < now))
                connection.execute(insert(soap_nonce).values(digest=digest, forget_at=forget_at))
        except IntegrityError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Token:
    """A UsernameToken as it came; what is missing is ""."""

    name: str
    password: str
    is_digest: bool
    nonce: str
    created: str


class Accounts(Protocol):
    """Knows callers and what proves them."""

    def is_right(self, name: str, password: str, now: datetime) -> bool:
        """Say whether a password is that of a caller who may call."""
        ...

    def password(self, name: str, now: datetime) -> SecretStr | None:
        """Give the password of a caller who may call, to compare a digest of it; None where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class UsernameTokenGate:
    """Lets callers in who prove themselves; the caller is their name.

    `admitted` and `refused` hear of each name, and of the address of each who was refused; they may raise when those
    were too many.
    """

    accounts: Accounts
    nonces: Nonces
    admitted: Callable[[str], None]
    refused: Callable[[str], None]

    def caller(self, call: SoapCall) -> str:
        """Give the name of the caller; SoapFault for a message without a token, or with one that is not right."""
        try:
            name = self._proven(_token(call.envelope), call.now)
        except SoapFault:
            self.refused(call.peer)
            raise
        call.identify(name)
        self.admitted(name)
        return name

    def _proven(self, token: _Token, now: datetime) -> str:
        if token.is_digest and not (token.nonce and token.created):
            raise _refusal("a password digest needs Nonce and Created")
        created = _instant(token.created) if token.created else now
        if not self._is_right(token, now):
            raise _refusal("user name or password is wrong")
        if abs(now - created) > WINDOW:
            raise _refusal("the message is too old, or from the future; set the clock and send it anew")
        forget_at = created + WINDOW + timedelta(seconds=1)
        if token.nonce and not self.nonces.first_time(token.name, token.nonce, forget_at=forget_at, now=now):
            raise _refusal("the message has been received already; make a new nonce for each")
        return token.name

    def _is_right(self, token: _Token, now: datetime) -> bool:
        if not token.is_digest:
            return bool(token.password) and self.accounts.is_right(token.name, token.password, now)
        known = self.accounts.password(token.name, now)
        wanted = _digest(token, known.get_secret_value() if known is not None else "")
        return hmac.compare_digest(wanted.encode(), token.password.encode()) and known is not None


def _token(envelope: Envelope) -> _Token:
    found = next(
        (each for block in envelope.headers if block.tag == f"{{{WSSE}}}Security" for each in block
         if each.tag == f"{{{WSSE}}}UsernameToken"),
        None,
    )  # fmt: skip
    if found is None:
        raise _refusal("the message has no WS-Security UsernameToken")
    password = found.find(f"{{{WSSE}}}Password")
    return _Token(
        name=_text(found, f"{{{WSSE}}}Username"), password=_text(found, f"{{{WSSE}}}Password"),
        is_digest=password is not None and password.get("Type") == DIGEST,
        nonce=_text(found, f"{{{WSSE}}}Nonce"), created=_text(found, f"{{{WSU}}}Created"),
    )  # fmt: skip


def _text(token: etree._Element, name: str) -> str:
    text = (token.findtext(name) or "").strip()
    if len(text) > _LONGEST:
        raise _refusal("the UsernameToken holds a value that is too long")
    return text


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refusal("Created is not a time such as 2026-03-02T06:00:00Z") from None
    if moment.tzinfo is None:
        raise _refusal("Created has no zone; write it in UTC, such as 2026-03-02T06:00:00Z")
    return moment


def _digest(token: _Token, password: str) -> str:
    try:
        nonce = base64.b64decode(token.nonce, validate=True)
    except binascii.Error:
        raise _refusal("Nonce is not base64") from None
    proof = hashlib.sha1(nonce + token.created.encode() + password.encode())  # noqa: S324  (the profile names it)
    return base64.b64encode(proof.digest()).decode()


def _refusal(message: str) -> SoapFault:
    return SoapFault(message, side=FaultSide.CALLER, code="FAILED_AUTHENTICATION")
