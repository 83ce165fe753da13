"""A mailbox where answers arrive, read over IMAP and left as it is: no message is moved, marked or deleted."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxLoginError,
    MailBoxStartTls,
    MailBoxUnencrypted,
    MailMessage,
)
from pydantic import SecretStr

from drawbar.middleware.errors import RetryLater
from drawbar.middleware.vendor_login import LogInRefused

_NO_CONNECTION: Final = (OSError, imaplib.IMAP4.error, ImapToolsError)


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where a mailbox is and how we log in; `place` is the table of the settings that says so."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: SecretStr | None
    timeout_seconds: float
    folder: str
    context: ssl.SSLContext
    place: str


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was read: the last UID, good while the mailbox has this UIDVALIDITY (RFC 9051, 2.3.1.1)."""

    validity: int = 0
    uid: int = 0

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what `written` gave; a text of another kind means that nothing was read."""
        validity, _, uid = text.partition(":")
        return cls(int(validity), int(uid)) if validity.isdigit() and uid.isdigit() else cls()

    @property
    def written(self) -> str:
        return f"{self.validity}:{self.uid}"


@contextmanager
def open_mailbox(server: ImapServer) -> Iterator[BaseMailBox]:
    """Log in and select the folder for reading only; raises RetryLater or LogInRefused."""
    try:
        mailbox = _connect(server)
    except _NO_CONNECTION as error:
        raise _busy(server, error) from None
    try:
        _log_in(mailbox, server)
        yield mailbox
    except _NO_CONNECTION as error:
        raise _busy(server, error) from None
    finally:
        _part(mailbox)


def arrived(mailbox: BaseMailBox, folder: str, since: Place, at_most: int) -> Iterator[tuple[Place, MailMessage]]:
    """Give the messages after a place, oldest first, each with its own place; all of them in a mailbox made anew."""
    validity = int(mailbox.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])
    last = since.uid if since.validity == validity else 0
    uids = sorted(int(uid) for uid in mailbox.uids(f"UID {last + 1}:*") if uid)
    # The last message of a mailbox answers to every range that ends in *.
    for uid in [each for each in uids if each > last][:at_most]:
        for message in mailbox.fetch(f"UID {uid}", mark_seen=False, bulk=False):
            yield Place(validity, uid), message


def _connect(server: ImapServer) -> BaseMailBox:
    host, port, seconds = server.host, server.port, server.timeout_seconds
    if server.security == "tls":
        return MailBox(host, port, timeout=seconds, ssl_context=server.context)
    if server.security == "starttls":
        return MailBoxStartTls(host, port, timeout=seconds, ssl_context=server.context)
    return MailBoxUnencrypted(host, port, timeout=seconds)


def _log_in(mailbox: BaseMailBox, server: ImapServer) -> None:
    password = server.password.get_secret_value() if server.password else ""
    try:
        mailbox.login(server.user, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise LogInRefused(
            f"{server.host} refuses the log-in", remedy=f"Check user and password of {server.place}."
        ) from None
    mailbox.folder.set(server.folder, readonly=True)


def _part(mailbox: BaseMailBox) -> None:
    try:
        mailbox.logout()
    except _NO_CONNECTION:  # what was read was read
        mailbox.client.shutdown()


def _busy(server: ImapServer, error: Exception) -> RetryLater:
    return RetryLater(
        f"the mailbox at {server.host} cannot be read ({type(error).__name__})",
        remedy=f"Check host, port, encryption and folder of {server.place}.",
    )
