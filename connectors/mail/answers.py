"""What lessees answer by e-mail, and messages to them that came back, read from the mailbox of `[mail.imap]`."""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from imap_tools import MailMessage

from drawbar.middleware.imap import ImapServer, Place, arrived, open_mailbox
from drawbar.middleware.mail_settings import MailboxSettings
from drawbar.middleware.messages.desk import Heard, Told
from drawbar.middleware.messages.records import MessageChannel, MessageStatus
from drawbar.middleware.received_mail import answered, name_of, own_text, returned, sent_at

_ANY_ID: Final = re.compile(r"(?im)(?:(?<=^<)|(?<=^Message-ID: <))[^<>\s]+(?=>)")
"""The Message-ID of the message that came back: of it whole, or of its headers alone."""

_KEY: Final = 32
"""Characters that name a message: a Message-ID may be longer than the key of a record."""

_LONGEST_TEXT: Final = 30_000

Known = Callable[[str], bool]
"""Says of a Message-ID, or of the address that a message came from, whether it is one that a lessee was written by."""


@dataclass(slots=True)
class Look:
    """One look into the mailbox: how far it got, and how many messages had nothing to do with lessees."""

    place: Place
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class MailAnswers:
    """The mailbox; `ours` knows Message-IDs of messages to lessees, `lessees` their addresses."""

    settings: MailboxSettings
    ours: Known
    lessees: Known

    def told(self, look: Look, now: datetime) -> Iterator[Heard | Told]:
        """Give what came after `look.place`, which moves along with each message.

        Mail of strangers is left to people and counted. Raises RetryLater or LogInRefused.
        """
        settings = self.settings
        with open_mailbox(mailbox_of(settings)) as mailbox:
            for place, message in arrived(mailbox, settings.folder, look.place, settings.read_at_most):
                found = self._understood(message, now)
                look.foreign += found is None
                if found is not None:
                    yield found
                look.place = place

    def _understood(self, message: MailMessage, now: datetime) -> Heard | Told | None:
        notice = returned(message, _ANY_ID)
        if notice is not None:
            ours = notice.failed and self.ours(f"<{notice.message_id}>")
            return _came_back(notice.message_id, now) if ours else None
        if not self.lessees(message.from_) and not any(self.ours(f"<{each}>") for each in answered(message)):
            return None
        name = hashlib.sha256(name_of(message).encode()).hexdigest()[:_KEY]
        return Heard(
            f"mail.{name}", MessageChannel.EMAIL, message.from_, own_text(message)[:_LONGEST_TEXT],
            sent_at(message, now), " ".join(message.subject.split()),
        )  # fmt: skip


def _came_back(message_id: str, now: datetime) -> Told:
    return Told(f"<{message_id}>", MessageChannel.EMAIL, "", MessageStatus.FAILED, now, "RETURNED")


def mailbox_of(settings: MailboxSettings) -> ImapServer:
    """Say how the mailbox is reached; OSError when its certificates cannot be read."""
    return ImapServer(
        settings.host, settings.port, settings.security, settings.user, settings.password, settings.timeout_seconds,
        settings.folder, ssl.create_default_context(cafile=settings.ca_file), "[mail.imap]",
    )  # fmt: skip
