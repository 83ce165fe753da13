"""Hands one message to the SMTP server, and tells apart what was taken, what was not, and what nobody knows.

RFC 5321: until the server has answered the end of DATA, nobody knows whether it has taken the message.
"""

from __future__ import annotations

import smtplib
from contextlib import AbstractContextManager
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Final

from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.smtp import PASSING, SmtpServer, smtp_connection

OUTCOME_UNKNOWN: Final = "OUTCOME_UNKNOWN"
_OK: Final = 250
_GO_AHEAD: Final = (250, 251)


class MailRefused(RecordRejected):
    """The mail server refuses this message for good."""


class OutcomeUnknown(RecordRejected):
    """The connection broke when the message was under way: it may have been sent."""


def hand_over(settings: AgentMailSettings, message: EmailMessage, recipient: str) -> None:
    """Have a message sent; when this returns, the server has taken it.

    Raises RetryLater or MailRefused (not taken), OutcomeUnknown, or StopRun.
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


def _server(settings: AgentMailSettings) -> AbstractContextManager[smtplib.SMTP]:
    smtp = settings.smtp
    return smtp_connection(
        SmtpServer(
            smtp.host, smtp.port, smtp.protection, smtp.user, smtp.password, smtp.timeout_seconds, settings.ca_file,
            "[agent_mail.smtp]",
        )
    )  # fmt: skip


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        for code, answer in (server.mail(sender), server.rcpt(recipient)):
            if code not in _GO_AHEAD:
                raise _refusal(code, answer, recipient)
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater(f"the mail server broke off before the message ({type(error).__name__})") from None


def _refusal(code: int, answer: bytes | str, recipient: str) -> RetryLater | RecordRejected:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = f"{code} {' '.join(words.replace(recipient, 'the address').split())[:200]}"
    if code in PASSING:
        return RetryLater(f"the mail server takes no message now: {said}")
    return MailRefused(
        f"the mail server refuses the message: {said}", code=f"SMTP_{code}", field="agent",
        remedy="Correct the agent's address in drawbar.toml, then replay the failure.",
    )  # fmt: skip
