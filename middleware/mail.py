"""E-mail by SMTP: encrypted, each letter under a Message-ID that its sender chose (RFC 5321, RFC 5322, RFC 3207)."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.mail_settings import MailSettings
from drawbar.middleware.smtp import SmtpServer, smtp_connection

_LONG_LINES: Final = SMTP.clone(max_line_length=500)
"""Headers are not folded: some readers keep a blank where a long subject was."""

_PERMANENT: Final = 500
"""Reply codes from here on will not change by themselves (RFC 5321, 4.2.1)."""

_ASK: Final = "Ask who runs the mail server; then replay."


class PutOff(RetryLater):
    """The server does not take a letter now, and says so."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail; `identity` becomes its Message-ID, so that a letter that comes twice is known for the same.

    `papers` are PDF files by name.
    """

    identity: str
    to: tuple[str, ...]
    subject: str
    text: str
    papers: Mapping[str, bytes]
    written_at: datetime


class Post:
    """An open connection to the server."""

    def __init__(self, server: smtplib.SMTP, sender: str) -> None:
        self._server = server
        self._sender = sender

    def send(self, letter: Letter) -> Mapping[str, str]:
        """Hand a letter over; gives the recipients that the server refused for good while it took others, with why.

        Raises RecordRejected when it takes the letter for nobody, RetryLater when it may take it later.
        """
        message = compose(letter, self._sender)
        try:
            refused = self._server.send_message(message, self._sender, letter.to)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
            if any(code < _PERMANENT for code, _ in refused.values()):
                raise _put_off(letter) from None
            raise _rejected(letter, _first(refused), "RECIPIENT") from None
        except smtplib.SMTPResponseException as error:
            if error.smtp_code < _PERMANENT:
                raise _put_off(letter) from None
            raise _rejected(letter, _said(error.smtp_code, error.smtp_error), "REFUSED") from None
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLater(
                f"the mail server broke off ({type(error).__name__})", record=letter.identity, remedy=_ASK
            ) from None
        return {address: _said(*reply) for address, reply in refused.items()}


class Mailer:
    """The server that the settings name."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings

    @contextmanager
    def post(self) -> Iterator[Post]:
        """Connect, encrypt and log in for a block; raises RetryLater or StopRun when that fails."""
        with self.connection() as connection:
            yield Post(connection, self.settings.sender)

    def connection(self) -> AbstractContextManager[smtplib.SMTP]:
        """Give the bare connection, for who hands letters over one by one; raises as `post` does."""
        settings = self.settings
        return smtp_connection(
            SmtpServer(
                settings.host, settings.port, settings.security, settings.user, settings.password,
                settings.timeout_seconds, settings.ca_file, "[mail]",
            )
        )  # fmt: skip


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Write a letter as it travels; the same letter always has the same Message-ID."""
    message = EmailMessage(_LONG_LINES)
    message["Message-ID"] = message_id(letter.identity, sender)
    message["Date"] = format_datetime(letter.written_at)
    message["From"] = sender
    message["To"] = ", ".join(letter.to)
    message["Subject"] = " ".join(letter.subject.split())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    for name, content in letter.papers.items():
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message


def message_id(identity: str, sender: str) -> str:
    """Give the Message-ID of a letter: its identity at the sender's domain."""
    return f"<{re.sub(r'[^A-Za-z0-9.-]', '-', identity)}@{sender.rpartition('@')[2]}>"


def _put_off(letter: Letter) -> PutOff:
    return PutOff("the mail server does not take the letter yet", record=letter.identity, remedy=_ASK)


def _rejected(letter: Letter, reply: str, code: str) -> RecordRejected:
    return RecordRejected(
        f"the mail server refuses the letter: {reply}", record=letter.identity, code=code,
        remedy="Correct the address in drawbar.toml, or ask who runs the mail server; then replay.",
    )  # fmt: skip


def _first(refused: Mapping[str, tuple[int, bytes]]) -> str:
    address, reply = next(iter(refused.items()))
    return f"{address}: {_said(*reply)}"


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())[:200]}"
