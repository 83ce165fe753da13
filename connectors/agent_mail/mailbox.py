"""The mailbox where answers arrive, read over IMAP and left as it is: no message is moved, marked or deleted."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxLoginError,
    MailBoxStartTls,
    MailBoxUnencrypted,
    MailMessage,
)

from drawbar.connectors.agent_mail.settings import AgentMailSettings, Incoming
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.vendor_login import LogInRefused

_NO_CONNECTION: Final = (OSError, imaplib.IMAP4.error, ImapToolsError)


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
def open_mailbox(settings: AgentMailSettings, incoming: Incoming) -> Iterator[BaseMailBox]:
    """Log in and select the folder for reading only; raises RetryLater or LogInRefused."""
    try:
        mailbox = _connect(settings, incoming)
    except _NO_CONNECTION as error:
        raise _busy(incoming, error) from None
    try:
        _log_in(mailbox, incoming)
        yield mailbox
    except _NO_CONNECTION as error:
        raise _busy(incoming, error) from None
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


def _connect(settings: AgentMailSettings, incoming: Incoming) -> BaseMailBox:
    host, port, seconds = incoming.host, incoming.port, incoming.timeout_seconds
    if incoming.protection == "tls":
        return MailBox(host, port, timeout=seconds, ssl_context=settings.context())
    if incoming.protection == "starttls":
        return MailBoxStartTls(host, port, timeout=seconds, ssl_context=settings.context())
    return MailBoxUnencrypted(host, port, timeout=seconds)


def _log_in(mailbox: BaseMailBox, incoming: Incoming) -> None:
    password = incoming.password.get_secret_value() if incoming.password else ""
    try:
        mailbox.login(incoming.user, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise LogInRefused(
            f"{incoming.host} refuses the log-in", remedy="Check user and password of [agent_mail.imap]."
        ) from None
    mailbox.folder.set(incoming.folder, readonly=True)


def _part(mailbox: BaseMailBox) -> None:
    try:
        mailbox.logout()
    except _NO_CONNECTION:  # what was read was read
        mailbox.client.shutdown()


def _busy(incoming: Incoming, error: Exception) -> RetryLater:
    return RetryLater(
        f"the mailbox at {incoming.host} cannot be read ({type(error).__name__})",
        remedy="Check host, port, protection and folder of [agent_mail.imap].",
    )
