"""What the simulated agents make of a message: an answer that takes the order, or mail that comes back; pure.

Returned mail has the form of RFC 3464. Agents at `bounce.example` do not exist; those at `silent.example` never answer.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import Final

NOBODY: Final = "bounce.example"
SILENT: Final = "silent.example"
_DAEMON: Final = "mailer-daemon@mail.example"


def answer_to(message: Message, agent: str, at: datetime) -> Message | None:
    """Give what comes back when an agent gets a message; None when nothing does."""
    host = agent.rpartition("@")[2]
    if host == NOBODY:
        return bounce(message, agent, at)
    asks = "pdf" in {part.get_content_subtype() for part in message.walk()}
    return reply(message, agent, at, "ACCEPTED\nWe start today.") if asks and host != SILENT else None


def reply(message: Message, agent: str, at: datetime, text: str) -> EmailMessage:
    """Give an agent's answer to a message, with the message quoted below."""
    answer = EmailMessage()
    answer["From"] = agent
    answer["To"] = str(message.get("Reply-To") or message["From"])
    answer["Subject"] = f"Re: {message['Subject']}"
    answer["Date"] = format_datetime(at)
    own = str(message["Message-ID"])
    answer["Message-ID"] = f"<re.{own.strip('<>').replace('@', '.')}@{agent.rpartition('@')[2]}>"
    answer["In-Reply-To"] = own
    answer.set_content(f"{text}\n\n> {message['Subject']}\n")
    return answer


def bounce(message: Message, agent: str, at: datetime) -> Message:
    """Give the notice that a message could not be delivered."""
    notice = MIMEMultipart("report")
    notice.set_param("report-type", "delivery-status")
    notice["From"], notice["To"] = f"Mail Delivery System <{_DAEMON}>", str(message["From"])
    notice["Subject"], notice["Date"] = "Undelivered Mail Returned to Sender", format_datetime(at)
    notice["Message-ID"] = f"<bounce.{str(message['Message-ID']).strip('<>').replace('@', '.')}@mail.example>"
    notice.attach(MIMEText(f"Your message could not be delivered to {agent}."))
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    server, recipient = Message(), Message()
    server["Reporting-MTA"] = "dns; mail.example"
    recipient["Final-Recipient"], recipient["Action"], recipient["Status"] = f"rfc822; {agent}", "failed", "5.1.1"
    recipient["Diagnostic-Code"] = "smtp; 550 5.1.1 no such user here"
    status.set_payload([server, recipient])
    notice.attach(status)
    original = Message()
    for name in ("From", "To", "Subject", "Message-ID"):
        original[name] = str(message[name])
    notice.attach(MIMEMessage(original))
    return notice
