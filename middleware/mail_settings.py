"""Settings of the server that takes our e-mail: `[mail]` in `drawbar.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from drawbar.middleware.settings import Secret, Section

_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"]+@[A-Za-z0-9.-]+")


def check_address(address: str) -> str:
    """Give an e-mail address; raises ValueError for a text that is none."""
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is not an e-mail address")
    return address


class MailboxSettings(Section):
    """The mailbox where answers to our e-mail arrive; it is read by IMAP, and never changed."""

    former_names: ClassVar[Mapping[str, str]] = {"certificates": "ca_file"}

    host: str = Field(min_length=1, description="name or address of the IMAP server")
    port: int = Field(993, ge=1, le=65535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field(
        "tls", description="tls (from the first byte), starttls (port 143), or none, on this machine alone"
    )
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    user: str = Field(min_length=1, description="user that Drawbar logs in as")
    password: Secret = Field(description="password of that user")
    folder: str = Field("INBOX", min_length=1, description="folder that is read")
    read_at_most: int = Field(100, ge=1, le=10_000, description="messages that one run reads")
    timeout_seconds: float = Field(60, gt=0, le=600, description="how long one answer of the server may take")

    @model_validator(mode="after")
    def _nothing_in_the_open(self) -> Self:
        if self.security == "none" and not _is_here(self.host):
            raise ValueError("security: none is for a server on this machine alone")
        return self


class MailSettings(Section):
    """The server that takes our e-mail."""

    former_names: ClassVar[Mapping[str, str]] = {"certificates": "ca_file"}

    host: str = Field(min_length=1, description="name or address of the SMTP server")
    port: int = Field(587, ge=1, le=65535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls (from the first byte, port 465), or none, on this machine alone"
    )
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's, PEM")
    user: str = Field("", description="user that Drawbar logs in as; empty: it does not log in")
    password: Secret | None = Field(None, description="password of that user")
    sender: str = Field(description="address that the mail comes from")
    timeout_seconds: float = Field(30, gt=0, le=600, description="how long one answer of the server may take")
    imap: MailboxSettings | None = Field(None, description="mailbox where answers arrive; empty: people read them")

    @field_validator("sender")
    @classmethod
    def _address(cls, value: str) -> str:
        return check_address(value)

    @model_validator(mode="after")
    def _nothing_in_the_open(self) -> Self:
        if self.security == "none" and not _is_here(self.host):
            raise ValueError("security: none is for a server on this machine alone")
        if bool(self.user) != (self.password is not None):
            raise ValueError("give user and password, or neither")
        return self


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
