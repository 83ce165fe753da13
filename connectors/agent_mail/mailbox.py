"""The mailbox where agents' answers arrive, as the settings say."""

from __future__ import annotations

from drawbar.connectors.agent_mail.settings import AgentMailSettings, Incoming
from drawbar.middleware.imap import ImapServer


def mailbox_of(settings: AgentMailSettings, incoming: Incoming) -> ImapServer:
    """Say how the mailbox is reached; OSError when `ca_file` cannot be read."""
    return ImapServer(
        incoming.host, incoming.port, incoming.security, incoming.user, incoming.password,
        incoming.timeout_seconds, incoming.folder, settings.context(), "[agent_mail.imap]",
    )  # fmt: skip
