"""What `drawbar doctor` asks of the mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.mail import Mailer
from drawbar.middleware.ports import Check


class MailChecks:
    """Connects, encrypts and logs in; sends nothing."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    def checks(self, now: datetime) -> Iterator[Check]:
        """Say whether the server takes our log-in."""
        del now
        settings = self._mailer.settings
        try:
            with self._mailer.post():
                where = f"{settings.host}:{settings.port} ({settings.security}) takes mail from {settings.sender}"
        except DrawbarError as error:
            yield Check("Mail", "log-in", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Check("Mail", "log-in", ok=True, detail=where)
