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
from drawbar.middleware import smtp
from drawbar.middleware.errors import RecordRejected

OUTCOME_UNKNOWN: Final = "OUTCOME_UNKNOWN"


class MailRefused(RecordRejected):
    """The mail server refuses this message for good."""


class OutcomeUnknown(RecordRejected):
    """The connection broke when the message was under way: it may have been sent."""


def hand_over(settings: AgentMailSettings, message: EmailMessage, recipient: str) -> None:
    """Have a message sent; when this returns, the server has taken it.

    Raises RetryLater or MailRefused (not taken), OutcomeUnknown, or StopRun.
    """
    with _server(settings) as server:
        try:
            smtp.hand_over(server, settings.sender, recipient, message.as_bytes(policy=SMTP_POLICY))
        except smtp.LetterRefused as refusal:
            remedy = "Correct the agent's address in drawbar.toml, then replay the failure."
            raise MailRefused(refusal.message, code=refusal.code, field="agent", remedy=remedy) from None
        except smtp.AnswerLost as lost:
            raise unknown(lost.message) from None


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
    reach = settings.smtp
    return smtp.smtp_connection(
        smtp.SmtpServer(
            reach.host, reach.port, reach.security, reach.user, reach.password, reach.timeout_seconds,
            settings.ca_file, "[agent_mail.smtp]",
        )
    )  # fmt: skip
