"""What `drawbar doctor` asks of the mail servers: the log-ins, the folder, and whether the template can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from drawbar.connectors.agent_mail.letter import Matter, write_letter
from drawbar.connectors.agent_mail.mailbox import mailbox_of
from drawbar.connectors.agent_mail.sample import SAMPLE
from drawbar.connectors.agent_mail.sending import check_log_in
from drawbar.connectors.agent_mail.settings import AgentMailSettings, Incoming
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.imap import open_mailbox
from drawbar.middleware.ports import Check


@dataclass(frozen=True, slots=True)
class AgentMailChecks:
    """Implements `Checkable`; sends nothing."""

    settings: AgentMailSettings
    system: str = "Agent mail"

    def checks(self, now: datetime) -> Iterator[Check]:
        """Log in at both servers and fill the template in."""
        del now
        yield self._check("template", self._template)
        yield self._check("outgoing server", self._outgoing)
        if self.settings.imap is None:
            yield Check(self.system, "mailbox", ok=True, detail="none: people read the answers")
        else:
            incoming = self.settings.imap
            yield self._check("mailbox", lambda: self._incoming(incoming))

    def _template(self) -> str:
        write_letter(Matter(SAMPLE, "order", "Agent"), self.settings.template)
        return str(self.settings.template or "the one that Drawbar brings")

    def _outgoing(self) -> str:
        check_log_in(self.settings)
        return f"{self.settings.smtp.host} takes mail from {self.settings.sender}"

    def _incoming(self, incoming: Incoming) -> str:
        with open_mailbox(mailbox_of(self.settings, incoming)) as mailbox:
            count = mailbox.folder.status(incoming.folder, ["MESSAGES"])["MESSAGES"]
        return f"{count} messages in {incoming.folder}"

    def _check(self, name: str, ask: Callable[[], str]) -> Check:
        try:
            return Check(self.system, name, ok=True, detail=ask())
        except DrawbarError as error:
            return Check(self.system, name, ok=False, detail=error.message, remedy=error.remedy)
