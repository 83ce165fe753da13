"""E-mail as a channel of messages to lessees: each under the Message-ID of its key, and never twice by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.policy import SMTP as SMTP_POLICY

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.mail import Letter, Mailer, compose, message_id
from drawbar.middleware.messages.channel import OutcomeUnknown, Outgoing
from drawbar.middleware.smtp import AnswerLost, LetterRefused, hand_over


@dataclass(frozen=True, slots=True)
class MailSender:
    """Implements `MessageSender`."""

    mailer: Mailer

    def send(self, message: Outgoing) -> str:
        """Hand a message to the mail server; gives its Message-ID."""
        letter = Letter(message.key, (message.address,), message.subject, message.text, {}, message.written_at)
        sender = self.mailer.settings.sender
        content = compose(letter, sender).as_bytes(policy=SMTP_POLICY)
        with self.mailer.connection() as server:
            try:
                hand_over(server, sender, message.address, content)
            except AnswerLost as lost:
                raise OutcomeUnknown(lost.message) from None
            except LetterRefused as refusal:
                raise RecordRejected(
                    refusal.message, record=f"message {message.key}", field="address", code=refusal.code,
                    remedy="Correct the lessee's e-mail address in LeaseWorks.",
                ) from None  # fmt: skip
        return message_id(message.key, sender)

    def find(self, message: Outgoing) -> Sequence[str]:
        """Say that nobody knows: a mail server cannot be asked what it has sent (RFC 5321)."""
        del message
        return ()
