"""The mail server among the simulated vendors: started beside the org, with its messages to be seen at its path."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.certificate import Certificate
from drawbar.sandbox.gps.door import kept_secret
from drawbar.sandbox.mail.server import USER, MailServer, tls_context
from drawbar.sandbox.store import system_clock


@dataclass
class MailVendor:
    """Implements `Vendor` and `Listening`; the user's password is kept in `folder`."""

    folder: Path
    clock: Callable[[], datetime] = system_clock
    section: str = "agent_mail"
    server: MailServer | None = field(default=None, init=False)

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/sent", self._sent)]

    @asynccontextmanager
    async def listening(self, certificate: Certificate) -> AsyncIterator[None]:
        """Take mail on this machine until the block ends, at the ports of the last time where they are free."""
        smtp, imap = self._last_ports()
        self.server = MailServer(
            kept_secret(self._password), self.clock, tls_context(certificate), smtp_port=smtp, imap_port=imap
        )
        async with self.server.serve():
            self._ports.write_text(f"{self.server.smtp_port} {self.server.imap_port}", encoding="utf-8")
            yield

    def _last_ports(self) -> tuple[int, int]:
        """Give the ports that settings of before know, 0 for one that is taken or not known."""
        texts = self._ports.read_text(encoding="utf-8").split() if self._ports.exists() else []
        known = [int(each) for each in texts if each.isdigit()]
        smtp, imap = known if len(known) == 2 else (0, 0)  # noqa: PLR2004
        return (smtp if _is_free(smtp) else 0), (imap if _is_free(imap) else 0)

    @property
    def _ports(self) -> Path:
        return self.folder / "ports"

    def where_found(self, url: str) -> Mapping[str, object]:
        """Give the table that reaches the running server; raises RuntimeError before it runs."""
        del url
        if self.server is None:
            raise RuntimeError("the mail server does not run")
        reach = {"host": "localhost", "user": USER, "password": f"file:{self._password}"}
        return {
            "sender": "repo@lender.example", "reply_to": "repo+{order}@lender.example",
            "smtp": {**reach, "port": self.server.smtp_port}, "imap": {**reach, "port": self.server.imap_port},
        }  # fmt: skip

    @property
    def _password(self) -> Path:
        return self.folder / "keys" / "password"

    def _sent(self, _request: Request) -> Response:
        """List the messages to agents: to whom, about what."""
        sent = self.server.sent if self.server else []
        return JSONResponse([{name: str(each[name]) for name in ("To", "Subject", "Message-ID")} for each in sent])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
