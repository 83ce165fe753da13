"""What `drawbar doctor` asks of the mail servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drawbar.connectors.mail.answers import mailbox_of
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.imap import open_mailbox
from drawbar.middleware.mail import Mailer
from drawbar.middleware.mail_settings import MailboxSettings
from drawbar.middleware.ports import Check


class MailChecks:
    """Connects, encrypts and logs in, at the mailbox too where there is one; sends nothing."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    def checks(self, now: datetime) -> Iterator[Check]:
        """Say whether the servers take our log-in."""
        del now
        settings = self._mailer.settings
        try:
            with self._mailer.post():
                where = f"{settings.host}:{settings.port} ({settings.security}) takes mail from {settings.sender}"
        except DrawbarError as error:
            yield Check("Mail", "log-in", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Check("Mail", "log-in", ok=True, detail=where)
        if settings.imap is not None:
            yield _mailbox(settings.imap)


def _mailbox(settings: MailboxSettings) -> Check:
    try:
        with open_mailbox(mailbox_of(settings)) as mailbox:
            count = mailbox.folder.status(settings.folder, ["MESSAGES"])["MESSAGES"]
    except DrawbarError as error:
        return Check("Mail", "mailbox", ok=False, detail=error.message, remedy=error.remedy)
    return Check("Mail", "mailbox", ok=True, detail=f"{count} messages in {settings.folder}")
