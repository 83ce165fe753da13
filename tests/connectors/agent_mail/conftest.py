"""A simulated mail server on free ports, one for a module, and the channel that talks to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from drawbar.connectors.agent_mail.connector import AgentMail
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.sandbox.certificate import Certificate, open_certificate
from drawbar.sandbox.mail.server import USER, MailServer, tls_context

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PASSWORD = "the mail password"
AGENTS = {
    "lone_star": AgentSettings(channel="mail", company="Lone Star Recovery", address="desk@silent.example"),
    "quick": AgentSettings(channel="mail", address="orders@quick.example"),
    "gone": AgentSettings(channel="mail", address="desk@bounce.example"),
    "wrong": AgentSettings(channel="mail", address="refused@wrong.example"),
    "on_rdn": AgentSettings(channel="rdn", id="4711"),
}


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as found:
        yield found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return open_certificate(tmp_path_factory.mktemp("tls"), datetime.now(UTC))


@pytest.fixture(scope="module")
def running(portal: BlockingPortal, certificate: Certificate) -> Iterator[MailServer]:
    server = MailServer(PASSWORD, clock=lambda: NOW, tls=tls_context(certificate))
    with portal.wrap_async_context_manager(server.serve()):
        yield server


@pytest.fixture
def settings(server: MailServer, certificate: Certificate) -> AgentMailSettings:
    return mail_settings(server, certificate)


@pytest.fixture
def server(running: MailServer) -> MailServer:
    running.sent.clear()
    running.interruptions.clear()
    return running


@pytest.fixture
def channel(settings: AgentMailSettings, hub_on_sqlite: Path, tmp_path: Path) -> Iterator[AgentMail]:
    """The channel over a database of its own."""
    shutil.copy(hub_on_sqlite, tmp_path / "hub.db")
    database = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    yield AgentMail(settings, AGENTS, database, clock=lambda: NOW)
    database.dispose()


def mail_settings(server: MailServer, certificate: Certificate, **changes: Any) -> AgentMailSettings:
    reach = {"host": "localhost", "user": USER, "password": PASSWORD, "timeout_seconds": 5}
    values = {
        "sender": "repo@lender.example",
        "sender_name": "First Truck Lender",
        "reply_to": "repo+{order}@lender.example",
        "ca_file": certificate.authority,
        "smtp": {**reach, "port": server.smtp_port},
        "imap": {**reach, "port": server.imap_port},
    }
    return AgentMailSettings.model_validate(values | changes)
