"""The simulated mail server on this machine: SMTP (aiosmtpd) and IMAP (pymap), both with a log-in of one user.

It delivers nothing: what is sent to agents is kept in memory, and what simulated agents answer is put into the mailbox.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pysasl.hashing import BuiltinHash

from drawbar.sandbox.certificate import Certificate
from drawbar.sandbox.gps.door import is_same
from drawbar.sandbox.mail.post import answer_to

USER: Final = "drawbar"
LARGEST: Final = 35_000_000
_LOOPBACK: Final = "127.0.0.1"


def tls_context(certificate: Certificate) -> ssl.SSLContext:
    """Give how the server shows its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


Interruption = Callable[[], str | None]
"""Asked when a message has been taken whole: what the server answers instead of 250; None: nothing, it hangs up."""


@dataclass
class MailServer:
    """A mail server with one user; `sent` are the messages that it took, in order."""

    password: str
    clock: Callable[[], datetime]
    tls: ssl.SSLContext
    sent: list[Message] = field(default_factory=list)
    smtp_port: int = 0
    imap_port: int = 0
    interruptions: list[Interruption] = field(default_factory=list)
    _backend: DictBackend | None = None

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Listen on ports of this machine (0: free ones) until the block ends: IMAP over TLS, SMTP with STARTTLS."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own next version
        # Only what this server needs of pymap's own command line.
        chosen = Namespace(
            host=None, port="0", debug=False, tls=False, cert=None, key=None, proxy_protocol=None, passlib_cfg=None,
            inherited_sockets=None, skip_services=[], demo_data=False, demo_user=USER, demo_password=self.password,
        )  # fmt: skip
        self._backend, config = await DictBackend.init(chosen, hash_context=BuiltinHash(rounds=1))
        config.apply_context()
        callback = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(self._backend.login, config))
        imap = await asyncio.start_server(callback, _LOOPBACK, self.imap_port, ssl=self.tls)
        smtp = await asyncio.get_running_loop().create_server(self._session, _LOOPBACK, self.smtp_port)
        self.imap_port, self.smtp_port = imap.sockets[0].getsockname()[1], smtp.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            imap.close()
            smtp.close()

    async def arrives(self, message: Message) -> None:
        """Put a message into the mailbox, as when somebody has sent it."""
        if self._backend is None:
            raise RuntimeError("the server is not running")
        async with self._backend.login.demo_user_identity.new_session() as session:
            inbox = await session.mailbox_set.get_mailbox("INBOX")
            await inbox.append(AppendMessage(message.as_bytes(), self.clock(), frozenset()), recent=True)

    def _session(self) -> SMTP:
        return SMTP(
            self, hostname="mail.example", data_size_limit=LARGEST, tls_context=self.tls, require_starttls=True,
            auth_required=True, authenticator=self._authenticated, enable_SMTPUTF8=False,
        )  # fmt: skip

    def _authenticated(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, shown: object
    ) -> AuthResult:
        right = isinstance(shown, LoginPassword) and is_same(shown.login.decode(), USER)
        accepted = right and isinstance(shown, LoginPassword) and is_same(shown.password.decode(), self.password)
        return AuthResult(success=accepted, handled=False, auth_data=mechanism)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it so)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse addresses that begin with `refused`, as a server does that knows its users."""
        if address.startswith("refused"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, and let the agent answer at once."""
        said = self.interruptions.pop(0)() if self.interruptions else "250 OK"
        if said is None or said.startswith("2"):
            message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
            self.sent.append(message)
            for agent in envelope.rcpt_tos:
                answer = answer_to(message, agent, self.clock())
                if answer is not None:
                    await self.arrives(answer)
        if said is None and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return said or "421 gone"
