"""A mail server on a free loopback port: it keeps what it takes, and refuses what a test says."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What came in, and what is refused: `replies` by recipient, `reply` to every letter ("" takes it)."""

    port: int = 0
    letters: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    reply: str = ""
    lose_answers: int = 0
    logins: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802  (as aiosmtpd calls it)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.reply:
            return self.reply
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append((tuple(envelope.rcpt_tos), message))
        if self.lose_answers:
            self.lose_answers -= 1
            assert server.transport is not None
            server.transport.close()
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        known = self.logins.get(given.login.decode()) == given.password.decode()
        return AuthResult(success=known, handled=known)

    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for _, message in self.letters]

    def empty(self) -> None:
        self.letters.clear()
        self.replies.clear()
        self.reply = ""


@contextmanager
def serve_mail(context: ssl.SSLContext | None = None, **logins: str) -> Iterator[MailServer]:
    """Serve until the block ends; with a context it asks for STARTTLS, with log-ins for one of them."""
    served = MailServer(logins=dict(logins))
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # a client that hangs up is no error here

    def protocol() -> SMTP:
        return SMTP(
            served, hostname="mail.test", tls_context=context, require_starttls=context is not None,
            authenticator=served.authenticate, auth_required=bool(logins), loop=loop,
        )  # fmt: skip

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    served.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
