"""Hands one message to the SMTP server, and tells apart what was taken, what was not, and what nobody knows.

RFC 5321: until the server has answered the end of DATA, nobody knows whether it has taken the message.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Final

from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.vendor_login import LogInRefused

OUTCOME_UNKNOWN: Final = "OUTCOME_UNKNOWN"
_PASSING: Final = range(400, 500)
_OK: Final = 250
_GO_AHEAD: Final = (250, 251)


class MailBusy(RetryLater):
    """The mail server cannot take a message now; it has not taken this one."""


class MailRefused(RecordRejected):
    """The mail server refuses this message for good."""


class OutcomeUnknown(RecordRejected):
    """The connection broke when the message was under way: it may have been sent."""


def hand_over(settings: AgentMailSettings, message: EmailMessage, recipient: str) -> None:
    """Have a message sent; when this returns, the server has taken it.

    Raises MailBusy or MailRefused (not taken), OutcomeUnknown, or LogInRefused.
    """
    with _server(settings) as server:
        _envelope(server, settings.sender, recipient)
        try:
            code, answer = server.data(message.as_bytes(policy=SMTP_POLICY))
        except smtplib.SMTPDataError as refusal:
            raise _refusal(int(refusal.smtp_code), refusal.smtp_error, recipient) from None
        except (OSError, smtplib.SMTPException) as error:
            raise unknown(f"the connection broke while the message was sent ({type(error).__name__})") from None
        if code != _OK:
            raise _refusal(code, answer, recipient)


def unknown(what: str) -> OutcomeUnknown:
    """Say that a message may have been sent, and what a person has to do."""
    return OutcomeUnknown(
        f"{what}: it may have arrived", code=OUTCOME_UNKNOWN,
        remedy="Ask the agent. Discard this failure when it has arrived; replay it to send the message again.",
    )  # fmt: skip


def check_log_in(settings: AgentMailSettings) -> None:
    """Connect and log in, and send nothing; raises as `hand_over` does."""
    with _server(settings) as server:
        server.noop()


@contextmanager
def _server(settings: AgentMailSettings) -> Iterator[smtplib.SMTP]:
    smtp = settings.smtp
    try:
        context = settings.context()
        server = (
            smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=context)
            if smtp.protection == "tls"
            else smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_seconds)
        )
    except (OSError, smtplib.SMTPException) as error:
        raise _busy(settings, error) from None
    try:
        _log_in(server, settings, context)
        yield server
    finally:
        _part(server)


def _log_in(server: smtplib.SMTP, settings: AgentMailSettings, context: ssl.SSLContext) -> None:
    smtp = settings.smtp
    try:
        if smtp.protection == "starttls":
            server.starttls(context=context)
        if smtp.password is not None:
            server.login(smtp.user, smtp.password.get_secret_value())
    except smtplib.SMTPAuthenticationError as refusal:
        if refusal.smtp_code in _PASSING:
            raise _busy(settings, refusal) from None
        raise LogInRefused(
            f"{smtp.host} refuses the log-in", remedy="Check user and password of [agent_mail.smtp]."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise LogInRefused(
            f"{smtp.host} offers no {'STARTTLS' if 'STARTTLS' in str(error) else 'log-in that we know'}",
            remedy="Check port, protection and user of [agent_mail.smtp].",
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise _busy(settings, error) from None


def _part(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):  # the message was taken, or was not; how we part changes nothing
        server.close()


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        for code, answer in (server.mail(sender), server.rcpt(recipient)):
            if code not in _GO_AHEAD:
                raise _refusal(code, answer, recipient)
    except (OSError, smtplib.SMTPException) as error:
        raise MailBusy(f"the mail server broke off before the message ({type(error).__name__})") from None


def _refusal(code: int, answer: bytes | str, recipient: str) -> RetryLater | RecordRejected:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = f"{code} {' '.join(words.replace(recipient, 'the address').split())[:200]}"
    if code in _PASSING:
        return MailBusy(f"the mail server takes no message now: {said}")
    return MailRefused(
        f"the mail server refuses the message: {said}", code=f"SMTP_{code}", field="agent",
        remedy="Correct the agent's address in drawbar.toml, then replay the failure.",
    )  # fmt: skip


def _busy(settings: AgentMailSettings, error: Exception) -> MailBusy:
    remedy = "Check ca_file of [agent_mail]." if isinstance(error, ssl.SSLCertVerificationError) else ""
    return MailBusy(f"{settings.smtp.host} cannot be reached ({type(error).__name__})", remedy=remedy)
