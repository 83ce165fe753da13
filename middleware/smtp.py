"""A connection to a mail server: encrypted, logged in, parted from whatever happens (RFC 5321, RFC 3207)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import SecretStr

from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun
from drawbar.middleware.vendor_login import LogInRefused

PASSING: Final = range(400, 500)
"""Reply codes after which the same may be tried again (RFC 5321, 4.2.1)."""

_OK: Final = 250
_GO_AHEAD: Final = (250, 251)


class LetterRefused(RecordRejected):
    """The mail server refuses a letter for good."""


class AnswerLost(RecordRejected):
    """The connection broke when a letter was under way: it may have been taken."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where a server is and how we log in; `place` is the table of the settings that says so."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: SecretStr | None
    timeout_seconds: float
    ca_file: Path | None
    place: str


@contextmanager
def smtp_connection(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """Connect, encrypt and log in for a block.

    Raises RetryLater when the server cannot be reached now, LogInRefused when it does not take our log-in, StopRun when
    it cannot be trusted.
    """
    context = ssl.create_default_context(cafile=server.ca_file)
    try:
        connection = _connected(server, context)
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable(server, error) from None
    try:
        _enter(connection, server, context)
        yield connection
    finally:
        _part(connection)


def hand_over(server: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> None:
    """Have one letter sent to one recipient; when this returns, the server has taken it.

    Until it has answered the end of DATA, nobody knows whether it has (RFC 5321, 4.5.5). Raises RetryLater (not taken
    now), LetterRefused or AnswerLost.
    """
    _envelope(server, sender, recipient)
    try:
        code, answer = server.data(content)
    except smtplib.SMTPDataError as refusal:
        raise _not_taken(int(refusal.smtp_code), refusal.smtp_error, recipient) from None
    except (OSError, smtplib.SMTPException) as error:
        raise AnswerLost(f"the connection broke while the message was sent ({type(error).__name__})") from None
    if code != _OK:
        raise _not_taken(code, answer, recipient)


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        for code, answer in (server.mail(sender), server.rcpt(recipient)):
            if code not in _GO_AHEAD:
                raise _not_taken(code, answer, recipient)
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater(f"the mail server broke off before the message ({type(error).__name__})") from None


def _not_taken(code: int, answer: bytes | str, recipient: str) -> RetryLater | LetterRefused:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = f"{code} {' '.join(words.replace(recipient, 'the address').split())[:200]}"
    if code in PASSING:
        return RetryLater(f"the mail server takes no message now: {said}")
    return LetterRefused(f"the mail server refuses the message: {said}", code=f"SMTP_{code}")


def _connected(server: SmtpServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)


def _enter(connection: smtplib.SMTP, server: SmtpServer, context: ssl.SSLContext) -> None:
    try:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.password is not None:
            connection.login(server.user, server.password.get_secret_value())
    except smtplib.SMTPAuthenticationError as refusal:
        if refusal.smtp_code in PASSING:
            raise _unreachable(server, refusal) from None
        raise LogInRefused(
            f"{server.host} refuses the log-in", remedy=f"Check user and password of {server.place}."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise LogInRefused(
            f"{server.host} offers no {'STARTTLS' if 'STARTTLS' in str(error) else 'log-in that we know'}",
            remedy=f"Check security, port and user of {server.place}.",
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable(server, error) from None


def _part(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):  # what was taken was taken; how we part changes nothing
        connection.close()


def _unreachable(server: SmtpServer, error: Exception) -> RetryLater | StopRun:
    if isinstance(error, ssl.SSLCertVerificationError):
        return StopRun(
            f"the certificate of {server.host} is not trusted",
            remedy=f"Set host of {server.place} as the certificate says, or give its certificate authority.",
        )
    return RetryLater(
        f"{server.host} cannot be reached ({type(error).__name__})", remedy=f"See host and port in {server.place}."
    )
