"""The mail server that carries orders to repo agents and their answers, as tables of `drawbar.toml`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from drawbar.middleware.settings import Secret, Section

SYSTEM: Final = "agent_mail"
"""What settings, the outbox and logs call this channel."""

ORDER_MARK: Final = "{order}"
"""Where the order's number stands in the reply address."""

Security = Literal["tls", "starttls", "none"]
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class MailServer(Section):
    """A mail server, and how we log in."""

    former_names: ClassVar[Mapping[str, str]] = {"protection": "security"}

    model_config = ConfigDict(hide_input_in_errors=True)

    host: str = Field(min_length=1, description="name or address of the server")
    port: int = Field(ge=1, le=65_535, description="its port")
    security: Security = Field(
        "starttls", description="tls: from the first byte; starttls; none: only to a server on this machine"
    )
    user: str = Field("", description="user that Drawbar logs in as; empty: no log-in")
    password: Secret | None = Field(None, description="password of the user")
    timeout_seconds: float = Field(60, gt=0, le=600, description="to wait for an answer")

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("security may be none only for a server on this machine")
        if bool(self.user) != (self.password is not None):
            raise ValueError("user and password belong together")
        return self


class Outgoing(MailServer):
    """The SMTP server that takes mail from us."""

    port: int = Field(587, ge=1, le=65_535, description="its port: 587 for starttls, 465 for tls")


class Incoming(MailServer):
    """The IMAP server where answers arrive."""

    port: int = Field(993, ge=1, le=65_535, description="its port: 993 for tls, 143 for starttls")
    security: Security = Field(
        "tls", description="tls: from the first byte; starttls; none: only to a server on this machine"
    )
    folder: str = Field("INBOX", min_length=1, description="folder that is read; it is never changed")
    read_at_most: int = Field(100, ge=1, le=10_000, description="messages that one run reads")
    largest_document_mb: float = Field(25, gt=0, le=200, description="larger attachments are named, and not stored")


class AgentMailSettings(Section):
    """Orders to repo agents by e-mail, and their answers."""

    model_config = ConfigDict(hide_input_in_errors=True)

    sender: str = Field(description="address that orders come from")
    sender_name: str = Field("", description="name beside that address")
    reply_to: str = Field(
        "", description="address for answers, with {order} for the order's number; used where an order names none"
    )
    template: Path | None = Field(None, description="text of the messages, a Jinja2 template; empty: the one we bring")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    smtp: Outgoing = Field(description="server that takes mail from us")
    imap: Incoming | None = Field(None, description="server where answers arrive; empty: people read them")

    @field_validator("sender")
    @classmethod
    def _address(cls, value: str) -> str:
        if not is_address(value):
            raise ValueError("must be an e-mail address")
        return value

    @field_validator("reply_to")
    @classmethod
    def _with_mark(cls, value: str) -> str:
        if value and (ORDER_MARK not in value or not is_address(value.replace(ORDER_MARK, "1"))):
            raise ValueError(f"must be an e-mail address with {ORDER_MARK}")
        return value

    @property
    def domain(self) -> str:
        """The domain of our Message-IDs."""
        return self.sender.rpartition("@")[2]

    def context(self) -> ssl.SSLContext:
        """Give how certificates are checked; ValueError never, OSError when `ca_file` cannot be read."""
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


def is_address(text: str) -> bool:
    """Say whether a text can be used as the address of a mailbox, without name or comment."""
    local, at, host = text.rpartition("@")
    return bool(local and at and host) and text.isascii() and text.isprintable() and not set(text) & set(' <>,;:"()')
